/** What IF-MIB says of a link, read when it is told (RFC 2863: ifIndex, ifAdminStatus, ifOperStatus, ifName). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Varbind } from './map.ts';

const IF_ENTRY = '1.3.6.1.2.1.2.2.1';
const IF_NAME = '1.3.6.1.2.1.31.1.1.1.1';
const IFF_UP = 1;

/** Null: there is no such link any more, so that it has no index. */
export async function linkVarbinds(
  { name, up }: { name: string; up: boolean },
  folder = '/sys/class/net',
): Promise<Varbind[] | null> {
  if (!/^[^/\s]{1,15}$/.test(name) || name === '.' || name === '..') return null;
  const read = async (file: string) =>
    Number(await readFile(path.join(folder, name, file), 'utf8').catch(() => ''));
  const [index, flags] = [await read('ifindex'), await read('flags')];
  if (!Number.isSafeInteger(index) || index < 1) return null;
  const status = (on: boolean) => (on ? 1 : 2);
  return [
    { oid: `${IF_ENTRY}.1.${index}`, type: 'integer', value: index },
    { oid: `${IF_ENTRY}.7.${index}`, type: 'integer', value: status((flags & IFF_UP) !== 0) },
    // What the alarm says: when a notice is late, the link may be otherwise by now.
    { oid: `${IF_ENTRY}.8.${index}`, type: 'integer', value: status(up) },
    { oid: `${IF_NAME}.${index}`, type: 'text', value: name },
  ];
}
