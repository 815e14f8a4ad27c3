/** Which facts belong to a group's record: its flows, the losses of its legs, and the flows that these hit. */
import { type Table, tableGet, tableValues } from '../topology/table.ts';
import type { Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import { type FlowFacts, type Loss, legAt } from './facts.ts';
import { hitsInUse, isBonded, losesUse, switchLosses, usesOneLeg } from './in_use.ts';
import { limits } from './limits.ts';
import { allOf } from './moments.ts';
import { type Crossing, crossingOf, type Hit, hitOf } from './passage.ts';
import { stallLosses } from './stalls.ts';
import type { Failovers, GroupFacts, OpenRecord } from './state.ts';

/** Flows by group, once for each table of flows. */
export function flowsOf(state: Failovers, group: string): FlowFacts[] {
  let index = indexes.get(state.flows);
  if (index === undefined) {
    index = new Map();
    for (const flow of tableValues(state.flows)) {
      if (flow.group === null) continue;
      const same = index.get(flow.group);
      if (same === undefined) index.set(flow.group, [flow]);
      else same.push(flow);
    }
    for (const flows of index.values()) flows.sort((a, b) => (a.id < b.id ? -1 : 1));
    indexes.set(state.flows, index);
  }
  return index.get(group) ?? [];
}
const indexes = new WeakMap<Table<string, FlowFacts>, Map<string, FlowFacts[]>>();

export function lossesOf(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
): Loss[] {
  const legs = new Set(group.legs);
  if (open.cut !== null) legs.add(open.cut.leg);
  const all = [...legs].flatMap(leg =>
    (tableGet(state.legs, leg)?.losses ?? []).filter(
      loss => (loss.group === null || loss.group === id) && loss.seen_us > open.after_us,
    ),
  );
  return usesOneLeg(group) ? losesUse(group, all, open) : all;
}

/** What its flows and its kernel device say beyond that; healed_us: when all legs that were lost had healed. */
export function lossesBeyond(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  losses: readonly Loss[],
  healed_us: Us | null,
): Loss[] {
  const flows = flowsOf(state, id).map(flow => ({ ...flow, ...historiesOf(group, flow, losses) }));
  return [
    ...stallLosses(flows, losses, open.after_us, healed_us),
    ...switchLosses(state, id, group, open.after_us, losses),
  ];
}

/** All accounts of losses that belong to a record, without its drill's. */
export function lossesSeen(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
): Loss[] {
  const losses = lossesOf(state, id, group, open);
  return [...losses, ...lossesBeyond(state, id, group, open, losses, null)];
}

/**
 * The connection itself knows only the bond: its flows use the member that is active, or, where all members are in use,
 * the one that a trace saw, from which they were not moved before.
 */
export function historiesOf(
  group: GroupFacts,
  flow: FlowFacts,
  lost: readonly { leg: string }[],
): Pick<FlowFacts, 'out' | 'in'> {
  if (usesOneLeg(group)) return { out: group.active, in: group.active };
  const first = flow.out[0];
  if (!isBonded(group) || first === undefined) return flow;
  if (!lost.some(one => one.leg === first.leg)) return flow;
  return { out: [{ ...first, t: 0 }, ...flow.out.slice(1)], in: flow.in };
}

export function crossingsOf(
  group: GroupFacts,
  flows: readonly FlowFacts[],
  episodes: readonly Episode[],
  cut: CutTime,
  open: OpenRecord,
  now: Us,
): Crossing[] {
  const inUse = hitsInUse(group, episodes)[0] ?? null;
  const one_leg = usesOneLeg(group);
  return flows.flatMap(flow => {
    if (flow.closed_us !== null && flow.closed_us < cut.lo) return [];
    const histories = historiesOf(group, flow, episodes);
    const hitsAll = one_leg ? inUse : hitOf(histories, episodes);
    const unplaced = isBonded(group) && legAt(histories.out, cut.lo) === null;
    const hit = hitsAll ?? stoodStill(flow, episodes, cut, open, unplaced);
    return hit === null ? [] : [crossingOf(flow, histories, hit, one_leg, now)];
  });
}

/** A flow that was on no lost leg, but stood still; of one whose member is not known (`unplaced`) any pause counts. */
function stoodStill(
  flow: FlowFacts,
  episodes: readonly Episode[],
  cut: CutTime,
  open: OpenRecord,
  unplaced: boolean,
): Hit | null {
  const healed = allOf(episodes.map(one => one.healed_us));
  const stalled = flow.pauses.some(({ kind, seen_us, from, to }) => {
    const end = to ?? Number.POSITIVE_INFINITY;
    if (seen_us <= open.after_us || end <= cut.lo) return false;
    if (healed !== null && from >= healed) return false;
    if (kind === 'stall') return true;
    return unplaced && from <= cut.hi + limits.stall_us && end - from >= limits.pause_told_us;
  });
  const { lo, hi } = cut;
  return stalled ? { leg: null, lo, hi, healed_us: healed, evident: false } : null;
}
