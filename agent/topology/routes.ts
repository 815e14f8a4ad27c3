/**
 * Routes and next hops as the kernel tells them, and which route an address takes. The helper tells only routes that are
 * or were a group, so a more specific one with a single hop may be unknown; those with one hop that it does tell, for their
 * gateway (lone_routes), are kept apart and say nothing of groups.
 */
import type { FrameOf } from '../wire.ts';
import { type Address, type Family, network, type Prefix, parsePrefix, width } from './prefix.ts';
import type { NexthopEntry, RouteEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet } from './table.ts';

/** RT_TABLE_MAIN of linux/rtnetlink.h. */
export const MAIN_TABLE = 254;
/** RT_TABLE_LOCAL: our own addresses, never a way out. */
const LOCAL_TABLE = 255;

/** Routes to one prefix in one table have the same key, whatever their metric. */
export function routeKey(table: number, prefix: Prefix): string {
  return keyOf(table, prefix.family, prefix.length, prefix.bits);
}

const keyOf = (table: number, family: Family, length: number, bits: bigint): string =>
  `${table}/${family}/${length}/${bits.toString(36)}`;

/** `ecmp:10.0.0.0/24`, with `@table` if that is not the main one. */
export function ecmpId(route: Pick<RouteEntry, 'dst' | 'table'>): string {
  return `ecmp:${route.dst}${route.table === MAIN_TABLE ? '' : `@${route.table}`}`;
}

/** Null when its destination is no prefix. */
export function routeEntry(data: FrameOf<'route'>['data']): RouteEntry | null {
  const prefix = parsePrefix(data.dst);
  if (prefix === null) return null;
  const { dst, table, metric, nhid, nexthops } = data;
  return { dst, table, metric, nhid, nexthops, prefix };
}

type RouteKind = 'routes' | 'lone_routes';

/** The same topology when it was known already. */
export function putRoute(topology: Topology, route: RouteEntry, lone: boolean): Topology {
  if (route.table === LOCAL_TABLE) return topology;
  const key = routeKey(route.table, route.prefix);
  const other = dropRoute(topology, key, route.metric, lone ? 'routes' : 'lone_routes');
  const kind = lone ? 'lone_routes' : 'routes';
  const before = tableGet(other[kind], key) ?? [];
  const same = before.find(one => one.metric === route.metric);
  if (same !== undefined && sameRoute(same, route)) return other;
  const after = [...before.filter(one => one !== same), route].sort((a, b) => a.metric - b.metric);
  const tables = other.tables.includes(route.table)
    ? other.tables
    : [...other.tables, route.table].sort((a, b) => a - b);
  return { ...other, tables, [kind]: tableSet(other[kind], key, after) };
}

/** Without the route, whether it was a group or told for its gateway. */
export function dropAnyRoute(topology: Topology, key: string, metric: number): Topology {
  return dropRoute(dropRoute(topology, key, metric, 'routes'), key, metric, 'lone_routes');
}

export function dropRoute(
  topology: Topology,
  key: string,
  metric: number,
  kind: RouteKind,
): Topology {
  const before = tableGet(topology[kind], key);
  if (before === undefined) return topology;
  const after = before.filter(one => one.metric !== metric);
  if (after.length === before.length) return topology;
  const routes =
    after.length === 0 ? tableDelete(topology[kind], key) : tableSet(topology[kind], key, after);
  return { ...topology, [kind]: routes };
}

/** The same topology when it was known already. */
export function putNexthop(topology: Topology, data: FrameOf<'nexthop'>['data']): Topology {
  const { id, ifindex, gateway, dead, linkdown, group } = data;
  const after: NexthopEntry = { id, ifindex, gateway, dead, linkdown, group };
  const before = tableGet(topology.nexthops, id);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return topology;
  return { ...topology, nexthops: tableSet(topology.nexthops, id, after) };
}

/** The main table first: which one the kernel asks is not known, as rules are not told. */
export const tablesOf = ({ tables }: Topology): number[] => [
  MAIN_TABLE,
  ...tables.filter(table => table !== MAIN_TABLE),
];

/** The route that an address takes by this table alone: longest prefix, then lowest metric. */
export function lookup(
  topology: Topology,
  table: number,
  address: Address,
  kind: RouteKind = 'routes',
): RouteEntry | null {
  for (let length = width(address.family); length >= 0; length--) {
    const key = keyOf(table, address.family, length, network(address, length));
    const found = tableGet(topology[kind], key)?.[0];
    if (found !== undefined) return found;
  }
  return null;
}

/** Devices by which a route leaves. */
export function devicesOf(topology: Topology, route: RouteEntry): number[] {
  if (route.nexthops.length > 0) return route.nexthops.map(hop => hop.ifindex);
  const nexthop = route.nhid === null ? undefined : tableGet(topology.nexthops, route.nhid);
  const members = nexthop?.group?.map(one => tableGet(topology.nexthops, one.id)) ?? [nexthop];
  return members.flatMap(one => (one?.ifindex == null ? [] : [one.ifindex]));
}

function sameRoute(a: RouteEntry, b: RouteEntry): boolean {
  return a.nhid === b.nhid && JSON.stringify(a.nexthops) === JSON.stringify(b.nexthops);
}
