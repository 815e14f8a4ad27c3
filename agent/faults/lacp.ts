/**
 * lacp-partner-lost: a member has carrier, and nobody speaks LACP at its other end.
 * lacp-churn: the two ends do not agree for long (IEEE 802.1AX 6.4.17, the kernel's own judgement after 60 s), or they
 * lose their agreement again and again.
 */
import { NO_SYSTEM } from '../topology/members.ts';
import type { BondMember, Observation, Us } from '../types.ts';
import { linkCauses } from './causes.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import {
  type Context,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Member = Extract<Observation, { probe: 'bond'; aspect: 'member' }>;
type Lacp = NonNullable<BondMember['lacp']>;

interface Port {
  up: boolean;
  /** When it came up; null: it was so when it was first seen. */
  up_since: Us | null;
  in_sync: boolean;
  /** When both ends lost their agreement while the link stayed, no more than churn needs. */
  losses: readonly Us[];
  /** Last loss while they are too many; null: they are not. */
  churning: Us | null;
  /** As last seen, for what is judged without it. */
  group: string;
}

export interface LacpFaults {
  ports: Readonly<Record<string, Port>>;
  partner: Levels;
  churn: Levels;
}
export const noLacp: LacpFaults = { ports: {}, partner: noLevels, churn: noLevels };

const LOST = 'lacp-partner-lost';
const CHURN = 'lacp-churn';

export const lacpFamily: Family<LacpFaults> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const before = settle(state, reached, context);
  const seen = input.probe === 'bond' && input.aspect === 'member' ? input : null;
  const ports = takeIn(before.ports, input, seen);
  const step = (type: string, judge: typeof partnerLost, levels: Levels) =>
    damp(type, levels, input, now, context, (known, then) => {
      if (input.probe === 'census' && input.legs !== null) {
        return dropMissing(known, type, input.legs, input.t, then);
      }
      if (seen === null || seen.value === 'unknown') return [known, []];
      if (seen.value === 'absent' || seen.value.lacp === null) {
        return dropLevel(known, type, seen.subject, seen.t);
      }
      const port = ports[seen.subject]!;
      return [judge(known, seen, seen.value.lacp, port, then), []];
    });
  const [partner, told, partnerAt] = step(LOST, partnerLost, before.partner);
  const [churn, more, churnAt] = step(CHURN, churned, before.churn);
  const judgements: Judgement[] = [...told, ...more];
  return [{ ports, partner, churn }, judgements, earliest(partnerAt, churnAt, quietAt(ports))];
};

function takeIn(
  ports: LacpFaults['ports'],
  input: FaultInput,
  seen: Member | null,
): LacpFaults['ports'] {
  if (input.probe === 'census' && input.legs !== null) {
    const { legs } = input;
    const kept = Object.entries(ports).filter(([object]) => legs.includes(object.slice(4)));
    return Object.fromEntries(kept);
  }
  if (seen === null || seen.value === 'unknown') return ports;
  if (seen.value === 'absent' || seen.value.lacp === null) {
    const { [seen.subject]: _gone, ...rest } = ports;
    return rest;
  }
  return { ...ports, [seen.subject]: portOf(ports[seen.subject], seen, seen.value.lacp) };
}

function portOf(known: Port | undefined, seen: Member, { actor, partner }: Lacp): Port {
  const up = (seen.value as BondMember).mii === 'up';
  const in_sync = actor.synchronization && partner.synchronization;
  const came = up && known?.up === false;
  const lost = up && known?.up === true && known.in_sync && !in_sync;
  const { sync_losses, sync_window_us } = limits.lacp;
  const losses = [...(known?.losses ?? []), ...(lost ? [seen.t] : [])]
    .filter(at => at > seen.t - sync_window_us)
    .slice(-sync_losses);
  const before = known?.churning ?? null;
  const churning = lost && (before !== null || losses.length >= sync_losses) ? seen.t : before;
  const up_since = came ? seen.t : up ? (known?.up_since ?? null) : null;
  return { up, up_since, in_sync, losses, churning, group: seen.group };
}

/** Agreement that was lost too often is well again when it was not lost for a while. */
function settle(state: LacpFaults, reached: Us, context: Context): LacpFaults {
  let next = state;
  for (const [object, port] of Object.entries(state.ports)) {
    const end = port.churning === null ? null : port.churning + limits.lacp.sync_quiet_us;
    if (end === null || reached < end) continue;
    const ports = { ...next.ports, [object]: { ...port, churning: null, losses: [] } };
    const fault = portFault(CHURN, object, end, port.group, [], context);
    const alone = context.active[`${CHURN} ${object}`]?.details.join() === OFTEN;
    next = { ...next, ports };
    if (alone) next = { ...next, churn: setLevel(next.churn, fault, false, 0) };
  }
  return next;
}

const quietAt = (ports: LacpFaults['ports']): Us | null =>
  earliest(
    ...Object.values(ports).map(({ churning }) =>
      churning === null ? null : churning + limits.lacp.sync_quiet_us,
    ),
  );

function partnerLost(
  levels: Levels,
  seen: Member,
  { actor, partner_system }: Lacp,
  port: Port,
  context: Context,
): Levels {
  const none = actor.defaulted || partner_system === NO_SYSTEM;
  const bad = port.up && (none || actor.expired);
  const { partner_grace_us, join_us, clear_after_us } = limits.lacp;
  // A port that has just come up begins without a partner, and has to hear of one first.
  const joining = port.up_since === null ? 0 : port.up_since + join_us - seen.t;
  const fault = portFault(
    LOST,
    seen.subject,
    seen.t,
    seen.group,
    [`member of ${seen.group}, with carrier`],
    context,
  );
  return setLevel(levels, fault, bad, bad ? Math.max(partner_grace_us, joining) : clear_after_us);
}

const OFTEN = `agreement lost ${limits.lacp.sync_losses} times within ${limits.lacp.sync_window_us / 1e6} s or less`;

function churned(
  levels: Levels,
  seen: Member,
  { churn }: Lacp,
  port: Port,
  context: Context,
): Levels {
  const ends = (['actor', 'partner'] as const).filter(end => churn?.[end] === 'churned');
  const details = ends.map(end => `the ${end === 'actor' ? 'own' : 'far'} end is churned`);
  if (port.churning !== null) details.push(OFTEN);
  const bad = port.up && details.length > 0;
  const fault = portFault(CHURN, seen.subject, seen.t, seen.group, details, context);
  return setLevel(levels, fault, bad, bad ? 0 : limits.lacp.clear_after_us);
}

function portFault(
  type: string,
  object: string,
  t: Us,
  group: string,
  details: string[],
  context: Context,
) {
  const causes = type === CHURN ? [`${LOST} ${object}`] : [];
  return makeFault({
    type,
    object,
    t,
    details,
    group,
    leg: object.slice('leg/'.length),
    failover: context.scene.failovers[group]?.id ?? null,
    causes: [...linkCauses(object.slice('leg/'.length), context.scene), ...causes],
  });
}
