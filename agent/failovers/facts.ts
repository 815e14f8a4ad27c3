/**
 * What the observations prove about legs and flows, kept by the time at which it was so. A failover record is computed
 * from these facts alone, so it does not depend on the order in which they came to be known.
 */
import type { CutSource, Us } from '../types.ts';

/** A leg was lost. The loss itself lies between lo and hi; t is the time that is told. */
export interface Loss {
  leg: string;
  /** What told of it; a condition that ends heals the losses of its own key. */
  key: ConditionKey;
  /** Set when the loss concerns this group alone: its kernel took the leg out. */
  group: string | null;
  source: CutSource;
  t: Us;
  lo: Us;
  hi: Us;
  /** First frame that told of it. */
  seen_us: Us;
  healed_us: Us | null;
}

/**
 * `kernel <group>`: the group's legs as the kernel has them; `member <bond>`: the bond's own monitor. drill, stall and
 * switch are no conditions that are watched, but accounts of a loss like them.
 */
export type ConditionKey =
  | 'carrier'
  | 'admin'
  | 'answering'
  | `kernel ${string}`
  | `member ${string}`
  | 'drill'
  | 'stall'
  | 'switch';

/** Told by the group's own kernel device: it is later than the loss, and it may come back later than the link. */
export const isGroups = ({ key }: { key: ConditionKey }): boolean =>
  key.startsWith('kernel ') || key.startsWith('member ');

/** One of the conditions that make a leg usable. */
export interface Condition {
  good: boolean;
  /** First reading of this, and the last one. */
  since: Us;
  t: Us;
  /** Since when nobody can say; good is as of before. */
  unknown_since: Us | null;
  ups: number;
  downs: number;
}

export interface LegFacts {
  conditions: Readonly<Partial<Record<ConditionKey, Condition>>>;
  /** In the order in which they became known. */
  losses: readonly Loss[];
}

/** From t on it was this leg. */
export interface At {
  t: Us;
  leg: string | null;
}

/** A bond or team uses another member. */
export interface Switch {
  t: Us;
  /** The kernel's own time; false: that at which its message was read, which is later. */
  exact: boolean;
  from: string | null;
  to: string | null;
}

/** No progress from `from` to `to`, while there was demand. */
export interface Pause {
  /** switch: told because the flow had moved; it may have had no demand before (see `isProven`). */
  kind: 'stall' | 'pause' | 'switch' | 'traced';
  from: Us;
  /** The progress that ended it; null: not yet. */
  to: Us | null;
  /** It had not ended before this: earlier than `to` when nobody could see the end. */
  to_lo: Us;
  /** First frame that told of it. */
  seen_us: Us;
  /** `to` is no progress: the trace ended there. */
  truncated: boolean;
}

/** A trace's account of a flow. */
export interface Account {
  t: Us;
  pause_us: Us;
  progress_count: number;
  spacing_us: Us;
}

/** An answer that did not come in time: what was asked has been acknowledged. */
export interface Overdue {
  asked: Us;
  /** The frame that told of it. */
  seen_us: Us;
}

export interface FlowFacts {
  id: string;
  group: string | null;
  srtt_us: Us;
  out: readonly At[];
  in: readonly At[];
  pauses: readonly Pause[];
  overdue: readonly Overdue[];
  accounts: readonly Account[];
  /** Since when nobody can say whether it moves. */
  unknown_since: Us | null;
  closed_us: Us | null;
}

const HISTORY_MAX = 64;

/** The leg at a time; null: not known. */
export function legAt(history: readonly At[], t: Us): string | null {
  return history.findLast(at => at.t <= t)?.leg ?? null;
}

/** The history with “from t on it was this leg” in it. */
export function insertAt(history: readonly At[], t: Us, leg: string | null): readonly At[] {
  if (leg === null) return history;
  const before = history.findLast(at => at.t <= t);
  if (before?.leg === leg) return history;
  const rest = history.filter(at => at.t !== t);
  const all = [...rest, { t, leg }].sort((a, b) => a.t - b.t);
  // What follows and says the same is not a move of its own.
  const moves = all.filter((at, i) => i === 0 || at.leg !== all[i - 1]?.leg);
  return moves.slice(-HISTORY_MAX);
}

/** The history with a proof of what was before its beginning. */
export function insertBefore(history: readonly At[], t: Us, leg: string | null): readonly At[] {
  if (leg === null || history.some(at => at.t < t)) return history;
  return [{ t: 0, leg }, ...history.filter(at => at.leg !== leg)];
}
