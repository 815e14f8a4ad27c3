/**
 * Netlink attributes (struct nlattr / rtattr, linux/netlink.h): u16 length with its header, u16 type, payload,
 * padded to 4 bytes; host byte order, as everything in netlink but addresses.
 */
import { endianness } from 'node:os';

const little = endianness() === 'LE';

/** NLA_TYPE_MASK: without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const TYPE_MASK = 0x3fff;
const HEADER = 4;

export const u8 = (b: Buffer, at = 0): number => b.readUInt8(at);
export const u16 = (b: Buffer, at = 0): number =>
  little ? b.readUInt16LE(at) : b.readUInt16BE(at);
export const u32 = (b: Buffer, at = 0): number =>
  little ? b.readUInt32LE(at) : b.readUInt32BE(at);

/**
 * The attributes in a stream, by type; of a type that comes twice the last one counts, as in the kernel's nla_parse.
 *
 * @throws Error when a length leads outside of the stream: a message that cannot be trusted must not be half read
 */
export function attributes(stream: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + HEADER <= stream.length; ) {
    const length = u16(stream, at);
    if (length < HEADER || at + length > stream.length)
      throw new Error(`netlink attribute at byte ${at} has length ${length} of ${stream.length}`);
    found.set(u16(stream, at + 2) & TYPE_MASK, stream.subarray(at + HEADER, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

/** A NUL-terminated string attribute. */
export function text(value: Buffer): string {
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end < 0 ? value.length : end);
}

/** An address attribute: 4 bytes IPv4, 16 bytes IPv6 (RFC 5952 text), anything else as hex. */
export function address(value: Buffer): string {
  if (value.length === 4) return value.join('.');
  if (value.length === 16) return address6(value);
  return value.toString('hex');
}

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups (the first of equals, two at least) as `::`. */
function address6(value: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => value.readUInt16BE(i * 2));
  let start = -1;
  let run = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > run) [start, run] = [i, n];
  }
  const hex = (part: number[]) => part.map(g => g.toString(16)).join(':');
  if (start < 0) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + run))}`;
}

/** A link-layer address attribute. */
export const mac = (value: Buffer): string =>
  [...value].map(b => b.toString(16).padStart(2, '0')).join(':');
