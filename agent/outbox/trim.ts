/** What may be given up when too much waits: never a raise without its clear, nor the last word about an alarm. */
import type { Entry } from './lane.ts';

/**
 * Entries to give up until `notices` and `bytes` are saved, or nothing more may go: first what lies between the first
 * and the last notice of an alarm, then whole alarms, oldest first, that were raised and cleared without anybody having
 * been told. Active alarms keep at most two notices each, so what stays is bounded by them.
 */
export function expendable(
  alarms: ReadonlyMap<string, readonly Entry[]>,
  excess: { notices: number; bytes: number },
): Entry[] {
  const given = new Set<Entry>();
  let { notices, bytes } = excess;
  const give = (entry: Entry) => {
    if (given.has(entry) || entry.done) return;
    given.add(entry);
    notices -= 1;
    bytes -= entry.bytes;
  };
  for (const owed of alarms.values()) {
    if (notices <= 0 && bytes <= 0) break;
    // With an attempt made, the receiver may know of it.
    for (const entry of owed.slice(1, -1)) if (entry.tries === 0) give(entry);
  }
  for (const owed of alarms.values()) {
    if (notices <= 0 && bytes <= 0) break;
    const first = owed[0];
    const last = owed.at(-1);
    const unheard = first?.tries === 0 && first.notice.change.kind === 'raised';
    if (unheard && last?.notice.change.alarm.alarmClearedTime) owed.forEach(give);
  }
  return [...given];
}
