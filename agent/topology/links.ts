/**
 * Links, and what is so of their carrier when two sources tell of it.
 *
 * Netlink's message is up to a second late (net/core/link_watch.c) but carries the counts of its making, so the order
 * within a link is that of carrier_up_count and carrier_down_count, never that of arrival. With equal counts the
 * carrier source is right while it lives.
 */
import type { Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';
import { dropDevices } from './devices.ts';
import type { LinkEntry, LinkStatement, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet } from './table.ts';

export interface LinkReading {
  carrier: boolean;
  admin_up: boolean;
  ups: number;
  downs: number;
  t: Us;
  /** It is so since then, as far as its source has told. */
  since: Us;
  via: string;
}

/** Null: nobody can say now. */
export function readLink(topology: Topology, link: LinkEntry): LinkReading | null {
  const statement = valid(link, carrierLives(topology));
  if (statement === null || statement.stale) return null;
  const { carrier, ups, downs, t, since, via } = statement;
  const admin_up = statement.admin_up && !downByTheOther(link, statement);
  return { carrier, admin_up, ups, downs, t, since, via };
}

/** The last reading, stale or not: for display and for what survives a loss. */
export function lastStatement(topology: Topology, link: LinkEntry): LinkStatement | null {
  return valid(link, carrierLives(topology));
}

/** With the strategy rtnl there is no second source. */
function carrierLives({ helper }: Topology): boolean {
  if (helper?.strategy === 'rtnl') return false;
  return helper?.sources.find(one => one.name === 'carrier')?.state !== 'absent';
}

const changes = (statement: LinkStatement): number => statement.ups + statement.downs;

function valid(link: LinkEntry, carrierLives: boolean): LinkStatement | null {
  const { by_carrier, by_netlink } = link;
  if (by_carrier === null || !carrierLives) return by_netlink;
  if (by_netlink === null) return by_carrier;
  return changes(by_netlink) > changes(by_carrier) ? by_netlink : by_carrier;
}

/**
 * Going administratively down counts nowhere on some devices (tun), so with equal counts a "down" of either source
 * holds: netlink tells it at once, a slow carrier strategy only at its next look.
 */
function downByTheOther(link: LinkEntry, statement: LinkStatement): boolean {
  const other = statement === link.by_carrier ? link.by_netlink : link.by_carrier;
  if (other === null || other.stale || changes(other) !== changes(statement)) return false;
  return !other.admin_up;
}

/** A link of its own that somebody can unplug: has a bus device, is no loopback and nothing built of other links. */
export function isPhysical(link: LinkEntry): boolean {
  return link.kind === null && !link.loopback && link.parent_dev !== null;
}

/** VLANs in VLANs; the kernel nests devices no deeper (MAX_NEST_DEV). */
const NESTED_MAX = 8;

/** The link that `ifindex` is built on: the lowest device under a VLAN or macvlan; else itself. */
export function lowerLink(topology: Topology, ifindex: number): LinkEntry | undefined {
  let link = tableGet(topology.links, ifindex);
  for (let i = 0; i < NESTED_MAX && isStacked(link); i++) {
    const lower = tableGet(topology.links, link.iflink);
    if (lower === undefined || lower === link) break;
    link = lower;
  }
  return link;
}

const isStacked = (link: LinkEntry | undefined): link is LinkEntry =>
  link?.kind === 'vlan' || link?.kind === 'macvlan';

/** The link's entry with what a `link` frame says. */
export function takeLink(before: LinkEntry | undefined, data: FrameOf<'link'>['data']): LinkEntry {
  const earlier = before?.by_netlink ?? null;
  const by_netlink = statementOf(earlier, data, 'rtnl');
  // Netlink's own frames are in order: lower counts are a new device under an old number.
  const reborn =
    earlier !== null && (by_netlink.ups < earlier.ups || by_netlink.downs < earlier.downs);
  return {
    ifindex: data.ifindex,
    name: data.ifname,
    kind: data.kind,
    iflink: data.iflink,
    vlan: data.vlan,
    parent_dev: data.parent_dev,
    parent_bus: data.parent_bus,
    pci: data.pci,
    loopback: data.loopback,
    master_ifindex: data.master_ifindex,
    bond: data.bond,
    bond_member: data.bond_member,
    by_carrier: reborn ? null : (before?.by_carrier ?? null),
    by_netlink,
    switched: before?.switched ?? null,
  };
}

/** The link's entry with what a `carrier` frame says. */
export function takeCarrier(
  before: LinkEntry | undefined,
  data: FrameOf<'carrier'>['data'],
): LinkEntry {
  const link = before ?? nameless(data.ifindex);
  return { ...link, by_carrier: statementOf(link.by_carrier, data, data.via) };
}

/** Whoever asks for a snapshot, all are told again; that is no change. */
function statementOf(
  earlier: LinkStatement | null,
  data: FrameOf<'link' | 'carrier'>['data'],
  via: string,
): LinkStatement {
  const { carrier, admin_up, carrier_up_count: ups, carrier_down_count: downs, t_us: t } = data;
  const isSame =
    earlier !== null &&
    earlier.carrier === carrier &&
    earlier.admin_up === admin_up &&
    earlier.ups === ups &&
    earlier.downs === downs;
  const since = isSame ? earlier.since : t;
  return { carrier, admin_up, ups, downs, t, since, via, stale: false };
}

const nameless = (ifindex: number): LinkEntry => ({
  ifindex,
  name: null,
  kind: null,
  iflink: 0,
  vlan: null,
  parent_dev: null,
  parent_bus: null,
  pci: null,
  loopback: false,
  master_ifindex: null,
  bond: null,
  bond_member: null,
  by_carrier: null,
  by_netlink: null,
  switched: null,
});

/** The entry after events of one source were lost, or when it turned out that they were not. */
export function staleLink(
  link: LinkEntry,
  by: 'by_carrier' | 'by_netlink',
  stale: boolean,
): LinkEntry {
  const statement = link[by];
  return statement === null ? link : { ...link, [by]: { ...statement, stale } };
}

/** The entry when the carrier source has gone blind to it. */
export function withoutCarrier(link: LinkEntry): LinkEntry {
  const { by_carrier, by_netlink } = link;
  if (by_carrier === null) return link;
  const older = by_netlink !== null && changes(by_netlink) < changes(by_carrier);
  return {
    ...link,
    by_carrier: null,
    by_netlink: older ? { ...by_netlink, stale: true } : by_netlink,
  };
}

/** The topology with this link in it; the same topology when nothing changed. */
export function putLink(topology: Topology, link: LinkEntry): Topology {
  const before = tableGet(topology.links, link.ifindex);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(link)) return topology;
  return { ...topology, links: tableSet(topology.links, link.ifindex, link) };
}

/** Without this link, its addresses and all that was told of it; it goes to the effect. */
export function removeLink(topology: Topology, link: LinkEntry): Topology {
  const { gone } = topology.effect;
  const without: Topology = {
    ...topology,
    links: tableDelete(topology.links, link.ifindex),
    addresses: tableDelete(topology.addresses, link.ifindex),
    effect: { ...topology.effect, gone: { ...gone, links: [...gone.links, link] } },
  };
  return dropDevices(released(without, link), link);
}

/** It goes to the effect as a member that has left its bond, if it was one. */
export function released(topology: Topology, before: LinkEntry): Topology {
  if (before.bond_member === null) return topology;
  const { gone } = topology.effect;
  const effect = { ...topology.effect, gone: { ...gone, members: [...gone.members, before] } };
  return { ...topology, effect };
}
