/**
 * bond-same-switch: the members of an LACP bond do not end where they should. Members that have found partners but are in
 * different aggregators are cabled to switches that are no one system: the bond uses one of them alone. Or the operator
 * wants several systems, and they all end at the same.
 */
import { NO_SYSTEM } from '../topology/members.ts';
import type { Observation, Us } from '../types.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import { type Context, type Family, type FaultInput, type Judgement, makeFault } from './set.ts';

type Member = Extract<Observation, { probe: 'bond'; aspect: 'member' }>;

/** A member with carrier and a partner. */
interface Partnered {
  aggregator: number;
  /** Null: the helper may not know it. */
  system: string | null;
}

export interface WiringState {
  /** By group, by leg; null: it has no carrier or no partner now. */
  members: Readonly<Record<string, Readonly<Record<string, Partnered | null>>>>;
  levels: Levels;
}
export const noWiring: WiringState = { members: {}, levels: noLevels };

const SAME = 'bond-same-switch';

export const wiringFamily: Family<WiringState> = (state, input, now, context) => {
  const seen = input.probe === 'bond' && input.aspect === 'member' ? input : null;
  const members = takeIn(state.members, input, seen);
  const [levels, judgements, wakeAt] = damp(
    SAME,
    state.levels,
    input,
    now,
    context,
    (known, then) => judge(known, members, input, seen, then),
  );
  return [{ members, levels }, judgements, wakeAt];
};

function takeIn(
  members: WiringState['members'],
  input: FaultInput,
  seen: Member | null,
): WiringState['members'] {
  if (input.probe === 'census' && input.groups !== null) {
    const { groups } = input;
    return Object.fromEntries(Object.entries(members).filter(([group]) => groups.includes(group)));
  }
  if (seen === null || seen.value === 'unknown') return members;
  const { group, value } = seen;
  const leg = seen.subject.slice('leg/'.length);
  const { [leg]: _before, ...others } = members[group] ?? {};
  if (value === 'absent' || value.lacp === null) return { ...members, [group]: others };
  const { actor, partner_system: system, aggregator_id: aggregator } = value.lacp;
  const alone = value.mii !== 'up' || actor.defaulted || actor.expired;
  const partnered = alone || system === NO_SYSTEM ? null : { aggregator, system };
  return { ...members, [group]: { ...others, [leg]: partnered } };
}

function judge(
  levels: Levels,
  members: WiringState['members'],
  input: FaultInput,
  seen: Member | null,
  context: Context,
): [Levels, Judgement[]] {
  if (input.probe === 'census' && input.groups !== null) {
    return dropMissing(levels, SAME, input.groups, input.t, context);
  }
  if (seen === null || seen.value === 'unknown') return [levels, []];
  const of = members[seen.group] ?? {};
  if (Object.keys(of).length === 0) {
    return dropLevel(levels, SAME, `group/${seen.group}`, seen.t);
  }
  const found = Object.entries(of).flatMap(([leg, one]) => (one === null ? [] : [{ leg, ...one }]));
  found.sort((a, b) => (a.leg < b.leg ? -1 : 1));
  const known = found.flatMap(one => one.system ?? []);
  const systems = known.length < found.length ? null : new Set(known).size;
  const wanted = seen.partner_systems ?? 1;
  const details =
    wanted > 1
      ? tooFew(found, systems, Math.min(wanted, Object.keys(of).length))
      : apart(found, systems);
  return [setLevel(levels, wiringFault(seen.group, seen.t, details), ...told(details)), []];
}

const told = (details: string[]): [bad: boolean, delay_us: Us] => [
  details.length > 0,
  details.length > 0 ? limits.wiring.raise_after_us : limits.wiring.clear_after_us,
];

type Found = { leg: string } & Partnered;

/** Where the operator wants several systems, each has an aggregator of its own. systems: null if not all are known. */
function tooFew(found: Found[], systems: number | null, wanted: number): string[] {
  // Of a member that has no partner now nobody knows where it ends.
  if (systems === null || found.length < wanted || systems >= wanted) return [];
  return [`${wanted} partner systems are wanted, there is ${systems}`, ...ends(found)];
}

function apart(found: Found[], systems: number | null): string[] {
  if (new Set(found.map(one => one.aggregator)).size < 2) return [];
  return [why(systems), ...ends(found)];
}

function why(systems: number | null): string {
  if (systems === null) return 'the members are in different aggregators';
  return systems > 1
    ? 'the members reach different systems'
    : 'the members reach one system, which does not aggregate them';
}

const ends = (found: Found[]): string[] =>
  found.map(({ leg, system, aggregator }) =>
    [`${leg}: aggregator ${aggregator}`, ...(system === null ? [] : [`partner ${system}`])].join(
      ', ',
    ),
  );

const wiringFault = (group: string, t: Us, details: string[]) =>
  makeFault({ type: SAME, object: `group/${group}`, t, details, group });
