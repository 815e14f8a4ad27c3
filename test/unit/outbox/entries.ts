/** Notices in memory, for tests of what handles them. */
import { type Entry, newEntry } from '../../../agent/outbox/entry.ts';
import type { AlarmChange } from '../../../agent/types.ts';
import { notice } from '../support/alarm.ts';

let last = 0;

/** Numbered in the order in which they are made. */
export function entryOf(change: AlarmChange, fields: Partial<Entry> = {}): Entry {
  last += 1;
  return newEntry({
    n: last,
    notice: notice(change),
    alarm: change.alarm.id,
    change: last,
    hops: change.hops,
    since_us: 0,
    clears: change.kind === 'cleared',
    opens: change.revision === 1,
    known: { behind: 0, far: 0 },
    ...fields,
  });
}
