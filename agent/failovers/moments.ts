/** The moments of a record that are taken from all of its legs and flows. */
import { tableGet } from '../topology/table.ts';
import type { FailoverRecord, Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import type { Finding } from './findings.ts';
import { usesOneLeg } from './in_use.ts';
import { isLost } from './leg_facts.ts';
import type { Move } from './moves.ts';
import type { Crossing } from './passage.ts';
import type { Failovers, GroupFacts } from './state.ts';

/** The latest; null if one is not known, or there are none. */
export function allOf(times: readonly (Us | null)[]): Us | null {
  if (times.length === 0 || times.includes(null)) return null;
  return Math.max(...(times as Us[]));
}

export function seenAt(
  episodes: readonly Episode[],
  crossings: readonly Crossing[],
  move: Move | null,
  cut: CutTime,
): Us | null {
  const times = [
    ...(move?.switched_us == null ? [] : [move.switched_us]),
    ...episodes.flatMap(one => one.losses.map(loss => loss.seen_us)),
    ...crossings.flatMap(one => one.seen_us ?? []),
  ].filter(t => t >= cut.lo && Number.isFinite(t));
  return times.length === 0 ? null : Math.min(...times);
}

/** Our own packets; of flows that only the peer's packets had on the lost leg, those. */
export function switchedAt(crossings: readonly Crossing[]): Us | null {
  const own = crossings.flatMap(one => one.switched_out ?? []);
  if (own.length > 0) return Math.min(...own);
  const carried = crossings.some(one => one.passage.leg_out_before === one.hit.leg);
  const peers = crossings.flatMap(one => one.switched_in ?? []);
  return carried || peers.length === 0 ? null : Math.min(...peers);
}

export function lastEventOf(
  episodes: readonly Episode[],
  crossings: readonly Crossing[],
  back: readonly Us[],
): Us {
  const losses = episodes.flatMap(one => one.losses);
  return Math.max(
    ...losses.flatMap(one => [one.t, one.healed_us ?? one.t]),
    ...losses.flatMap(one => (Number.isFinite(one.seen_us) ? [one.seen_us] : [])),
    ...episodes.flatMap(one => one.healed_us ?? []),
    ...crossings.flatMap(one => one.events),
    ...back,
  );
}

/** Could anything have taken over? */
export function hasAlternative(
  state: Failovers,
  id: string,
  group: GroupFacts,
  episodes: readonly Episode[],
  cut: CutTime,
): boolean {
  const lost = new Set(episodes.filter(one => one.at.lo <= cut.hi).map(one => one.leg));
  return group.legs.some(leg => {
    const facts = tableGet(state.legs, leg);
    return !lost.has(leg) && (facts === undefined || !isLost(facts, id, usesOneLeg(group)));
  });
}

/** When a flow that stands still is too late for certain, and when a finding is due. */
export function deadlinesOf(
  crossings: readonly Crossing[],
  findings: readonly Finding[],
  budget_us: Us,
): Us[] {
  const budgets = crossings.flatMap(({ pauses, hit }) =>
    pauses.filter(one => one.to === null).map(one => Math.max(one.from, hit.hi) + budget_us + 1),
  );
  return [...budgets, ...findings.flatMap(one => one.due ?? [])];
}

/** The longest gap of any single flow, against that flow's own spacing. */
export function longestGap(
  crossings: readonly Crossing[],
): Pick<FailoverRecord, 'gap_us' | 'gap_below_spacing' | 'spacing_us'> {
  let gap_us: Us | null = null;
  let spacing_us: Us | null = null;
  for (const { passage } of crossings) {
    if (passage.gap_us === null || (gap_us !== null && passage.gap_us <= gap_us)) continue;
    gap_us = passage.gap_us;
    spacing_us = passage.spacing_us;
  }
  const gap_below_spacing = gap_us !== null && spacing_us !== null && gap_us <= spacing_us;
  return { gap_us, gap_below_spacing, spacing_us };
}
