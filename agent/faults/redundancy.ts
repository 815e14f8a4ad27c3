/**
 * redundancy-lost and path-lost, one belief per path group.
 *
 * A group has the legs that it has now and those it once had: a next hop that the kernel deleted without a word counts
 * as lost although every link is up.
 */
import { type Fault, faultKey, type Observation, type Us } from '../types.ts';
import { legCauses, linkFaults } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

type LegsObservation = Extract<Observation, { aspect: 'legs' }>;
type Legs = { up: string[]; down: string[]; missing: string[] };

interface Group {
  /** Since when two legs are usable, and since when one is; null: not so now. */
  redundant_since: Us | null;
  path_since: Us | null;
  /** A bond that has just come together, and may still be agreeing with its partner; seen: as it is, since when it is short. */
  forming?: { until: Us; seen: LegsObservation } | null;
}

export type RedundancyState = Readonly<Record<string, Group>>;
export const noGroups: RedundancyState = {};

const REDUNDANCY = 'redundancy-lost';
const PATH = 'path-lost';
const object = (group: string) => `group/${group}`;
/** A multipath device may have lost its redundancy, too. */
const isGroup = (of: string) => of.startsWith('group/');

export const redundancyFamily: Family<RedundancyState> = (groups, input, now, context) => {
  const judgements: Judgement[] = [];
  let next = groups;
  if (input.probe === 'link' && input.aspect === 'legs') {
    next = observe(groups, input, judgements, context);
  } else if (input.probe === 'census' && input.groups !== null) {
    const alarmed = activeObjects(context.active, REDUNDANCY, PATH)
      .filter(isGroup)
      .map(o => o.slice(6));
    for (const group of new Set([...Object.keys(groups), ...alarmed])) {
      if (!input.groups.includes(group)) next = forget(next, group, input.t, judgements);
    }
  }
  const reached = input.probe === 'tick' ? now : input.t;
  // What was due before this input is told before it, however late the tick.
  const due = [...settle(groups, reached, context), ...formed(groups, reached, context)];
  if (input.probe === 'tick') next = withoutFormed(groups, reached);
  return [next, [...due, ...judgements], wakeAt(next, reached, context)];
};

function forget(
  groups: RedundancyState,
  group: string,
  t: Us,
  judgements: Judgement[],
): RedundancyState {
  judgements.push(clear(PATH, object(group), t, 'subject-gone'));
  judgements.push(clear(REDUNDANCY, object(group), t, 'subject-gone'));
  const { [group]: _gone, ...rest } = groups;
  return rest;
}

function observe(
  groups: RedundancyState,
  seen: LegsObservation,
  judgements: Judgement[],
  context: Context,
): RedundancyState {
  const name = seen.subject.slice('group/'.length);
  if (seen.value === 'unknown') return groups;
  if (seen.value === 'absent') return forget(groups, name, seen.t, judgements);
  const legs = seen.value;
  const known = groups[name] ?? newGroup(seen);
  const had = legs.up.length + legs.down.length + legs.missing.length;
  const group: Group = {
    redundant_since: legs.up.length >= 2 || had < 2 ? (known.redundant_since ?? seen.t) : null,
    path_since: legs.up.length >= 1 || had < 1 ? (known.path_since ?? seen.t) : null,
  };
  const forming = known.forming ?? null;
  const waits = forming !== null && seen.t < forming.until && !hasLostLink(legs, context);
  if (group.redundant_since === null && waits) {
    const since = forming.seen.t;
    return {
      ...groups,
      [name]: { ...group, forming: { ...forming, seen: { ...seen, t: since } } },
    };
  }
  judgements.push(...raise(group, seen, context));
  return { ...groups, [name]: group };
}

function newGroup(seen: LegsObservation): Group {
  const isMaster = seen.kind === 'bond' || seen.kind === 'team';
  const until = seen.t + limits.redundancy.forming_us;
  return { redundant_since: null, path_since: null, forming: isMaster ? { until, seen } : null };
}

const hasLostLink = (legs: Legs, { active }: Context): boolean =>
  [...legs.down, ...legs.missing].flatMap(linkFaults).some(key => active[key] !== undefined);

function raise(group: Group, seen: LegsObservation, context: Context): Judgement[] {
  if (typeof seen.value === 'string') return [];
  const judgements: Judgement[] = [];
  if (group.redundant_since === null) {
    judgements.push({ is: 'active', fault: groupFault(REDUNDANCY, seen, seen.value, context) });
  }
  if (group.path_since === null) {
    judgements.push({ is: 'active', fault: groupFault(PATH, seen, seen.value, context) });
  }
  return judgements;
}

function groupFault(
  type: string,
  { subject, kind, t }: LegsObservation,
  legs: Legs,
  context: Context,
): Fault {
  const name = subject.slice('group/'.length);
  const lost = [...legs.down, ...legs.missing];
  const details = [`${legs.up.length} of ${legs.up.length + lost.length} legs usable`];
  if (legs.down.length > 0) details.push(`down: ${legs.down.join(', ')}`);
  if (legs.missing.length > 0) {
    const isMaster = kind === 'bond' || kind === 'team';
    const how = isMaster ? 'no member any more' : 'dropped by the kernel, not back by itself';
    details.push(`${how}: ${legs.missing.join(', ')}`);
  }
  return makeFault({
    type,
    object: object(name),
    t,
    details,
    group: name,
    leg: lost.length === 1 ? lost[0]! : null,
    failover: context.scene.failovers[name]?.id ?? null,
    causes: [
      ...lost.flatMap(leg => legCauses(leg, context.scene)),
      faultKey({ type: 'bond-same-switch', object: object(name) }),
      ...(type === PATH ? [faultKey({ type: REDUNDANCY, object: object(name) })] : []),
    ],
  });
}

const since = (group: Group, type: string): Us | null =>
  type === PATH ? group.path_since : group.redundant_since;

/** Clears what has been in order long enough. */
function settle(groups: RedundancyState, reached: Us, context: Context): Judgement[] {
  return pending(groups, context)
    .filter(p => reached >= p.due)
    .map(p => clear(p.type, p.object, p.since));
}

/** What is short still when it should have come together. */
const formed = (groups: RedundancyState, reached: Us, context: Context): Judgement[] =>
  Object.values(groups).flatMap(group =>
    group.forming && reached >= group.forming.until
      ? raise(group, group.forming.seen, context)
      : [],
  );

function withoutFormed(groups: RedundancyState, reached: Us): RedundancyState {
  const all = Object.entries(groups);
  if (!all.some(([, { forming }]) => forming && reached >= forming.until)) return groups;
  return Object.fromEntries(
    all.map(([name, group]) => {
      const ends = group.forming && reached >= group.forming.until;
      return [name, ends ? { ...group, forming: null } : group];
    }),
  );
}

function pending(groups: RedundancyState, context: Context) {
  return Object.values(context.active).flatMap(({ type, object }) => {
    if ((type !== REDUNDANCY && type !== PATH) || !isGroup(object)) return [];
    const group = groups[object.slice('group/'.length)];
    const from = group === undefined ? null : since(group, type);
    if (from === null) return [];
    return [{ type, object, since: from, due: from + limits.redundancy.clear_after_us }];
  });
}

const wakeAt = (groups: RedundancyState, reached: Us, context: Context): Us | null =>
  earliest(
    ...pending(groups, context).map(p => (p.due > reached ? p.due : null)),
    ...Object.values(groups).map(({ forming }) =>
      forming && forming.until > reached ? forming.until : null,
    ),
  );
