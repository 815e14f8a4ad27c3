/** Takes an observation in as facts, and says which groups it concerns and where something new was lost. */
import { tableDelete, tableEntries, tableGet, tableSet } from '../topology/table.ts';
import type { Observation, Us } from '../types.ts';
import { takeActive, takeAnnouncement, takeMember, takeSwitch } from './bond_facts.ts';
import type { Cut } from './episodes.ts';
import type { LegFacts } from './facts.ts';
import { newFlow, takePassage, takeProgress } from './flow_facts.ts';
import {
  DUMP_LATE_US,
  isLost,
  noLeg,
  type Taken,
  takeAnswer,
  takeGroups,
  takeLink,
} from './leg_facts.ts';
import { type Failovers, type GroupFacts, newGroup } from './state.ts';

/** Something was lost in this group, and this observation told of it. */
export interface Trigger {
  group: string;
  seen_us: Us;
  by: 'leg' | 'stall';
}

export interface TakenIn {
  state: Failovers;
  /** Groups whose record may look different. */
  touched: readonly string[];
  triggers: readonly Trigger[];
  /** A drill's cut, to be put into the record that is open. */
  cut: Cut | null;
}

type Of<P extends Observation['probe']> = Extract<Observation, { probe: P }>;

export function takeIn(state: Failovers, seen: Observation): TakenIn {
  switch (seen.probe) {
    case 'link':
      return seen.aspect === 'legs' ? takeLegs(state, seen) : takeLinkSeen(state, seen);
    case 'leg_probe':
      return takeLeg(state, seen.subject, facts => takeAnswer(facts, seen), false);
    case 'storage_flow':
      return takeFlow(state, seen);
    case 'self':
      return takeSelf(state, seen);
    case 'bond':
      return takeBond(state, seen);
    case 'steering':
      return takeSteering(state, seen);
    case 'nic':
    case 'bfd':
    case 'storage_session':
    case 'block':
    case 'multipath':
    case 'hw_memory':
    case 'hw_cpu':
    case 'hw_pci':
    case 'hw_disk':
    case 'hw_environment':
    case 'hw_host':
      return nothing(state);
  }
}

const nothing = (state: Failovers): TakenIn => ({ state, touched: [], triggers: [], cut: null });

const takeLinkSeen = (state: Failovers, seen: Extract<Of<'link'>, { ups: number }>): TakenIn =>
  takeLeg(state, seen.subject, facts => takeLink(facts, seen), true);

/** `always`: a loss is an event of its own although the leg was lost by another account before. */
function takeLeg(
  state: Failovers,
  subject: `leg/${string}`,
  take: (facts: LegFacts) => Taken,
  always: boolean,
): TakenIn {
  const leg = subject.slice('leg/'.length);
  const before = tableGet(state.legs, leg) ?? noLeg;
  const { facts, lost } = take(before);
  const groups = groupsWith(state, leg);
  const triggers = lost.flatMap(({ seen_us }) =>
    groups
      .filter(group => always || !isLost(before, group))
      .map(group => ({ group, seen_us, by: 'leg' as const })),
  );
  // The bond or team itself may be probed, too.
  const own = [`bond:${leg}`, `team:${leg}`].filter(id => tableGet(state.groups, id));
  return {
    state: { ...state, legs: tableSet(state.legs, leg, facts) },
    touched: [...groups, ...own],
    triggers,
    cut: null,
  };
}

function groupsWith(state: Failovers, leg: string): string[] {
  const ids: string[] = [];
  for (const [id, group] of tableEntries(state.groups)) if (group.legs.includes(leg)) ids.push(id);
  return ids.sort();
}

function takeLegs(before: Failovers, seen: Extract<Of<'link'>, { aspect: 'legs' }>): TakenIn {
  const id = seen.subject.slice('group/'.length);
  const { value, t } = seen;
  const known = tableGet(before.groups, id) ?? newGroup(id);
  const legs =
    typeof value === 'string' ? known.legs : [...value.up, ...value.down, ...value.missing];
  let state = before;
  let lost = false;
  for (const leg of new Set([...known.legs, ...legs])) {
    const good = typeof value === 'string' ? null : value.up.includes(leg);
    const facts = tableGet(state.legs, leg) ?? noLeg;
    const key = `kernel ${id}` as const;
    const late_us = known.monitor_us ?? DUMP_LATE_US;
    const taken = takeGroups(facts, { key, group: id, leg, good, t, late_us });
    lost ||= taken.lost.length > 0 && !isLost(facts, id);
    state = { ...state, legs: tableSet(state.legs, leg, taken.facts) };
  }
  if (value === 'absent' && known.open === null) {
    return { ...nothing({ ...state, groups: tableDelete(state.groups, id) }), touched: [id] };
  }
  const group: GroupFacts = {
    ...takeActive(known, t, seen.active),
    kind: seen.kind,
    legs: [...new Set([...known.legs, ...legs])].sort(),
    gone: value === 'absent',
  };
  state = { ...state, groups: tableSet(state.groups, id, group) };
  const triggers: Trigger[] = lost ? [{ group: id, seen_us: t, by: 'leg' }] : [];
  return { state, touched: [id], triggers, cut: null };
}

function takeBond(state: Failovers, seen: Of<'bond'>): TakenIn {
  if (seen.aspect === 'member') return takeBondMember(state, seen);
  const id = seen.subject.slice('group/'.length);
  const known = tableGet(state.groups, id);
  if (known === undefined) return nothing(state);
  const group = seen.aspect === 'switch' ? takeSwitch(known, seen) : takeAnnouncement(known, seen);
  return {
    ...nothing({ ...state, groups: tableSet(state.groups, id, group) }),
    touched: [id],
  };
}

function takeBondMember(
  before: Failovers,
  seen: Extract<Of<'bond'>, { aspect: 'member' }>,
): TakenIn {
  const { group: id, value, mode, monitor_us, t } = seen;
  const known = tableGet(before.groups, id);
  const isGone = typeof value === 'string';
  // Of a bond that is gone nothing is kept.
  if (known === undefined && isGone) return nothing(before);
  const leg = seen.subject.slice('leg/'.length);
  const facts = tableGet(before.legs, leg) ?? noLeg;
  const taken = takeMember(facts, leg, seen);
  const of = isGone ? {} : { mode, monitor_us };
  const group = { ...(known ?? newGroup(id)), ...of };
  const state = {
    ...before,
    legs: tableSet(before.legs, leg, taken.facts),
    groups: tableSet(before.groups, id, group),
  };
  const lost = taken.lost.length > 0 && !isLost(facts, id);
  const triggers: Trigger[] = lost ? [{ group: id, seen_us: t, by: 'leg' }] : [];
  return { state, touched: [id], triggers, cut: null };
}

/** More than the helper allows itself while a record is open. */
const STEERED_MAX = 16;

function takeSteering(state: Failovers, seen: Of<'steering'>): TakenIn {
  const id = seen.subject.slice('group/'.length);
  const known = tableGet(state.groups, id);
  if (known === undefined || seen.aspect !== 'action') return nothing(state);
  const { outcome, how, from, to } = seen.value;
  const isKnown = known.steered.some(one => one.t_us === seen.t);
  if (outcome !== 'steered' || how === null || isKnown) return nothing(state);
  const steered = [...known.steered, { t_us: seen.t, how, from, to }].slice(-STEERED_MAX);
  const groups = tableSet(state.groups, id, { ...known, steered });
  return { ...nothing({ ...state, groups }), touched: [id] };
}

function takeFlow(state: Failovers, seen: Of<'storage_flow'>): TakenIn {
  const id = seen.subject.slice('flow/'.length);
  const before = tableGet(state.flows, id) ?? newFlow(id);
  const taken =
    seen.aspect === 'progress'
      ? takeProgress(before, seen)
      : { facts: takePassage(before, seen), stalled: null };
  const { group, closed_us } = taken.facts;
  const followed = group !== null && isFollowed(tableGet(state.groups, group));
  const flows =
    closed_us !== null && !followed
      ? tableDelete(state.flows, id)
      : tableSet(state.flows, id, taken.facts);
  const touched = [before.group, group].filter(one => one !== null);
  const begins =
    taken.stalled !== null && group !== null && !isComingBack(tableGet(state.groups, group));
  const triggers: Trigger[] = begins
    ? [{ group, seen_us: taken.stalled!.seen_us, by: 'stall' }]
    : [];
  return { state: { ...state, flows }, touched, triggers, cut: null };
}

const isFollowed = (group: GroupFacts | undefined): boolean =>
  group !== undefined && (group.open !== null || group.tail !== null);

/** Closed, its legs are back, and the way back is being measured: a stall is part of that. */
const isComingBack = (group: GroupFacts | undefined): boolean =>
  group !== undefined && group.open === null && group.tail !== null && group.wakeAt !== null;

function takeSelf(state: Failovers, seen: Of<'self'>): TakenIn {
  switch (seen.aspect) {
    case 'helper': {
      const { boot_id, wall_offset_us, strategy, nudge } = seen;
      const helper = { boot_id, wall_offset_us, strategy, nudge };
      // Its trace ended with it.
      const tracing = state.tracing && seen.value === 'connected';
      return {
        ...nothing({ ...state, helper, tracing }),
        touched: state.tracing ? followed(state) : [],
      };
    }
    case 'trace':
      return {
        ...nothing({ ...state, tracing: seen.value === 'open' }),
        touched: followed(state),
      };
    case 'told':
      return takeTold(state, seen);
    case 'drill':
      return takeDrill(state, seen);
    default:
      return nothing(state);
  }
}

function followed(state: Failovers): string[] {
  const ids: string[] = [];
  for (const [id, group] of tableEntries(state.groups)) if (isFollowed(group)) ids.push(id);
  return ids;
}

/** The first acknowledgement of the primary adapter. */
function takeTold(state: Failovers, seen: Extract<Of<'self'>, { aspect: 'told' }>): TakenIn {
  if (!seen.primary || seen.failover === null) return nothing(state);
  for (const [id, group] of tableEntries(state.groups)) {
    const record = group.open;
    if (record?.id !== seen.failover) continue;
    const told_us = record.told_us === null ? seen.t : Math.min(record.told_us, seen.t);
    const groups = tableSet(state.groups, id, { ...group, open: { ...record, told_us } });
    return { ...nothing({ ...state, groups }), touched: [id] };
  }
  return nothing(state);
}

function takeDrill(state: Failovers, seen: Extract<Of<'self'>, { aspect: 'drill' }>): TakenIn {
  const drill = seen.subject.slice('drill/'.length);
  const known = state.cuts.find(one => one.drill === drill);
  switch (seen.value) {
    case 'ready':
      return nothing(state);
    case 'cut': {
      const { kind, group, leg, t, uncertainty_us, budget_ms } = seen;
      // The same message again.
      if (known?.t === t) return nothing(state);
      const cut: Cut = {
        drill,
        kind,
        group,
        leg,
        t,
        uncertainty_us,
        budget_ms,
        healed_us: null,
        ended: false,
      };
      const cuts = [...state.cuts.filter(one => one.drill !== drill), cut].slice(-CUTS_MAX);
      return { ...nothing({ ...state, cuts }), touched: [group], cut };
    }
    case 'healed':
    case 'ended': {
      if (known === undefined) return nothing(state);
      const cut: Cut = {
        ...known,
        healed_us: seen.value === 'healed' ? (known.healed_us ?? seen.t) : known.healed_us,
        ended: known.ended || seen.value === 'ended',
      };
      return withCut(state, known, cut);
    }
  }
}

/** One drill at a time and host is the rule; more only wait to be ended. */
const CUTS_MAX = 16;

function withCut(before: Failovers, known: Cut, cut: Cut): TakenIn {
  let state: Failovers = {
    ...before,
    cuts: before.cuts.map(one => (one === known ? cut : one)),
  };
  const touched: string[] = [];
  for (const [id, group] of tableEntries(before.groups)) {
    const { open } = group;
    if (open?.cut?.drill !== cut.drill || open.cut.t !== cut.t) continue;
    touched.push(id);
    state = { ...state, groups: tableSet(state.groups, id, { ...group, open: { ...open, cut } }) };
  }
  return { ...nothing(state), touched };
}
