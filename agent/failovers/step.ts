/**
 * `failoverStep(state, observation | tick, now)`: takes what is observed in as facts, opens a record at the first loss on
 * a leg of a group, and tells each record that looks different than before. Facts are ordered by their own times, so the
 * order in which they arrive changes nothing but the moment at which a record is told.
 */
import { tableDelete, tableEntries, tableGet, tableSet } from '../topology/table.ts';
import type { FailoverRecord, Observation, Tick, Us } from '../types.ts';
import { type Cut, explains } from './episodes.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { newsOf, usesOneLeg } from './in_use.ts';
import { limits } from './limits.ts';
import { lossesSeen } from './scope.ts';
import { seenUntil, splitAt } from './split.ts';
import { type Failovers, type GroupFacts, newGroup, type OpenRecord } from './state.ts';
import { type TakenIn, type Trigger, takeIn } from './take_in.ts';

/** Gives the records that look different now; wakeAt: when one may without any input. */
export function failoverStep(
  before: Failovers,
  input: Observation | Tick,
  now: Us,
): [state: Failovers, changes: FailoverRecord[], wakeAt: Us | null] {
  const changes: FailoverRecord[] = [];
  const taken: TakenIn =
    input.probe === 'tick'
      ? { state: before, touched: [], triggers: [], cut: null }
      : takeIn(before, input);
  let { state } = taken;
  if (taken.cut !== null) state = applyCut(state, taken.cut, changes);
  if (tellsOfLegs(input)) {
    for (const id of taken.touched) state = splitRecord(state, id, now, changes);
  }
  for (const trigger of taken.triggers) state = triggered(state, trigger);
  const touched = new Set([...taken.touched, ...taken.triggers.map(one => one.group)]);
  if (tellsOfLegs(input)) for (const id of touched) state = openForNews(state, id, now);
  let wakeAt: Us | null = null;
  for (const id of followedGroups(state)) {
    const group = tableGet(state.groups, id)!;
    const dueAt = group.wakeAt ?? Number.POSITIVE_INFINITY;
    if (touched.has(id) && now < group.restUntil) {
      state = put(state, id, { ...group, wakeAt: Math.min(dueAt, group.restUntil) });
    } else if (touched.has(id) || dueAt <= now) {
      state = settle(state, id, now, changes);
    }
    const at = tableGet(state.groups, id)?.wakeAt ?? null;
    if (at !== null && (wakeAt === null || at < wakeAt)) wakeAt = at;
  }
  return [state, changes, wakeAt];
}

const tellsOfLegs = ({ probe }: Observation | Tick): boolean =>
  probe === 'link' || probe === 'bond' || probe === 'leg_probe';

function splitRecord(before: Failovers, id: string, now: Us, changes: FailoverRecord[]): Failovers {
  const group = tableGet(before.groups, id);
  const open = group?.open ?? null;
  if (group === undefined || open === null) return before;
  const split = splitAt(before, id, group, open);
  if (split === null) return before;
  const { after_us, seen_us } = split;
  const state = put(before, id, { ...group, open: null, after_us, wakeAt: null, restUntil: 0 });
  const past = seenUntil(before, id, after_us);
  const stalls = evaluate(past, id, tableGet(past.groups, id)!, open, now)?.record ?? open.told;
  if (stalls !== null) tell(open.told, { ...stalls, state: 'closed' }, changes);
  // Where one leg is in use, openForNews does.
  return usesOneLeg(group) ? state : openRecord(state, { group: id, seen_us, by: 'leg' }, null);
}

/** Where one leg is in use at a time, a lost leg is not yet a failover (openForNews). */
function triggered(state: Failovers, trigger: Trigger): Failovers {
  const { group: id, by } = trigger;
  const group = tableGet(state.groups, id);
  if (group === undefined || !usesOneLeg(group)) return openRecord(state, trigger, null);
  // What it waited for may have come.
  const awake = group.open?.told === null ? put(state, id, { ...group, restUntil: 0 }) : state;
  return by === 'stall' ? openRecord(awake, trigger, null) : awake;
}

/** The leg in use was lost, or left for another one without a loss. Which is known late when a switch is told first. */
function openForNews(state: Failovers, id: string, now: Us): Failovers {
  const group = tableGet(state.groups, id);
  if (group === undefined || group.open !== null || !usesOneLeg(group)) return state;
  const news = newsOf(state, id, group);
  if (news === null) return state;
  const next = openRecord(state, { group: id, seen_us: news.seen_us, by: 'leg' }, null);
  if (!news.switchOnly) return next;
  const restUntil = now + limits.explained_us;
  return put(next, id, { ...tableGet(next.groups, id)!, restUntil });
}

function followedGroups(state: Failovers): string[] {
  const ids: string[] = [];
  for (const [id, group] of tableEntries(state.groups)) {
    if (group.open !== null || group.tail !== null) ids.push(id);
  }
  return ids.sort();
}

/**
 * The drill's cut goes into the records of what it caused: of its own group, which gets one in any case, and of the
 * others that have this leg. A record of something that was over before is closed as it stands.
 */
function applyCut(before: Failovers, cut: Cut, changes: FailoverRecord[]): Failovers {
  let state = before;
  for (const [id, group] of [...tableEntries(before.groups)]) {
    const { open } = group;
    if (open === null || (id !== cut.group && !group.legs.includes(cut.leg))) continue;
    if (open.cut === null && lossesSeen(state, id, group, open).every(one => explains(cut, one))) {
      state = put(state, id, {
        ...group,
        open: { ...open, cut, budget_ms: budgetOf(state, id, cut) },
        restUntil: 0,
      });
    } else if (id === cut.group) {
      state = closeAsItStands(state, id, group, cut, changes);
    }
  }
  return openRecord(state, { group: cut.group, seen_us: Number.POSITIVE_INFINITY, by: 'leg' }, cut);
}

function closeAsItStands(
  state: Failovers,
  id: string,
  group: GroupFacts,
  cut: Cut,
  changes: FailoverRecord[],
): Failovers {
  const told = group.open?.told ?? null;
  if (told !== null)
    changes.push({ ...told, state: told.flowing_us === null ? 'incomplete' : 'closed' });
  return put(state, id, { ...group, open: null, after_us: cut.t - cut.uncertainty_us - 1 });
}

/** Nothing when one is open, or when what was seen is told in a record that is closed. */
function openRecord(state: Failovers, { group: id, seen_us }: Trigger, cut: Cut | null): Failovers {
  const group = tableGet(state.groups, id) ?? newGroup(id);
  if (group.open !== null || seen_us <= group.after_us) return state;
  const count = state.count + 1;
  const drilled = cut ?? drillOn(state, group, seen_us);
  const open: OpenRecord = {
    id: `fo-${state.options.instance}-${count}`,
    after_us: group.after_us,
    cut: drilled,
    told_us: null,
    budget_ms: budgetOf(state, id, drilled),
    strategy: state.helper.strategy,
    nudge: state.helper.nudge,
    told: null,
  };
  return put({ ...state, count }, id, { ...group, open, tail: null });
}

/** A drill of another group that has cut a leg of this one. */
function drillOn(state: Failovers, group: GroupFacts, seen_us: Us): Cut | null {
  const found = state.cuts.find(
    one =>
      group.legs.includes(one.leg) &&
      one.healed_us === null &&
      !one.ended &&
      explains(one, { hi: seen_us, seen_us }),
  );
  return found ?? null;
}

function budgetOf({ options }: Failovers, id: string, cut: Cut | null): number {
  return cut?.budget_ms ?? options.group_budget_ms[id] ?? options.budget_ms;
}

function settle(state: Failovers, id: string, now: Us, changes: FailoverRecord[]): Failovers {
  const group = tableGet(state.groups, id)!;
  return group.open !== null
    ? settleOpen(state, id, group, group.open, now, changes)
    : settleTail(state, id, group, group.tail!, now, changes);
}

function settleOpen(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  now: Us,
  changes: FailoverRecord[],
): Failovers {
  const evaluation = evaluate(state, id, group, open, now);
  if (evaluation === null) return dropped(state, id, group, open, changes);
  const { record, complete } = evaluation;
  const late = now >= record.cut.t_us + limits.incomplete_us;
  if (!complete && !late) {
    const told = tell(open.told, record, changes);
    const { wakeAt } = evaluation;
    const restUntil = told.legs.length < limits.many_losses ? 0 : now + limits.rest_us;
    return put(state, id, { ...group, open: { ...open, told }, wakeAt, restUntil });
  }
  return close(state, id, group, open, evaluation, changes);
}

/**
 * A flow stalled although its legs are not known, or the leg that was lost turned out not to have been in use: there is
 * nothing that a record could say.
 */
function dropped(
  state: Failovers,
  id: string,
  group: GroupFacts,
  { told }: OpenRecord,
  changes: FailoverRecord[],
): Failovers {
  if (told !== null) changes.push({ ...told, state: 'closed' });
  return put(state, id, { ...group, open: null, wakeAt: null });
}

function close(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  { record, complete, unhealed, lastEvent }: Evaluation,
  changes: FailoverRecord[],
): Failovers {
  const ended: FailoverRecord = { ...record, state: complete ? 'closed' : 'incomplete' };
  const told = tell(open.told, ended, changes);
  const tail = unhealed && !group.gone ? { ...open, told } : null;
  const after_us = Math.max(group.after_us, lastEvent);
  const next = put(state, id, { ...group, open: null, tail, after_us, wakeAt: null });
  return tail === null ? forget(next, id, group) : next;
}

/** The record stays as it was closed; what is still to come is the heal and the way back. */
function settleTail(
  state: Failovers,
  id: string,
  group: GroupFacts,
  tail: OpenRecord,
  now: Us,
  changes: FailoverRecord[],
): Failovers {
  const evaluation = evaluate(state, id, group, tail, now);
  const back = evaluation?.record.back ?? null;
  if (evaluation === null || back === null) return put(state, id, { ...group, wakeAt: null });
  const giveUpAt = back.healed_us + limits.incomplete_us;
  if (!evaluation.complete && now < giveUpAt) {
    const wakeAt = Math.min(evaluation.wakeAt ?? giveUpAt, giveUpAt);
    return put(state, id, { ...group, wakeAt });
  }
  const closed = tail.told!;
  const legs = closed.legs.map(leg => {
    const now = evaluation.record.legs.find(
      one => one.leg === leg.leg && one.lost_us === leg.lost_us,
    );
    return { ...leg, healed_us: leg.healed_us ?? now?.healed_us ?? back.healed_us };
  });
  tell(closed, { ...closed, legs, back }, changes);
  const after_us = Math.max(group.after_us, evaluation.lastEvent);
  const next = put(state, id, { ...group, tail: null, after_us, wakeAt: null });
  return forget(next, id, group);
}

function tell(before: FailoverRecord | null, record: FailoverRecord, changes: FailoverRecord[]) {
  if (before !== null && JSON.stringify(before) === JSON.stringify(record)) return before;
  changes.push(record);
  return record;
}

/** What was kept for the record alone: connections that are closed, and a group that is gone. */
function forget(state: Failovers, id: string, { gone }: GroupFacts): Failovers {
  let { flows } = state;
  for (const [name, flow] of tableEntries(state.flows)) {
    if (flow.group === id && flow.closed_us !== null) flows = tableDelete(flows, name);
  }
  return { ...state, flows, groups: gone ? tableDelete(state.groups, id) : state.groups };
}

const put = (state: Failovers, id: string, group: GroupFacts): Failovers => ({
  ...state,
  groups: tableSet(state.groups, id, group),
});
