/** The way back: what the flows of a group went through when its lost legs had healed. Measured like the way there. */
import type { FailBack, Us } from '../types.ts';
import { type Episode, healOf } from './episodes.ts';
import { type Account, type At, type FlowFacts, legAt, type Pause } from './facts.ts';
import { isAfterHeal } from './outage.ts';
import type { Crossing } from './passage.ts';
import { duration, type Judgement } from './verdict.ts';

interface Return {
  switched_us: Us | null;
  flowing_us: Us | null;
  pauses: readonly Pause[];
  account: Account | null;
  pending: boolean;
}

export interface BackCase {
  episodes: readonly Episode[];
  flows: readonly FlowFacts[];
  crossings: readonly Crossing[];
  /** Out legs of a flow; of a bond, those of its group. */
  outOf: (flow: FlowFacts) => readonly At[];
  /** The members that a bond used, whatever its flows; null: flows alone tell. */
  active: readonly At[] | null;
  budget_us: Us;
}

export interface Back {
  back: FailBack;
  /** A flow stands still, or nobody can say. */
  pending: boolean;
  events: readonly Us[];
}

/** Null while a leg is lost. */
export function backOf(of: BackCase): Back | null {
  const last_us = healOf(of.episodes);
  if (last_us === null) return null;
  const own = of.active === null ? null : bondsReturn(of.episodes, of.active);
  // It uses the leg: that says that it has healed before any message does.
  const healed_us = own === null ? last_us : Math.min(last_us, own);
  const returns = of.flows
    .filter(flow => flow.closed_us === null || flow.closed_us > healed_us)
    .map(flow => returnOf(of, flow, healed_us, own));
  const switched = returns.filter(one => one.switched_us !== null);
  const times = switched.map(one => one.flowing_us);
  const judged = judge(of, returns, healed_us);
  const back: FailBack = {
    healed_us,
    switched_us: least([own, ...switched.map(one => one.switched_us)]),
    flowing_us: times.length === 0 || times.includes(null) ? null : Math.max(...(times as Us[])),
    gap_us: judged.gap_us,
    verdict: judged.verdict,
    reason: judged.reason,
  };
  const moves = switched.flatMap(one => [one.switched_us!, one.flowing_us ?? one.switched_us!]);
  const events = own === null ? moves : [own, ...moves];
  const stalls = returns.flatMap(one => one.pauses.filter(p => p.kind === 'stall'));
  return {
    back,
    pending: returns.some(one => one.pending),
    events: [...events, ...stalls.map(p => p.to ?? p.seen_us)],
  };
}

function returnOf(of: BackCase, flow: FlowFacts, healed_us: Us, own: Us | null): Return {
  const crossing = of.crossings.find(one => one.facts.id === flow.id);
  const pauses = flow.pauses.filter(pause => {
    if ((pause.to ?? Number.POSITIVE_INFINITY) <= healed_us || isIdle(flow, pause)) return false;
    if (crossing === undefined) return true;
    const flowing_us = crossing.passage.flowing_us;
    return isAfterHeal(
      pause,
      { ...crossing.hit, healed_us },
      flowing_us === null ? null : { t: flowing_us },
    );
  });
  const switched_us = of.active === null ? moveBack(of, of.outOf(flow), healed_us) : own;
  return {
    switched_us,
    flowing_us: switched_us === null ? null : progressAfter(pauses, switched_us, crossing),
    pauses,
    account: flow.accounts.findLast(one => one.t >= healed_us) ?? null,
    pending: pauses.some(one => one.to === null) || flow.unknown_since !== null,
  };
}

/** Told because the flow moved, and longer than any pause that its trace saw: it had nothing to do. */
function isIdle(flow: FlowFacts, pause: Pause): boolean {
  const { kind, to, from } = pause;
  if (kind !== 'switch' || to === null) return false;
  const account = flow.accounts.find(one => one.t >= to);
  return account !== undefined && to - from > account.pause_us + 1000;
}

/** First packet by a leg that had been lost. */
function moveBack(of: BackCase, history: readonly At[], healed_us: Us): Us | null {
  const lost = new Set<string | null>(of.episodes.map(one => one.leg));
  const from = Math.min(...of.episodes.map(one => one.healed_us ?? healed_us));
  if (lost.has(legAt(history, from - 1))) return null;
  return history.find(at => at.t >= from && lost.has(at.leg))?.t ?? null;
}

/** A bond's switch back to a leg that had been lost, since the link of the last one is back. */
function bondsReturn(episodes: readonly Episode[], active: readonly At[]): Us | null {
  const last = episodes.at(-1);
  const heals = (last?.losses ?? []).flatMap(one => one.healed_us ?? []);
  if (last === undefined || heals.length === 0) return null;
  const from = Math.min(...heals);
  const lost = new Set<string | null>(episodes.map(one => one.leg));
  if (lost.has(legAt(active, from - 1))) return null;
  return active.find(at => at.t >= from && lost.has(at.leg))?.t ?? null;
}

/** A flow that had not come to motion before is in motion with that. */
function progressAfter(
  pauses: readonly Pause[],
  switched_us: Us,
  crossing: Crossing | undefined,
): Us | null {
  const ends = pauses.filter(one => !one.truncated && one.to !== null && one.to >= switched_us);
  const direct = ends.filter(one => one.kind === 'switch').map(one => one.to!);
  const around = ends.filter(one => one.from <= switched_us).map(one => one.to!);
  const first = crossing?.passage.flowing_us ?? null;
  return least(direct) ?? least(around) ?? (first !== null && first >= switched_us ? first : null);
}

function least(times: readonly (Us | null)[]): Us | null {
  const known = times.filter(t => t !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** A record's gap, and what is said of it: whole pauses, though only what of them came after the heal is judged. */
function judge(
  of: BackCase,
  returns: readonly Return[],
  healed_us: Us,
): Judgement & Pick<FailBack, 'gap_us'> {
  const { budget_us, crossings } = of;
  const budget = `budget ${duration(budget_us)}`;
  const pauses = returns.flatMap(one => one.pauses);
  const demand = pauses.length > 0 || returns.some(one => (one.account?.progress_count ?? 0) > 0);
  if (crossings.length > 0 && crossings.every(one => one.healed_only)) {
    return { verdict: 'NOT_MEASURED', reason: 'no flow had left the leg', gap_us: null };
  }
  if (!demand) {
    const reason = 'no flow had demand when the leg was back';
    return { verdict: 'NOT_MEASURED', reason, gap_us: null };
  }
  const ended = pauses.flatMap(one => (one.to === null ? [] : one.to - one.from));
  const gap_us = ended.length > 0 ? Math.max(...ended) : null;
  const lengths = pauses.map(one => (one.to ?? one.to_lo) - Math.max(one.from, healed_us));
  const longest = Math.max(0, ...lengths);
  if (longest > budget_us) {
    const gap = duration(Math.max(longest, gap_us ?? 0));
    return { verdict: 'FAIL', reason: `no progress for ${gap} on the way back, ${budget}`, gap_us };
  }
  if (returns.some(one => one.pending)) {
    return { verdict: 'INCONCLUSIVE', reason: 'a flow stands still on the way back', gap_us };
  }
  const moved = returns.some(one => one.switched_us !== null) ? 'came back' : stayed(of, healed_us);
  const gap = gap_us === null ? 'no pause was told' : `gap ${duration(gap_us)}`;
  return { verdict: 'PASS', reason: `${moved}, ${gap}, ${budget}`, gap_us };
}

/** A bond without a primary stays where it is, as it should. */
function stayed({ active }: BackCase, healed_us: Us): string {
  const leg = active === null ? null : legAt(active, healed_us);
  return leg === null ? 'no flow came back' : `stayed on ${leg}`;
}
