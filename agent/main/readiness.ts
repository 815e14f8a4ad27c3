/** Is a drill on this leg sensible now, and is everything steady? Pure. */
import type { DrillReadiness } from '../control/protocol.ts';
import type { Alarm, Flow, Group, Leg, Maintenance, Us } from '../types.ts';
import type { Calm } from './calm.ts';

/** Every flow has progressed for so long, and every leg of the group has been quiet for so long. */
const FLOWS_STEADY_US = 2_000_000;
const LINKS_QUIET_US = 1_200_000;
/** The helper steers a group once in so long (native/steer.c): a cut that comes sooner would measure that limit. */
const STEERED_US = 10_000_000;

export interface ReadinessInput {
  now: Us;
  drill: string;
  group: string;
  leg: string;
  groups: readonly Group[];
  flows: readonly Flow[];
  /** Active ones. */
  alarms: readonly Alarm[];
  calm: Calm;
  maintenance: Maintenance | null;
  /** A failover record of the group is open. */
  recording: boolean;
  /** The helper is connected. */
  seeing: boolean;
  /** Another drill that is under way on this group. */
  other: string | null;
}

export function drillReadiness(input: ReadinessInput): DrillReadiness {
  const flows = input.flows.filter(flow => flow.group === input.group);
  const group = input.groups.find(one => one.id === input.group);
  const refusals = [...impossible(input, group)];
  const leg = group?.legs.find(one => one.id === input.leg);
  if (group !== undefined && leg !== undefined) refusals.push(...unwise(input, group, leg, flows));
  return {
    refusals,
    flows,
    carrying_leg: carryingLeg(flows),
    steady: group !== undefined && isSteady(input, group, flows),
  };
}

type Refusal = DrillReadiness['refusals'][number];

function impossible(input: ReadinessInput, group: Group | undefined): Refusal[] {
  const refuse = (reason: string): Refusal => ({ reason, force: false });
  const found: Refusal[] = [];
  if (!input.seeing) found.push(refuse('the helper is not connected: nothing would be seen'));
  if (group === undefined) {
    const known = input.groups.map(one => one.id).join(', ') || 'none';
    found.push(refuse(`no path group ${input.group}; known: ${known}`));
  } else if (!group.legs.some(leg => leg.id === input.leg)) {
    const legs = group.legs.map(leg => leg.id).join(', ');
    found.push(refuse(`${input.leg} is no leg of ${group.id}; its legs: ${legs}`));
  }
  if (input.other !== null) {
    found.push(refuse(`drill ${input.other} is under way on ${input.group}`));
  }
  return found;
}

function unwise(input: ReadinessInput, group: Group, leg: Leg, flows: Flow[]): Refusal[] {
  const refuse = (reason: string): Refusal => ({ reason, force: true });
  const found: Refusal[] = [];
  if (!group.legs.some(one => one.id !== leg.id && isHealthy(one))) {
    found.push(refuse(`no second healthy leg in ${group.id} beside ${leg.id}`));
  }
  const carries = flows.some(flow => flow.leg_out === leg.id || flow.leg_in === leg.id);
  if (!carries && leg.answering === null) {
    found.push(refuse(`no flow and no probe uses ${leg.id}: its cut would show nothing`));
  }
  const stalled = flows.filter(flow => flow.state === 'stalled');
  if (stalled.length > 0) {
    found.push(refuse(`stalled already: ${stalled.map(flow => flow.id).join(', ')}`));
  }
  if (input.maintenance?.notices === 'hold') {
    found.push(refuse('maintenance holds notices back: nothing would be told'));
  }
  // What this very drill raised is waited for (steady), and refuses nothing.
  for (const alarm of alarmsOn(input, group)) {
    if (alarm.drill !== input.drill) {
      found.push(refuse(`alarm ${alarm.type} is active on ${alarm.managedObjectId}`));
    }
  }
  return found;
}

/** A leg that nobody probes is taken at the kernel's word. */
const isHealthy = (leg: Leg): boolean => leg.state === 'up' && leg.answering !== false;

const alarmsOn = ({ alarms }: ReadinessInput, group: Group): Alarm[] =>
  alarms.filter(
    ({ managedObjectId: object }) =>
      object === `group/${group.id}` ||
      object.startsWith(`target/${group.id}/`) ||
      group.legs.some(leg => object === `leg/${leg.id}`),
  );

function isSteady(input: ReadinessInput, group: Group, flows: Flow[]): boolean {
  const { calm, now } = input;
  const since = (t: Us | undefined) => now - (t ?? Number.NEGATIVE_INFINITY);
  return (
    !input.recording &&
    flows.every(flow => flow.state !== 'stalled') &&
    since(calm.flows.get(group.id)) >= FLOWS_STEADY_US &&
    since(calm.steered.get(group.id)) >= STEERED_US &&
    group.legs.every(leg => since(calm.links.get(leg.id)) >= LINKS_QUIET_US) &&
    !alarmsOn(input, group).some(alarm => alarm.drill === input.drill)
  );
}

/** The leg by which most flows leave; those that we opened count before those that we serve. */
function carryingLeg(flows: Flow[]): string | null {
  const clients = flows.filter(flow => flow.role === 'client');
  const counts = new Map<string, number>();
  for (const { leg_out } of clients.length > 0 ? clients : flows) {
    if (leg_out !== null) counts.set(leg_out, (counts.get(leg_out) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return most?.[0] ?? null;
}
