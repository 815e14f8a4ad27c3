/** By which way a connection leaves, out of the kernel's routes: a path group, or a plain NIC. */
import {
  type Inventory,
  type InventoryLink,
  type InventoryRoute,
  RTN_UNICAST,
} from '../drills/inventory.ts';
import { attributes, u32 } from '../drills/tlv.ts';
import { type Address, contains, parseAddress, parsePrefix } from '../topology/prefix.ts';
import type { Host } from './host.ts';
import { known, plain, type Value } from './value.ts';

export type Egress =
  | { to: 'group'; id: string; rto_min: Value<number> }
  | { to: 'nic'; ifname: string; rto_min: Value<number> }
  /** Loopback, or an address of this host. */
  | { to: 'self' }
  | { to: 'unknown'; why: string };

/** RT_TABLE_MAIN (linux/rtnetlink.h). */
const TABLE_MAIN = 254;
/** RTAX_LOCK, RTAX_RTO_MIN. */
const RTAX = { LOCK: 1, RTO_MIN: 13 } as const;

export interface Connection {
  address: string;
  /** Our address, if the connection is bound to one. */
  local: string | null;
  interface: string | null;
}

export function egressOf(host: Host, { address, local, interface: bound }: Connection): Egress {
  const target = parseAddress(address);
  if (!target) return { to: 'unknown', why: `'${address}' is no address` };
  if (isOwn(host.inventory, address, target)) return { to: 'self' };
  const route = routeTo(host.inventory, target);
  const rto_min = routeRtoMin(host, route ? [route] : []);
  const link = (found: InventoryLink): Egress => {
    const id = aggregateOf(host.inventory.links, found);
    return id ? { to: 'group', id, rto_min } : { to: 'nic', ifname: found.name, rto_min };
  };
  const named = host.inventory.links.find(l => l.name === bound);
  if (named) return link(named);
  const id = route && multipathId(host.inventory, route);
  if (id) return { to: 'group', id, rto_min };
  // Several NICs with rules by source address: the routes of the main table do not tell.
  const owner = local === null ? undefined : ownerOf(host.inventory, local);
  const hop = route?.hops[0]?.ifindex ?? nexthopLink(host.inventory, route);
  const found = owner ?? host.inventory.links.find(l => l.ifindex === hop);
  return found ? link(found) : { to: 'unknown', why: `no route leads to ${address}` };
}

/** The bond or team that a link is, or is built on (as a VLAN, or a bridge with it as a port); null: none. */
export function aggregateOf(links: readonly InventoryLink[], link: InventoryLink): string | null {
  const seen = new Set<InventoryLink>();
  for (let next = [link]; next.length > 0; ) {
    const found = next.find(l => l.kind === 'bond' || l.kind === 'team');
    if (found) return `${found.kind}:${found.name}`;
    for (const one of next) seen.add(one);
    next = next.flatMap(one => lowersOf(links, one)).filter(l => !seen.has(l));
  }
  return null;
}

const lowersOf = (links: readonly InventoryLink[], link: InventoryLink): InventoryLink[] =>
  links.filter(l => l.ifindex === link.lower || l.master === link.ifindex);

/** Of all routes that may lead to a group's targets, the longest rto_min: a route's own, else the sysctl's. */
export function routeRtoMin(host: Host, routes: readonly InventoryRoute[]): Value<number> {
  const own = routes.map(r => metric(r.metrics));
  const longest = Math.max(-1, ...own.map(ms => ms ?? -1));
  const system = host.tcp.rto_min;
  if (longest < 0) return system;
  const without = own.includes(null) ? (plain(system) ?? Number.POSITIVE_INFINITY) : -1;
  return without > longest ? system : known(longest, 'route: rto_min');
}

/** Routes whose next hops leave by this group. */
export function routesBy(host: Host, group: string): InventoryRoute[] {
  const { inventory } = host;
  return inventory.routes.filter(route => {
    if (route.type !== RTN_UNICAST || route.table !== TABLE_MAIN) return false;
    const id = multipathId(inventory, route);
    if (id !== null) return id === group;
    const link = inventory.links.find(l => l.ifindex === route.hops[0]?.ifindex);
    return link !== undefined && aggregateOf(inventory.links, link) === group;
  });
}

/** Longest prefix, then lowest metric; null: none. */
function routeTo({ routes }: Inventory, target: Address): InventoryRoute | null {
  let best: { route: InventoryRoute; length: number } | null = null;
  for (const route of routes) {
    if (route.type !== RTN_UNICAST || route.table !== TABLE_MAIN) continue;
    const prefix = parsePrefix(route.dst);
    if (!prefix || !contains(prefix, target)) continue;
    const nearer =
      best === null ||
      prefix.length > best.length ||
      (prefix.length === best.length && route.metric < best.route.metric);
    if (nearer) best = { route, length: prefix.length };
  }
  return best?.route ?? null;
}

/** The id of the group that a route's next hops form; null: it has one next hop. */
function multipathId({ nexthops }: Inventory, route: InventoryRoute): string | null {
  if (route.nhid !== null) {
    const group = nexthops.find(n => n.id === route.nhid)?.group;
    return group && group.length > 1 ? `nhg:${route.nhid}` : null;
  }
  return new Set(route.hops.map(h => h.ifindex)).size > 1 ? `ecmp:${route.dst}` : null;
}

const nexthopLink = ({ nexthops }: Inventory, route: InventoryRoute | null): number | null => {
  const object = nexthops.find(n => n.id === route?.nhid);
  return object?.ifindex ?? nexthops.find(n => n.id === object?.group?.[0]?.id)?.ifindex ?? null;
};

/** Addresses of loopback and dummy devices are routed to, and say nothing of the way. */
function ownerOf({ addresses, links }: Inventory, local: string): InventoryLink | undefined {
  const ifindex = addresses.find(a => sameAddress(a.address, local))?.ifindex;
  return links.find(l => l.ifindex === ifindex && l.name !== 'lo' && l.kind !== 'dummy');
}

const isOwn = ({ addresses }: Inventory, text: string, { family, bits }: Address): boolean =>
  (family === 4 ? bits >> 24n === 127n : bits === 1n) ||
  addresses.some(a => sameAddress(a.address, text));

function sameAddress(one: string, other: string): boolean {
  const [a, b] = [parseAddress(one), parseAddress(other)];
  return a !== null && b !== null && a.family === b.family && a.bits === b.bits;
}

/** rto_min of a route's metrics, ms; it counts only when it is locked (net/ipv4/tcp_output.c, tcp_rto_min()). */
function metric(hex: string | null): number | null {
  if (hex === null) return null;
  try {
    const all = attributes(Buffer.from(hex, 'hex'));
    const [lock, rto] = [all.get(RTAX.LOCK), all.get(RTAX.RTO_MIN)];
    if (!lock || !rto || (u32(lock) & (1 << RTAX.RTO_MIN)) === 0) return null;
    return u32(rto) || null;
  } catch {
    return null;
  }
}
