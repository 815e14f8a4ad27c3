/**
 * Damping of alarms that flap. One that was cleared `cycles` times within the window is cleared no more before it was
 * well for `hold_s`: its receivers have one alarm that lasts instead of many that come and go. The clear is delayed, never
 * swallowed, and its time is that of the condition's end.
 */
import type { AlarmChange, ClearCause, FaultChange, Us } from '../types.ts';
import { remember } from './roots.ts';
import type { AlarmState, Ending } from './state.ts';
import type { Turn } from './turn.ts';

const US = 1_000_000;

/**
 * How long the clear of this alarm waits; null: it does not.
 * What is gone or superseded cannot come back as the same. A drill cuts again and again on purpose, and waits for the
 * clear before the next cut: to damp it would be to stop it.
 */
export function ending(
  turn: Turn,
  key: string,
  { alarm }: AlarmChange,
  { fault, clearCause }: FaultChange,
  details: string[],
): Ending | null {
  if (alarm.drill !== null || clearCause !== 'condition-ended') return null;
  const { cycles, hold_s } = turn.context.rules.damping;
  if (recent(turn, key).length < cycles) return null;
  const due = turn.now + hold_s * US;
  return { due, cleared: turn.stamp, t: fault.t, cause: clearCause, details };
}

/** Counts a clear that is told now. More than `cycles` of them decide nothing. */
export function countClear(turn: Turn, key: string): void {
  const { cycles } = turn.context.rules.damping;
  const clears: Record<string, readonly Us[]> = {
    [key]: [...recent(turn, key), turn.now].slice(-cycles),
  };
  for (const other of Object.keys(turn.state.clears)) {
    const at = recent(turn, other);
    if (other !== key && at.length > 0) clears[other] = at;
  }
  turn.state = { ...turn.state, clears };
}

/** Clears what was well for long enough. */
export function endDamped(turn: Turn): void {
  const due = Object.entries(turn.state.active)
    .flatMap(([key, { ending }]) =>
      ending !== null && ending.due <= turn.now ? [{ key, ending }] : [],
    )
    .sort((a, b) => a.ending.due - b.ending.due);
  for (const { key, ending } of due) {
    countClear(turn, key);
    clearDamped(turn, key, ending, ending.cause);
  }
}

/** Tells the clear that waited, with the time at which the condition ended. */
export function clearDamped(turn: Turn, key: string, ending: Ending, clearCause: ClearCause): void {
  const { t, cleared: alarmClearedTime, details: faultDetails } = ending;
  remember(turn, key, t);
  turn.clear(key, { alarmClearedTime, faultDetails, clearCause });
}

export const wakeOfDamped = ({ active }: AlarmState): Us | null =>
  Object.values(active).reduce<Us | null>(
    (least, { ending }) =>
      ending !== null && (least === null || ending.due < least) ? ending.due : least,
    null,
  );

function recent(turn: Turn, key: string): readonly Us[] {
  const since = turn.now - turn.context.rules.damping.window_s * US;
  return (turn.state.clears[key] ?? []).filter(at => at > since);
}

export function returnsDetail(returns: number, turn: Turn): string[] {
  if (returns === 0) return [];
  const times = returns === 1 ? 'once' : `${returns} times`;
  const { hold_s } = turn.context.rules.damping;
  return [`came back ${times}: it flaps, and clears when it was well for ${hold_s} s`];
}
