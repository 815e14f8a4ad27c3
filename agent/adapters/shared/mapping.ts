/** What the maps of several kinds need: when, what about, and in which form. Pure. */
import { createHash } from 'node:crypto';
import type { AlarmChange, Stamp } from '../../types.ts';

/** When an alarm change happened, for receivers that have one time for each message. */
export function changeTime({ kind, alarm }: AlarmChange): Stamp {
  if (kind === 'cleared') return alarm.alarmClearedTime ?? alarm.alarmRaisedTime;
  if (kind === 'raised') return alarm.alarmRaisedTime;
  return alarm.alarmChangedTime ?? alarm.alarmRaisedTime;
}

/** What an alarm is about, as its managedObjectId names it. */
export interface ManagedObject {
  /** `leg`, `group`, `target`, `host`, `source`, `adapter`, … */
  kind: string;
  /** The rest: `c-a`, `ecmp:10.77.9.2/32`; of a kind that there is one of, the kind again. */
  name: string;
}

/** `leg/c-a`, `group/ecmp:10.77.9.2/32`, `host`. */
export function managedObject(id: string): ManagedObject {
  const slash = id.indexOf('/');
  return slash < 0
    ? { kind: id, name: id }
    : { kind: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** Without what is null or empty, for receivers whose additional information is a map of texts alone. */
export function texts(all: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** Ours, random: names of other applications give other UUIDs. */
const NAMESPACE = Buffer.from('8f4d2c6a6d1b4e0f9a37c1f0b5e8d273', 'hex');

/** The UUID of a name: version 5 (RFC 9562, 5.5), the same everywhere and for ever. */
export function uuidOf(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
