/** IP addresses and prefixes as numbers, for longest-prefix matches. */

export type Family = 4 | 6;

export interface Address {
  family: Family;
  bits: bigint;
}

export interface Prefix extends Address {
  length: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** Null: not an address. An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address that it carries. */
export function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const bits = parseDotted(text);
    return bits === null ? null : { family: 4, bits };
  }
  const bits = parseColons(text);
  if (bits === null) return null;
  if (bits >> 32n === 0xffffn) return { family: 4, bits: bits & 0xffffffffn };
  return { family: 6, bits };
}

/** `10.0.0.0/8`; host bits are cleared. Null: not a prefix. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return null;
  const address = parseAddress(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  if (address === null || !Number.isInteger(length) || length < 0) return null;
  if (length > WIDTH[address.family]) return null;
  return { ...address, length, bits: network(address, length) };
}

/** The address with all bits after the first `length` cleared. */
export function network(address: Address, length: number): bigint {
  const host = BigInt(WIDTH[address.family] - length);
  return (address.bits >> host) << host;
}

export function contains(prefix: Prefix, address: Address): boolean {
  return prefix.family === address.family && network(address, prefix.length) === prefix.bits;
}

export const width = (family: Family): number => WIDTH[family];

function parseDotted(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let bits = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    bits = (bits << 8n) | BigInt(part);
  }
  return bits;
}

function parseColons(text: string): bigint | null {
  let plain = text;
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (tail.includes('.')) {
    const low = parseDotted(tail);
    if (low === null) return null;
    const halves = `${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
    plain = text.slice(0, -tail.length) + halves;
  }
  const [head = '', rest, ...more] = plain.split('::');
  if (more.length > 0) return null;
  const left = groups(head);
  const right = rest === undefined ? [] : groups(rest);
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return null;
  const all = [...left, ...Array<bigint>(missing).fill(0n), ...right];
  return all.reduce((bits, group) => (bits << 16n) | group, 0n);
}

function groups(text: string): bigint[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  if (!parts.every(part => /^[0-9a-fA-F]{1,4}$/.test(part))) return null;
  return parts.map(part => BigInt(`0x${part}`));
}
