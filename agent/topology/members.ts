/** Members of bonds and teams: what their master makes of them, and whether it can use them. */
import { BOND_MODES, type BondMember, type BondMode, type LacpState, type Us } from '../types.ts';
import { readLink } from './links.ts';
import type { LinkEntry, Topology } from './state.ts';
import { tableGet } from './table.ts';
import type { LacpEntry, TeamEntry } from './told.ts';

/** By IFLA_BOND_SLAVE_MII_STATUS (BOND_LINK_* of net/bonding.h). */
const MII: readonly BondMember['mii'][] = ['up', 'going-down', 'down', 'going-back'];

export const NO_SYSTEM = '00:00:00:00:00:00';

/** Null: no bond, or its own frame has not come. */
export const bondMode = (bond: LinkEntry | undefined): BondMode | null =>
  bond?.bond ? (BOND_MODES[bond.bond.mode] ?? null) : null;

/** A bond's or team's mode in its driver's own words; null: not known. */
export function masterMode(topology: Topology, master: LinkEntry): string | null {
  const team = tableGet(topology.devices.team, master.ifindex);
  return bondMode(master) ?? (team?.mode || null);
}

/** A team whose mode cannot be read ("") still says which port is active, where one is. */
const keepsReserve = ({ mode, active_ifindex }: TeamEntry): boolean =>
  mode === 'activebackup' || active_ifindex !== null;

/** The octet of IEEE 802.1AX 6.4.2.3, from its lowest bit on. */
export function lacpState(octet: number): LacpState {
  const bit = (n: number) => (octet & (1 << n)) !== 0;
  return {
    activity: bit(0),
    short_timeout: bit(1),
    aggregation: bit(2),
    synchronization: bit(3),
    collecting: bit(4),
    distributing: bit(5),
    defaulted: bit(6),
    expired: bit(7),
  };
}

/** Null: it is no member of a bond, or its bond is not known yet. */
export function readMember(topology: Topology, link: LinkEntry): BondMember | null {
  const { bond_member: member, master_ifindex } = link;
  const bond = master_ifindex === null ? undefined : tableGet(topology.links, master_ifindex);
  if (member === null || !bond?.bond) return null;
  return {
    mii: MII[member.mii_status] ?? 'down',
    state: member.state === 0 ? 'active' : 'backup',
    failures: member.link_failure_count,
    lacp: readLacp(topology, link, bond),
  };
}

/**
 * From two sources: rtnetlink's word comes when the bond uses the port or stops to; /proc/net/bonding is looked at all
 * the time, but has no state of our own end. The later one counts for what both have.
 */
function readLacp(topology: Topology, link: LinkEntry, bond: LinkEntry): BondMember['lacp'] {
  const told = link.bond_member?.lacp ?? null;
  if (told === null) return null;
  const port = tableGet(topology.devices.lacp, link.ifindex);
  const later = port !== undefined && port.t >= (link.by_netlink?.t ?? 0) ? port : null;
  const aggregator_id = later?.aggregator_id ?? told.aggregator_id;
  const partner = lacpState(later?.partner?.state ?? told.partner_state);
  const actor = lacpState(told.actor_state);
  if (later?.partner) {
    // What the receive machine (802.1AX 6.4.12) does to the partner's record tells its own state.
    actor.defaulted = later.partner.system === NO_SYSTEM;
    actor.expired &&= !actor.defaulted && !partner.synchronization;
  }
  return {
    aggregator_id,
    actor,
    partner,
    partner_system: partnerSystem(port, bond, aggregator_id),
    churn: port ? { actor: port.actor_churn, partner: port.partner_churn } : null,
  };
}

/** The bond itself names the partner of the aggregator in use to everybody. */
function partnerSystem(port: LacpEntry | undefined, bond: LinkEntry, aggregator: number) {
  if (port?.partner) return port.partner.system;
  const inUse = bond.bond?.lacp ?? null;
  return inUse !== null && inUse.aggregator_id === aggregator ? inUse.partner_mac : null;
}

/** Can the master use this member now? */
export function memberUsable(topology: Topology, master: LinkEntry, link: LinkEntry): boolean {
  const reading = readLink(topology, link);
  // A bond without a monitor says "up" for ever.
  if (reading !== null && !(reading.carrier && reading.admin_up)) return false;
  if (master.kind === 'team') return portUsable(topology, master, link);
  const member = readMember(topology, link);
  if (member === null) return link.bond_member === null || link.bond_member.mii_status === 0;
  return member.mii === 'up' && (member.lacp === null || lacpUsable(master, member));
}

/** IEEE 802.1AX 6.4.15: frames pass when the port collects and distributes; the bond uses one aggregator alone. */
function lacpUsable(master: LinkEntry, { lacp, state }: BondMember): boolean {
  const inUse = master.bond?.lacp ?? null;
  if (lacp === null || (inUse !== null && inUse.aggregator_id !== lacp.aggregator_id)) return false;
  // With no partner anywhere the kernel still sends by one port (ad_agg_selection_logic of bond_3ad.c).
  if (inUse?.partner_mac === NO_SYSTEM) return state === 'active';
  return lacp.actor.collecting && lacp.actor.distributing;
}

/** Runners that keep ports in reserve have them disabled; those of a team that shares its load are disabled when they fail. */
function portUsable(topology: Topology, master: LinkEntry, link: LinkEntry): boolean {
  const team = tableGet(topology.devices.team, master.ifindex);
  const port = team?.ports.find(one => one.ifindex === link.ifindex);
  if (team === undefined || port === undefined) return true;
  return port.linkup && (port.enabled !== false || keepsReserve(team));
}

/** A message that was under way when the kernel's own stamp came may still name the member of before. */
const FENTRY_OUTRANKS_US: Us = 1_000_000;

/** Is one member in use at a time? An active-backup bond, or a team that keeps its other ports in reserve. */
export function usesOneMember(topology: Topology, master: LinkEntry): boolean {
  const team = tableGet(topology.devices.team, master.ifindex);
  return team === undefined ? bondMode(master) === 'active-backup' : keepsReserve(team);
}

/** The one member in use; null: none, not known, or there are several in use. */
export function activeMember(topology: Topology, master: LinkEntry): number | null {
  const team = tableGet(topology.devices.team, master.ifindex);
  if (!usesOneMember(topology, master)) return null;
  const level =
    master.kind === 'bond'
      ? { to: master.bond?.active_ifindex ?? null, t: master.by_netlink?.t ?? 0 }
      : { to: team?.active_ifindex ?? null, t: team?.t ?? 0 };
  const { switched } = master;
  if (switched === null) return level.to;
  const until = switched.t + (switched.via === 'fentry' ? FENTRY_OUTRANKS_US : 0);
  return until > level.t ? switched.to : level.to;
}

/** How late the bond's own verdict on a member may be; null: it has no monitor. */
export function monitorUs(bond: LinkEntry): Us | null {
  if (bond.bond === null) return null;
  const { arp_interval_ms, arp_missed_max, miimon_ms, downdelay_ms } = bond.bond;
  // bond_time_in_interval of bond_main.c allows half an interval at each end.
  if (arp_interval_ms > 0) return (arp_missed_max + 1) * arp_interval_ms * 1000;
  return miimon_ms === 0 ? null : (miimon_ms + downdelay_ms) * 1000;
}
