/** Which groups a change of a link or of a nexthop object may touch. */
import { type GroupSource, masterSource, nexthopGroupId } from './groups.ts';
import { ecmpId, routeKey } from './routes.ts';
import type { LinkEntry, Topology } from './state.ts';
import { tableGet, tableValues } from './table.ts';

/** Groups that a link is a leg of, or the whole of, or may become a leg of; `masters` are its bonds, of now and before. */
export function groupsOnLink(
  topology: Topology,
  link: LinkEntry | undefined,
  masters: readonly (number | null)[] = [],
): GroupSource[] {
  if (link === undefined) return [];
  const found: GroupSource[] = [];
  const add = (source: GroupSource | null) => {
    if (source !== null) found.push(source);
  };
  add(masterSource(link));
  for (const master of masters) {
    const above = master === null ? undefined : tableGet(topology.links, master);
    if (above !== undefined) add(masterSource(above));
  }
  for (const nexthop of tableValues(topology.nexthops)) {
    if (nexthop.ifindex === link.ifindex) found.push(...groupsOf(topology, nexthop.id));
  }
  for (const [route] of tableValues(topology.routes)) {
    if (!route?.nexthops.some(hop => hop.ifindex === link.ifindex)) continue;
    add({ kind: 'ecmp', id: ecmpId(route), key: routeKey(route.table, route.prefix) });
  }
  return found;
}

/** The group that a nexthop object is, or those that it belongs to. */
export function nexthopGroups(topology: Topology, id: number): GroupSource[] {
  return [groupSource(id), ...groupsOf(topology, id)];
}

function groupsOf(topology: Topology, member: number): GroupSource[] {
  return [...tableValues(topology.nexthops)]
    .filter(one => one.group?.some(entry => entry.id === member))
    .map(one => groupSource(one.id));
}

const groupSource = (nexthop: number): GroupSource => ({
  kind: 'nexthop_group',
  id: nexthopGroupId(nexthop),
  nexthop,
});
