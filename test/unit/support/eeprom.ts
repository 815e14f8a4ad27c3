/** Modules' memories: recorded ones of test/fixtures/eeprom, and made ones. */
import { readFileSync } from 'node:fs';
import type { Pages } from '../../../agent/probes/nic/optics/memory.ts';

const FOLDER = new URL('../../fixtures/eeprom/', import.meta.url);

/** `# comment`, `@ i2c <hex> page <n> offset <n>`, then bytes. */
export function recorded(name: string): Pages {
  const pages: Pages = [];
  for (const line of readFileSync(new URL(`${name}.hex`, FOLDER), 'utf8').split('\n')) {
    const head = /^@ i2c ([0-9a-f]+) page (\d+) offset (\d+)$/.exec(line);
    if (head !== null) {
      const [i2c_address, page, offset] = [
        Number(`0x${head[1]}`),
        Number(head[2]),
        Number(head[3]),
      ];
      pages.push({ i2c_address, bank: 0, page, offset, bytes: '' });
    } else if (!line.startsWith('#')) {
      const last = pages.at(-1);
      if (last !== undefined) last.bytes += line.replaceAll(' ', '');
    }
  }
  return pages;
}

/** A page of zeros with these bytes in it, by their number in the standards. */
export function made(
  at: Partial<Pages[number]>,
  bytes: Readonly<Record<number, number | readonly number[]>>,
): Pages[number] {
  const { i2c_address = 0x50, bank = 0, page = 0, offset = 0 } = at;
  const memory = new Uint8Array(128);
  for (const [from, values] of Object.entries(bytes)) {
    memory.set([values].flat() as number[], Number(from) - offset);
  }
  return { i2c_address, bank, page, offset, bytes: Buffer.from(memory).toString('hex') };
}

/** The pages with one byte changed. */
export function changed(
  pages: Pages,
  where: { i2c_address?: number; page?: number },
  at: number,
  ...values: number[]
): Pages {
  const { i2c_address = 0x50, page = 0 } = where;
  return pages.map(one => {
    const inside = at >= one.offset && at < one.offset + one.bytes.length / 2;
    if (one.i2c_address !== i2c_address || one.page !== page || !inside) return one;
    const memory = Buffer.from(one.bytes, 'hex');
    memory.set(values, at - one.offset);
    return { ...one, bytes: memory.toString('hex') };
  });
}
