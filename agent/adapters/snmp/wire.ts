/** Varbinds as net-snmp takes them. */
import snmp from 'net-snmp';
import type { Varbind } from './map.ts';

export interface WireVarbind {
  oid: string;
  type: number;
  value: string | number | Buffer;
}

/** Pure. */
export function wireVarbind({ oid, type, value }: Varbind): WireVarbind {
  switch (type) {
    case 'text':
      // The library cannot write an empty buffer.
      return {
        oid,
        type: snmp.ObjectType.OctetString,
        value: value === '' ? '' : Buffer.from(String(value)),
      };
    case 'time':
      return { oid, type: snmp.ObjectType.OctetString, value: dateAndTime(String(value)) };
    case 'integer':
      return { oid, type: snmp.ObjectType.Integer, value: Number(value) };
    case 'unsigned':
      return { oid, type: snmp.ObjectType.Gauge, value: Number(value) };
  }
}

/** DateAndTime (SNMPv2-TC, RFC 2579) of an RFC 3339 text in UTC: 11 bytes, to the tenth of a second. Pure. */
export function dateAndTime(text: string): Buffer {
  const at = new Date(text);
  const bytes = Buffer.alloc(11);
  bytes.writeUInt16BE(at.getUTCFullYear());
  bytes[2] = at.getUTCMonth() + 1;
  bytes[3] = at.getUTCDate();
  bytes[4] = at.getUTCHours();
  bytes[5] = at.getUTCMinutes();
  bytes[6] = at.getUTCSeconds();
  bytes[7] = Math.floor(at.getUTCMilliseconds() / 100);
  bytes[8] = 0x2b;
  return bytes;
}

/**
 * Does the message say that it is authenticated, or need it not be (version 2c)? The library checks a digest only where the
 * message says that there is one. SNMPv3Message (RFC 3412, 6): version, then a sequence of id, size, flags. Pure.
 */
export function isAuthenticated(message: Buffer): boolean {
  const VERSION_3 = 3;
  const AUTH_FLAG = 1;
  let at = 0;
  /** The next value's bytes; what is inside a sequence comes next. */
  const next = (): Buffer => {
    const tag = message[at] ?? 0;
    let length = message[at + 1] ?? 0;
    at += 2;
    if (length & 0x80) {
      const size = length & 0x7f;
      length = size >= 1 && size <= 4 ? message.subarray(at, at + size).readUIntBE(0, size) : 0;
      at += size;
    }
    const value = message.subarray(at, at + length);
    if (tag !== SEQUENCE) at += length;
    return value;
  };
  try {
    next();
    if (next()[0] !== VERSION_3) return true;
    next();
    next();
    next();
    return ((next()[0] ?? 0) & AUTH_FLAG) !== 0;
  } catch {
    return false;
  }
}

const SEQUENCE = 0x30;
