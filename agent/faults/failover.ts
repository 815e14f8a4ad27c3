/**
 * failover-slow, failover-absent and peer-still-uses-leg, judged from the failover records.
 *
 * failover-absent does not wait for the record's end: the budget has passed, nothing switched and a flow stands still.
 * All three clear when the group's next record passes, or when the group has been healthy for a while, or is gone.
 */
import { type FailoverRecord, type Fault, faultKey, type Us } from '../types.ts';
import { blackholeCauses, groupCauses, legFaults } from './causes.ts';
import { limits } from './limits.ts';
import {
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
  targetObject,
} from './set.ts';

interface Group {
  usable: number;
  stalled: readonly string[];
  /** The record that is open, as last told. */
  open: FailoverRecord | null;
  /** The latest record and what was made of it: it may be told again, with its way back. */
  judged: { id: string; cut_us: Us; verdict: string } | null;
  /** Since when the open record finds that the peer still uses the leg. */
  peer_since: Us | null;
  /** Since when the group is healthy; null: it is not. */
  healthy_since: Us | null;
}

export type FailoverState = Readonly<Record<string, Group>>;
export const noFailovers: FailoverState = {};

const SLOW = 'failover-slow';
const ABSENT = 'failover-absent';
const PEER = 'peer-still-uses-leg';
const TYPES: readonly string[] = [SLOW, ABSENT, PEER];

const newGroup: Group = {
  usable: 0,
  stalled: [],
  open: null,
  judged: null,
  peer_since: null,
  healthy_since: null,
};

export const failoverFamily: Family<FailoverState> = (groups, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = settle(groups, reached, context);
  const [next, told] = observe(groups, input, context);
  judgements.push(...told);
  for (const [name, group] of Object.entries(next)) {
    judgements.push(...overdue(name, group, reached, context));
  }
  return [next, judgements, wakeAt(next, reached, context)];
};

function observe(
  groups: FailoverState,
  input: FaultInput,
  context: Context,
): [FailoverState, Judgement[]] {
  if (input.probe === 'link' && input.aspect === 'legs') {
    const name = input.subject.slice('group/'.length);
    if (input.value === 'unknown') return [groups, []];
    if (input.value === 'absent') return forget(groups, name, input.t, context);
    return [update(groups, name, { usable: input.value.up.length }, input.t), []];
  }
  if (input.probe === 'storage_flow' && input.aspect === 'progress') {
    return [flowMoved(groups, input), []];
  }
  if (input.probe === 'self' && input.aspect === 'failover') {
    return takeRecord(groups, input.record, input.t, context);
  }
  if (input.probe === 'census') return census(groups, input, context);
  return [groups, []];
}

function takeRecord(
  groups: FailoverState,
  record: FailoverRecord,
  t: Us,
  context: Context,
): [FailoverState, Judgement[]] {
  const { judged } = groups[record.group] ?? newGroup;
  const { id, cut, state } = record;
  const verdict = `${state} ${record.verdict} ${record.switched_us === null} ${record.findings}`;
  if (judged !== null && judged.id !== id && judged.cut_us > cut.t_us) return [groups, []];
  const open = state === 'open' ? record : null;
  if (judged?.id === id && judged.verdict === verdict) {
    return [update(groups, record.group, { open }, t), []];
  }
  // Once all flows again in time, the peer has left the leg, too.
  const usesLeg = open !== null && open.verdict !== 'PASS' && open.findings.includes(PEER);
  // Health counts from here on: what it was before says nothing about what is judged now.
  const taken = {
    open,
    judged: { id, cut_us: cut.t_us, verdict },
    peer_since: usesLeg ? (groups[record.group]?.peer_since ?? t) : null,
    healthy_since: null,
  };
  const next = update(groups, record.group, taken, t);
  return [next, judgeRecord(record, context)];
}

function forget(
  groups: FailoverState,
  name: string,
  t: Us,
  context: Context,
): [FailoverState, Judgement[]] {
  const { [name]: _gone, ...rest } = groups;
  return [rest, clearAll(name, t, 'subject-gone', context)];
}

function census(
  groups: FailoverState,
  input: Extract<FaultInput, { probe: 'census' }>,
  context: Context,
): [FailoverState, Judgement[]] {
  const judgements: Judgement[] = [];
  let next = groups;
  const alarmed = Object.values(context.active)
    .filter(f => TYPES.includes(f.type) && f.group !== null)
    .map(f => f.group!);
  for (const name of new Set([...Object.keys(groups), ...alarmed])) {
    if (input.groups === null || input.groups.includes(name)) continue;
    const [rest, told] = forget(next, name, input.t, context);
    next = rest;
    judgements.push(...told);
  }
  for (const [name, group] of input.flows === null ? [] : Object.entries(next)) {
    const stalled = group.stalled.filter(flow => input.flows!.includes(flow));
    if (stalled.length < group.stalled.length) next = update(next, name, { stalled }, input.t);
  }
  return [next, judgements];
}

function flowMoved(
  groups: FailoverState,
  seen: Extract<FaultInput, { aspect: 'progress' }>,
): FailoverState {
  const flow = seen.subject.slice('flow/'.length);
  let next = groups;
  for (const [name, group] of Object.entries(groups)) {
    // Gone, moving, or in another group now.
    const stands = seen.value === 'stalled' && seen.group === name;
    if (seen.value === 'unknown' || stands || !group.stalled.includes(flow)) continue;
    next = update(next, name, { stalled: group.stalled.filter(f => f !== flow) }, seen.t);
  }
  if (seen.value !== 'stalled' || seen.group === null) return next;
  const stalled = next[seen.group]?.stalled ?? [];
  if (stalled.includes(flow)) return next;
  return update(next, seen.group, { stalled: [...stalled, flow] }, seen.t);
}

function update(groups: FailoverState, name: string, what: Partial<Group>, t: Us): FailoverState {
  const group: Group = { ...(groups[name] ?? newGroup), ...what };
  const healthy = group.usable >= 2 && group.stalled.length === 0 && group.open === null;
  return {
    ...groups,
    [name]: { ...group, healthy_since: healthy ? (group.healthy_since ?? t) : null },
  };
}

function judgeRecord(record: FailoverRecord, context: Context): Judgement[] {
  const name = record.group;
  const closed = record.state !== 'open';
  const judgements: Judgement[] = [];
  if (closed && record.verdict === 'PASS') {
    judgements.push(...clearAll(name, endOf(record), 'condition-ended', context));
  }
  if (closed) judgements.push(...finding(record, context));
  const object = `group/${name}`;
  if (record.verdict === 'FAIL' && record.switched_us === null) {
    judgements.push({ is: 'active', fault: recordFault(ABSENT, record) });
  }
  // The budget passed without a switch, and now it came: late, which is slow.
  const late =
    record.switched_us !== null &&
    context.active[faultKey({ type: ABSENT, object })]?.failover === record.id;
  if (record.switched_us !== null && (late || record.verdict === 'FAIL')) {
    judgements.push(clear(ABSENT, object, record.switched_us, 'superseded'));
    judgements.push({ is: 'active', fault: recordFault(SLOW, record) });
  }
  return judgements;
}

/**
 * As the closed record has it: one that was found on the way may have been disproved by its end. A peer that left the leg in
 * time after all did what it should.
 */
function finding(record: FailoverRecord, context: Context): Judgement[] {
  if (record.legs.length === 0 || record.verdict === 'PASS') return [];
  const fault = recordFault(PEER, record);
  if (record.findings.includes(PEER)) return [{ is: 'active', fault }];
  const known = context.active[faultKey(fault)];
  return known?.failover === record.id ? [clear(PEER, fault.object, endOf(record))] : [];
}

const endOf = (record: FailoverRecord): Us =>
  record.flowing_us ?? record.switched_us ?? record.cut.t_us;

/** What an open record has come to by now: no need to wait for its end. */
function overdue(name: string, group: Group, reached: Us, context: Context): Judgement[] {
  const record = group.open;
  if (record === null) return [];
  const isNew = (type: string, object: string) =>
    context.active[faultKey({ type, object })]?.failover !== record.id;
  const judgements: Judgement[] = [];
  if (reached >= deadline(record) && stands(group, record) && isNew(ABSENT, `group/${name}`)) {
    judgements.push({ is: 'active', fault: recordFault(ABSENT, record) });
  }
  const due = peerDue(group);
  const leg = record.legs[0]?.leg;
  if (due !== null && reached >= due && leg !== undefined && isNew(PEER, `leg/${leg}`)) {
    judgements.push({ is: 'active', fault: recordFault(PEER, record) });
  }
  return judgements;
}

/** A finding has to last: frames that are late may disprove it. */
const peerDue = ({ peer_since }: Group): Us | null =>
  peer_since === null ? null : peer_since + limits.failover.finding_us;

/** The budget of the open record is over when nothing has switched and a flow stands still. */
const deadline = (record: FailoverRecord): Us => record.cut.t_us + record.budget_ms * 1000;

const stands = (group: Group, record: FailoverRecord): boolean =>
  group.stalled.length > 0 && record.switched_us === null && record.flowing_us === null;

function recordFault(type: string, record: FailoverRecord): Fault {
  const leg = record.legs[0]?.leg ?? null;
  const over = deadline(record);
  const t = type === SLOW ? Math.max(over, record.switched_us ?? over) : over;
  return makeFault({
    type,
    object: type === PEER ? `leg/${leg}` : `group/${record.group}`,
    t,
    details: [
      `failover ${record.id}: cut of ${record.legs.map(l => l.leg).join(', ')} known from ${record.cut.source.replace('_', ' ')}`,
      `budget ${record.budget_ms} ms, nudge ${record.nudge}, carrier by ${record.strategy}`,
      ...(type === ABSENT && isBonded(record) ? [`the ${record.kind} used no other member`] : []),
    ],
    group: record.group,
    leg,
    failover: record.id,
    drill: record.drill,
    causes: causes(type, record),
  });
}

const isBonded = ({ kind }: FailoverRecord): boolean => kind === 'bond' || kind === 'team';

/** The lost legs; of an outcome also what was found on the way, and the targets whose traffic stands still. */
function causes(type: string, { legs, group, flows }: FailoverRecord): string[] {
  const lost = legs.flatMap(({ leg }) => [...legFaults(leg), ...blackholeCauses(leg)]);
  if (type === PEER) return lost;
  const peers = legs.map(({ leg }) => faultKey({ type: PEER, object: `leg/${leg}` }));
  const targets = new Set(flows.map(({ flow }) => targetObject(group, targetOf(flow))));
  const stalls = [...targets].map(object => faultKey({ type: 'storage-path-stalled', object }));
  return [...lost, ...peers, ...groupCauses(group), ...stalls];
}

/** `10.77.9.2` of `10.77.9.1:40112-10.77.9.2:3260`, `fd00::2` of `[fd00::1]:40112-[fd00::2]:3260`. */
const targetOf = (flow: string): string =>
  flow
    .slice(flow.lastIndexOf('-') + 1)
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');

function clearAll(
  name: string,
  t: Us,
  cause: 'condition-ended' | 'subject-gone',
  context: Context,
): Judgement[] {
  return Object.values(context.active)
    .filter(f => TYPES.includes(f.type) && f.group === name)
    .map(f => clear(f.type, f.object, t, cause));
}

function settle(groups: FailoverState, reached: Us, context: Context): Judgement[] {
  return Object.entries(groups).flatMap(([name, group]) =>
    group.healthy_since !== null && reached >= group.healthy_since + limits.failover.clear_after_us
      ? clearAll(name, group.healthy_since, 'condition-ended', context)
      : [],
  );
}

function wakeAt(groups: FailoverState, reached: Us, context: Context): Us | null {
  const alarmed = new Set(
    Object.values(context.active)
      .filter(f => TYPES.includes(f.type))
      .map(f => f.group),
  );
  const times = Object.entries(groups).flatMap(([name, group]) => {
    const heals =
      group.healthy_since !== null && alarmed.has(name)
        ? group.healthy_since + limits.failover.clear_after_us
        : null;
    const due = group.open !== null && stands(group, group.open) ? deadline(group.open) : null;
    return [heals, due, peerDue(group)];
  });
  return earliest(...times.map(t => (t !== null && t > reached ? t : null)));
}
