/** A module's memory as far as it was read. Bytes that were not read, and what is built of them, are null. */
import type { FrameOf } from '../../../wire.ts';

export type Pages = FrameOf<'module_eeprom'>['data']['pages'];

/** Addresses 50h (A0h) and 51h (A2h of SFF-8472) as the kernel counts them, in 7 bits. */
export const MAIN = 0x50;
export const DIAGNOSTICS = 0x51;

/** One address, bank and page; `at` is the byte's number in the standards: below 128 the lower half, else the page. */
export interface Memory {
  byte(at: number): number | null;
  /** 16 bits, the high byte first. */
  word(at: number): number | null;
  /** The same in two's complement. */
  signed(at: number): number | null;
  /** IEEE 754 single, the high byte first. */
  float(at: number): number | null;
}

export function memoryOf(pages: Pages, i2c_address: number, page = 0, bank = 0): Memory {
  const bytes = new Map<number, number>();
  for (const part of pages) {
    // The lower half is there whatever the page.
    const here = part.page === page && part.bank === bank;
    if (part.i2c_address !== i2c_address || (!here && part.offset >= 128)) continue;
    for (let i = 0; i * 2 < part.bytes.length; i++) {
      bytes.set(part.offset + i, Number.parseInt(part.bytes.slice(i * 2, i * 2 + 2), 16));
    }
  }
  const byte = (at: number) => bytes.get(at) ?? null;
  const word = (at: number) => {
    const [high, low] = [byte(at), byte(at + 1)];
    return high === null || low === null ? null : high * 256 + low;
  };
  const signed = (at: number) => {
    const value = word(at);
    return value === null ? null : value < 0x8000 ? value : value - 0x10000;
  };
  const float = (at: number) => {
    const [high, low] = [word(at), word(at + 2)];
    if (high === null || low === null) return null;
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, high * 0x10000 + low);
    const value = view.getFloat32(0);
    return Number.isFinite(value) ? value : null;
  };
  return { byte, word, signed, float };
}

/** False: the byte says no, or was not read. */
export const bit = (value: number | null, number: number): boolean =>
  value !== null && (value & (1 << number)) !== 0;
