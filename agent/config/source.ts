/** The name by which receivers know this host when the configuration gives none. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Ours, random: derived ids of other applications differ from ours. */
const APPLICATION = 'b4b7d2f0-1c53-4f0a-9f0e-6f6f7d3a52c9';

/**
 * `urn:uuid:…` made of the machine's id, which itself must not leave the host (machine-id(5)), else of the host name.
 * Two agents on one machine need `source` in their configuration.
 */
export function defaultSource(machineIdFile = '/etc/machine-id'): string {
  let machineId = '';
  try {
    machineId = readFileSync(machineIdFile, 'utf8').trim();
  } catch {
    // Containers often have none.
  }
  if (!/^[0-9a-f]{32}$/.test(machineId))
    return `urn:pathwarden:host:${encodeURIComponent(hostname())}`;
  const hash = createHmac('sha256', machineId).update(APPLICATION).digest();
  // Version 8: a UUID with content of our own (RFC 9562, 5.8).
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex').slice(0, 32);
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
