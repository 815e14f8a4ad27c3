/** Which facts belong to a group's record: its flows, the losses of its legs, and the flows that these hit. */
import { type Table, tableGet, tableValues } from '../topology/table.ts';
import type { Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import type { FlowFacts, Loss } from './facts.ts';
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
  return [...legs].flatMap(leg =>
    (tableGet(state.legs, leg)?.losses ?? []).filter(
      loss => (loss.group === null || loss.group === id) && loss.seen_us > open.after_us,
    ),
  );
}

/** All accounts of losses that belong to a record, without its drill's. */
export function lossesSeen(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
): Loss[] {
  const losses = lossesOf(state, id, group, open);
  return [...losses, ...stallLosses(flowsOf(state, id), losses, open.after_us, null)];
}

/** A bond's flows use the member that is active; the connection itself knows only the bond. */
export function historiesOf(group: GroupFacts, flow: FlowFacts): Pick<FlowFacts, 'out' | 'in'> {
  const { active } = group;
  return group.kind === 'bond' && active.length > 0 ? { out: active, in: active } : flow;
}

export function crossingsOf(
  group: GroupFacts,
  flows: readonly FlowFacts[],
  episodes: readonly Episode[],
  cut: CutTime,
  open: OpenRecord,
  now: Us,
): Crossing[] {
  return flows.flatMap(flow => {
    if (flow.closed_us !== null && flow.closed_us < cut.lo) return [];
    const histories = historiesOf(group, flow);
    const hit = hitOf(histories, episodes) ?? stalledMeanwhile(flow, episodes, cut, open);
    return hit === null ? [] : [crossingOf(flow, histories, hit, now)];
  });
}

/** A flow that was on no lost leg, but stood still. */
function stalledMeanwhile(
  flow: FlowFacts,
  episodes: readonly Episode[],
  cut: CutTime,
  open: OpenRecord,
): Hit | null {
  const healed = allOf(episodes.map(one => one.healed_us));
  const stalled = flow.pauses.some(
    one =>
      one.kind === 'stall' &&
      one.seen_us > open.after_us &&
      (one.to === null || one.to > cut.lo) &&
      (healed === null || one.from < healed),
  );
  return stalled ? { leg: null, lo: cut.lo, hi: cut.hi, healed_us: healed } : null;
}
