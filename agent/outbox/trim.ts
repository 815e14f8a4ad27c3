/**
 * What may be given up in memory when too much waits there, which is only when the disk takes nothing. The same policy
 * as on disk (trim-rows.ts): never a raise without its clear taking its place, nor the last word about an alarm that the
 * receiver may have heard of.
 */
import type { Entry } from './entry.ts';

export interface ShedRules {
  /** Which may go at all. */
  old?(entry: Entry): boolean;
  /** Others of the alarm wait elsewhere: neither its first nor its end may go. */
  torn?(owed: readonly Entry[]): boolean;
}

/**
 * Entries to give up, at most about `excess`, fewer when nothing more may go: what lies between the first of an alarm
 * and its end or its last word; then raises that were not sent, and whose alarms have ended; then, oldest first, alarms
 * that have ended and of which nobody has heard. Active alarms keep at most two notices each, so what stays is bounded
 * by them. Marks the entries that become the first of their alarm.
 */
export function expendable(
  owedByAlarm: Iterable<readonly Entry[]>,
  excess: number,
  { old = () => true, torn = () => false }: ShedRules = {},
): Entry[] {
  const given = new Set<Entry>();
  const enough = () => given.size >= excess;
  // With an attempt made, the receiver may know of it.
  const mayGo = (entry: Entry) => entry.tries + entry.earlierTries === 0 && old(entry);
  const lists = [...owedByAlarm];
  const whole = lists.filter(owed => !torn(owed));
  for (const owed of lists) {
    for (const entry of owed.slice(0, -1)) {
      if (!enough() && !entry.opens && !entry.clears && mayGo(entry)) given.add(entry);
    }
  }
  for (const owed of whole) {
    if (enough() || !owed.some(({ clears }) => clears)) continue;
    const [first, next] = owed.filter(entry => !given.has(entry));
    if (!first?.opens || first.clears || !mayGo(first)) continue;
    given.add(first);
    if (next) next.opens = true;
  }
  for (const owed of whole) {
    if (enough()) break;
    const left = owed.filter(entry => !given.has(entry));
    if (left[0]?.opens && left[0].clears && mayGo(left[0])) for (const one of left) given.add(one);
  }
  return [...given];
}
