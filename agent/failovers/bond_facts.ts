/** Observations of bonds and teams, taken in as facts about their groups and members. */
import type { BondMember, Observation, Us } from '../types.ts';
import { insertAt, insertBefore, type LegFacts } from './facts.ts';
import { DUMP_LATE_US, type Taken, takeGroups } from './leg_facts.ts';
import type { GroupFacts } from './state.ts';

type Of<A extends string> = Extract<Observation, { probe: 'bond'; aspect: A }>;

const SWITCHES_MAX = 64;
const ANNOUNCED_MAX = 32;
/** For so long a link message that was sent before a switch may still say what was before it. */
const STALE_US = 1_000_000;
/** A partner is taken for lost after three LACPDUs that did not come: IEEE 802.1AX 6.4.7, Short_ and Long_Timeout_Time. */
const LACP_SHORT_US = 3_000_000;
const LACP_LONG_US = 90_000_000;

/** What the bond's own monitor says of a member. */
export function takeMember(facts: LegFacts, leg: string, seen: Of<'member'>): Taken {
  const { group, value, t } = seen;
  const key = `member ${group}` as const;
  if (typeof value === 'string') {
    return takeGroups(facts, { key, group, leg, good: null, t, late_us: 0 });
  }
  const reading = { key, group, leg, good: serves(value), t, late_us: lateness(value, seen) };
  return takeGroups(facts, reading);
}

/**
 * Does the bond send by it? It does while it waits for downdelay, and not while it waits for updelay; with LACP it must
 * have enabled the port, too, which it does for one port even without any partner.
 */
function serves({ mii, state, lacp }: BondMember): boolean {
  if (mii === 'down' || mii === 'going-back') return false;
  return lacp === null || state === 'active';
}

function lateness({ mii, lacp }: BondMember, { monitor_us }: Of<'member'>): Us {
  if (mii === 'up' && lacp !== null) {
    return lacp.actor.short_timeout ? LACP_SHORT_US : LACP_LONG_US;
  }
  return monitor_us ?? DUMP_LATE_US;
}

export function takeSwitch(group: GroupFacts, seen: Of<'switch'>): GroupFacts {
  const { t, value, via } = seen;
  const { from, to } = value;
  const others = group.switches.filter(one => one.t !== t);
  const switches = [...others, { t, exact: via === 'fentry', from, to }]
    .sort((a, b) => a.t - b.t)
    .slice(-SWITCHES_MAX);
  return {
    ...group,
    switches,
    active: insertAt(insertBefore(group.active, t, from), t, to),
  };
}

/** The active member as the group's last link message has it, unless a switch says better. */
export function takeActive(group: GroupFacts, t: Us, active: string | null): GroupFacts {
  const last = group.switches.at(-1);
  if (last !== undefined && t <= last.t + STALE_US) return group;
  return { ...group, active: insertAt(group.active, t, active) };
}

export function takeAnnouncement(group: GroupFacts, { t }: Of<'announcement'>): GroupFacts {
  if (group.announced.includes(t)) return group;
  const announced = [...group.announced, t].sort((a, b) => a - b).slice(-ANNOUNCED_MAX);
  return { ...group, announced };
}
