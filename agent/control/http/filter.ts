/** Which alarms a client asked for. Pure. */
import { globMatches } from '../../config/glob.ts';
import type { AlarmChange } from '../../types.ts';
import type { KnownAlarm } from './model.ts';

/** As the query has it; what is absent filters nothing. */
export interface FilterQuery {
  /** One or several, with commas. */
  severity?: string;
  /** Patterns, in which * stands for anything. */
  type?: string;
  object?: string;
  root?: boolean;
  acknowledged?: boolean;
  /** True: a drill caused it. */
  drill?: boolean;
}

/** What an alarm is from its raise to its clear. */
export const matchesFixed = (
  { type, object, drill }: FilterQuery,
  { alarm }: KnownAlarm,
): boolean =>
  (type === undefined || globMatches(type, alarm.type)) &&
  (object === undefined || globMatches(object, alarm.managedObjectId)) &&
  (drill === undefined || drill === (alarm.drill !== null));

/** What may be otherwise at its next change. */
const matchesNow = ({ severity, root, acknowledged }: FilterQuery, { alarm }: KnownAlarm) =>
  (severity === undefined || severity.split(',').includes(alarm.perceivedSeverity)) &&
  (root === undefined || root === alarm.isRootCause) &&
  (acknowledged === undefined || acknowledged === (alarm.ackState === 'ACKNOWLEDGED'));

export const matches = (query: FilterQuery, known: KnownAlarm): boolean =>
  matchesFixed(query, known) && matchesNow(query, known);

/**
 * The same for a stream of changes: whoever was told of an alarm is told of the change by which it no longer matches, and
 * of its end. Where the stream has not seen the alarm before, its client may have, so it passes.
 */
export function changeFilter(query: FilterQuery): (change: AlarmChange) => boolean {
  /** Alarms seen by this stream that have not been cleared: did they match? */
  const seen = new Map<string, boolean>();
  return change => {
    if (!matchesFixed(query, change)) return false;
    const { id } = change.alarm;
    const before = seen.get(id) ?? change.kind !== 'raised';
    const now = matchesNow(query, change);
    if (change.kind === 'cleared') seen.delete(id);
    else seen.set(id, now);
    return now || before;
  };
}
