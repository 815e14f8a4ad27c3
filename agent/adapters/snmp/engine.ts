/** Who we are to a manager that speaks version 3 (RFC 3411, 5: SnmpEngineID; RFC 3414, 2.2). */
import { createHash } from 'node:crypto';

const NET_SNMP = 8072;
const ENTERPRISES = '1.3.6.1.4.1.';

/** The same for ever for one source: managers are configured with it. 21 bytes, in the format "octets" (5). Pure. */
export function engineIdOf(source: string, enterprise: string): Buffer {
  const number = Number(enterprise.slice(ENTERPRISES.length).split('.')[0]) || NET_SNMP;
  const id = Buffer.alloc(5);
  id.writeUInt32BE(((number & 0x7fffffff) | 0x80000000) >>> 0);
  id[4] = 5;
  return Buffer.concat([id, createHash('sha256').update(source).digest().subarray(0, 16)]);
}

const STARTED_MS = Date.now();

/**
 * snmpEngineBoots and snmpEngineTime without a file to count in: boots are the minutes from 1970 to the start, so that they
 * grow from start to start, and of two starts within a minute the times differ by less than the window of 150 s.
 */
export function engineClock(now_ms = Date.now(), started_ms = STARTED_MS) {
  return {
    boots: Math.floor(started_ms / 60_000),
    time_s: Math.max(0, Math.floor((now_ms - started_ms) / 1000)),
  };
}
