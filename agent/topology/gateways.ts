/** Whom the traffic by a bond or team meets first: a gateway, or a peer in the device's own subnet. */
import { lowerLink } from './links.ts';
import { type Address, contains, parseAddress, parsePrefix } from './prefix.ts';
import { lookup, tablesOf } from './routes.ts';
import type { FlowEntry, LinkEntry, Met, RouteEntry, Topology } from './state.ts';
import { tableGet, tableSet, tableValues } from './table.ts';

/**
 * Looks at a new connection's way, or at one that has moved to another device. Of what is met first by a bond's or team's
 * connections one is kept in mind. Another takes its place only when no connection goes there any more and some go to the
 * other: what is asked shall not follow their coming and going.
 */
export function meet(topology: Topology, id: string): Topology {
  const flow = tableGet(topology.flows, id)!;
  const device = flow.out_ifindex === null ? null : tableGet(topology.links, flow.out_ifindex);
  const stays = flow.meets !== null && flow.meets.device === device?.name;
  const meets = stays ? flow.meets : metBy(topology, flow);
  const next = stays ? topology : withMet(topology, flow, meets);
  const group = groupBelow(topology, flow);
  return meets === null || group === null ? next : remember(next, group, meets);
}

/** After a route has changed, or a snapshot of all of them: every connection that it may concern. */
export function meetAgain(topology: Topology, route?: RouteEntry): Topology {
  let next = topology;
  for (const flow of tableValues(topology.flows)) {
    if (groupBelow(topology, flow) === null) continue;
    if (route !== undefined && !leadsTo(route, flow.remote)) continue;
    next = withMet(next, flow, metBy(topology, flow));
  }
  return next === topology ? topology : recall(next);
}

/** What each bond and team keeps in mind, by all that its connections know: what most of them meet, if it has to be another. */
export function recall(topology: Topology): Topology {
  const counts = new Map<string, { group: string; meets: Met; count: number }>();
  for (const flow of tableValues(topology.flows)) {
    const group = flow.meets === null ? null : groupBelow(topology, flow);
    if (group === null) continue;
    const meets = flow.meets!;
    const key = `${meets.device} ${meets.address}`;
    counts.set(key, { group, meets, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  let next = topology;
  const most = [...counts.entries()].sort(
    ([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1),
  );
  const done = new Set<string>();
  for (const [, { group, meets }] of most) {
    if (!done.has(group)) next = remember(next, group, meets);
    done.add(group);
  }
  return next;
}

/** The bond or team by which it leaves, whatever group its route is of. */
function groupBelow(topology: Topology, { out_ifindex }: FlowEntry): string | null {
  const master = out_ifindex === null ? undefined : lowerLink(topology, out_ifindex);
  return master?.kind === 'bond' || master?.kind === 'team'
    ? `${master.kind}:${master.name}`
    : null;
}

function leadsTo({ prefix }: RouteEntry, remote: string): boolean {
  const to = parseAddress(remote);
  return to !== null && contains(prefix, to);
}

function withMet(topology: Topology, flow: FlowEntry, meets: Met | null): Topology {
  if (isSame(flow.meets, meets)) return topology;
  return { ...topology, flows: tableSet(topology.flows, flow.id, { ...flow, meets }) };
}

function metBy(topology: Topology, flow: FlowEntry): Met | null {
  const { out_ifindex, remote } = flow;
  const to = parseAddress(remote);
  if (out_ifindex === null || to === null || groupBelow(topology, flow) === null) return null;
  const device = tableGet(topology.links, out_ifindex)?.name;
  if (device == null) return null;
  const subnet = subnetLength(topology, out_ifindex, to);
  const routed = gatewayTowards(topology, out_ifindex, to);
  if (routed !== null && routed.length > subnet) {
    return { address: routed.gateway, device, gateway: true };
  }
  return subnet < 0 ? null : { address: remote, device, gateway: false };
}

/** The longest prefix of the device's own addresses in which it is; -1: none. */
function subnetLength(topology: Topology, ifindex: number, to: Address): number {
  let longest = -1;
  for (const { address, prefix_len } of tableGet(topology.addresses, ifindex) ?? []) {
    const subnet = parsePrefix(`${address}/${prefix_len}`);
    if (subnet !== null && contains(subnet, to)) longest = Math.max(longest, subnet.length);
  }
  return longest;
}

/** Of the most specific route by this device. Which table the kernel asks is not known. */
function gatewayTowards(topology: Topology, ifindex: number, to: Address) {
  let best: { gateway: string; length: number } | null = null;
  const kinds = (['routes', 'lone_routes'] as const).filter(kind => topology[kind].size > 0);
  for (const table of tablesOf(topology)) {
    for (const kind of kinds) {
      const route = lookup(topology, table, to, kind);
      const gateway = route?.nexthops.find(hop => hop.ifindex === ifindex)?.gateway;
      if (route === null || gateway == null) continue;
      const { length } = route.prefix;
      if (best === null || length > best.length) best = { gateway, length };
    }
  }
  return best;
}

function remember(topology: Topology, group: string, meets: Met): Topology {
  const memory = topology.memory[group];
  if (memory === undefined || isSame(memory.meets ?? null, meets)) return topology;
  for (const other of tableValues(topology.flows)) {
    if (other.meets !== null && isSame(other.meets, memory.meets ?? null)) return topology;
  }
  return { ...topology, memory: { ...topology.memory, [group]: { ...memory, meets } } };
}

const isSame = (a: Met | null, b: Met | null): boolean =>
  a?.address === b?.address && a?.device === b?.device && a?.gateway === b?.gateway;

/** A gateway behind this device, of the shortest route: IPv4 before IPv6. */
export function gatewayBehind(topology: Topology, device: LinkEntry): string | null {
  let best: { gateway: string; rank: string } | null = null;
  for (const all of [topology.routes, topology.lone_routes]) {
    for (const routes of tableValues(all)) {
      for (const { nexthops, prefix } of routes) {
        for (const { ifindex, gateway } of nexthops) {
          if (ifindex !== device.ifindex || gateway === null) continue;
          const rank = `${prefix.family} ${String(prefix.length).padStart(3)} ${gateway}`;
          if (best === null || rank < best.rank) best = { gateway, rank };
        }
      }
    }
  }
  return best?.gateway ?? null;
}
