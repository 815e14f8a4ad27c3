/** Storage connections: their state, the devices of both their directions, and the path group that each uses. */
import type { Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';
import { nexthopGroupId } from './groups.ts';
import { lowerLink } from './links.ts';
import { type Address, contains, parseAddress, parsePrefix, width } from './prefix.ts';
import { devicesOf, ecmpId, lookup, tablesOf } from './routes.ts';
import type { FlowEntry, GroupEntry, LegMove, LinkEntry, RouteEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet, tableValues } from './table.ts';

/** `10.77.9.1:40112-10.77.9.2:3260`, local end first. */
export function flowId(data: FrameOf<'flow'>['data']): string {
  return `${endOf(data.local, data.local_port)}-${endOf(data.remote, data.remote_port)}`;
}

const endOf = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** What a `flow` frame says; not of one that closed. */
export function takeFlow(topology: Topology, data: FrameOf<'flow'>['data']): Topology {
  const id = flowId(data);
  const known = tableGet(topology.flows, id);
  // A port used again: the new connection has nothing of the old one's past.
  const before = known?.number === data.flow || known?.stale ? known : undefined;
  const moved = move(before, data.t_us, data.out_ifindex, data.in_ifindex);
  // Nobody could see for a while; a stall that goes on is told again.
  const past = before?.stale ? { ...before, ...freshStart(before, data.t_us) } : before;
  const entry: FlowEntry = {
    id,
    number: data.flow,
    local: data.local,
    remote: data.remote,
    role: data.role,
    service_port: data.role === 'client' ? data.remote_port : data.local_port,
    srtt_us: data.srtt_us,
    stalled_since: past?.stalled_since ?? null,
    slow_since: past?.slow_since ?? null,
    moving_since: past?.moving_since ?? data.t_us,
    t: data.t_us,
    group: past?.group ?? null,
    meets: past?.meets ?? null,
    member: past?.member ?? null,
    stale: false,
    ...moved,
  };
  const flow_ids = tableSet(topology.flow_ids, data.flow, id);
  return putFlow({ ...topology, flow_ids }, entry);
}

const freshStart = (before: FlowEntry, t: Us) => ({
  stalled_since: null,
  slow_since: null,
  moving_since: before.stalled_since === null ? before.moving_since : t,
});

export function takeStall(topology: Topology, data: FrameOf<'flow_stall'>['data']): Topology {
  const entry = flowNumber(topology, data.flow);
  if (entry === undefined) return topology;
  const stall =
    data.reason === 'unanswered' ? { slow_since: data.since_us } : { stalled_since: data.since_us };
  const moved = move(entry, data.t_us, data.out_ifindex, data.in_ifindex);
  return putFlow(topology, { ...entry, ...stall, ...moved, t: data.t_us, stale: false });
}

/** Unacknowledged and unsent data are one stall: either may turn into the other, and progress ends both. */
export function takeResume(topology: Topology, data: FrameOf<'flow_resume'>['data']): Topology {
  const entry = flowNumber(topology, data.flow);
  if (entry === undefined) return topology;
  const ended = data.reason === 'unanswered' ? { slow_since: null } : { stalled_since: null };
  const moved = move(entry, data.t_us, data.out_ifindex, data.in_ifindex);
  const t = data.t_us;
  return putFlow(topology, { ...entry, ...ended, ...moved, moving_since: t, t, stale: false });
}

export function takeSwitch(topology: Topology, data: FrameOf<'flow_switch'>['data']): Topology {
  const entry = flowNumber(topology, data.flow);
  if (entry === undefined) return topology;
  const out = data.direction === 'out' ? data.to_ifindex : null;
  const into = data.direction === 'in' ? data.to_ifindex : null;
  const from = data.from_ifindex;
  const known: FlowEntry = {
    ...entry,
    out_ifindex: out === null ? entry.out_ifindex : (from ?? entry.out_ifindex),
    in_ifindex: into === null ? entry.in_ifindex : (from ?? entry.in_ifindex),
  };
  return putFlow(topology, { ...known, ...move(known, data.t_us, out, into) });
}

/** The packets go by this member of a bond or team now. */
export function takeMember(topology: Topology, data: FrameOf<'flow_member'>['data']): Topology {
  const entry = flowNumber(topology, data.flow);
  if (entry === undefined) return topology;
  const { master_ifindex: master, from_ifindex: from, to_ifindex: ifindex, t_us: t } = data;
  const moved_out = moveOf(entry.moved_out, t, from, ifindex);
  return putFlow(topology, { ...entry, member: { master, ifindex }, moved_out });
}

export function dropFlow(topology: Topology, entry: FlowEntry): Topology {
  return {
    ...topology,
    flows: tableDelete(topology.flows, entry.id),
    flow_ids: tableDelete(topology.flow_ids, entry.number),
  };
}

/** The flow that has this number in this epoch. */
export function flowNumber(topology: Topology, number: number): FlowEntry | undefined {
  const id = tableGet(topology.flow_ids, number);
  return id === undefined ? undefined : tableGet(topology.flows, id);
}

type Legs = Pick<FlowEntry, 'out_ifindex' | 'in_ifindex' | 'moved_out' | 'moved_in'>;

/** The legs now; a device that is not known (null) is as before. */
function move(before: FlowEntry | undefined, t: Us, out: number | null, into: number | null): Legs {
  const [out_ifindex, in_ifindex] = [before?.out_ifindex ?? null, before?.in_ifindex ?? null];
  return {
    out_ifindex: out ?? out_ifindex,
    in_ifindex: into ?? in_ifindex,
    moved_out: moveOf(before?.moved_out ?? null, t, out_ifindex, out),
    moved_in: moveOf(before?.moved_in ?? null, t, in_ifindex, into),
  };
}

function moveOf(last: LegMove | null, t: Us, from: number | null, to: number | null) {
  return to === null || to === from || from === null ? last : { from, to, t };
}

function putFlow(topology: Topology, entry: FlowEntry): Topology {
  const group = groupOfFlow(topology, entry);
  const after = { ...entry, group };
  const before = tableGet(topology.flows, entry.id);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return topology;
  return { ...topology, flows: tableSet(topology.flows, entry.id, after) };
}

/** Where something is bound for, and what is known of its way. */
type Bound = Pick<FlowEntry, 'remote' | 'group' | 'out_ifindex'>;

/**
 * The group that carries a flow: that of the route to its other end. Which table the kernel asks is not known
 * (rules are not told), so the main one counts when it agrees with the device by which the flow leaves. A route that
 * vanished with all its legs leaves the flow where it was.
 */
export function groupOfFlow(topology: Topology, flow: Bound): string | null {
  const remote = parseAddress(flow.remote);
  const kept = flow.group !== null && tableGet(topology.groups, flow.group) ? flow.group : null;
  const orphan = orphanOf(topology, flow);
  if (remote === null || orphan !== null) return orphan ?? kept;
  if (isNeighbour(topology, flow, remote)) return masterGroupOf(topology, flow.out_ifindex);
  let possible: string | null = null;
  for (const table of tablesOf(topology)) {
    const route = lookup(topology, table, remote);
    if (route === null) continue;
    const group = groupOfRoute(topology, route);
    const agrees = leavesBy(topology, route, group, flow.out_ifindex);
    if (agrees) return group?.id ?? null;
    possible ??= group?.id ?? null;
  }
  return ownerOf(topology, flow.out_ifindex) ?? possible ?? kept;
}

/** The other end is in a subnet of the device by which it leaves: no route of a group is as specific. */
function isNeighbour(topology: Topology, flow: Bound, remote: Address): boolean {
  if (flow.out_ifindex === null) return false;
  const addresses = tableGet(topology.addresses, flow.out_ifindex) ?? [];
  return addresses.some(({ address, prefix_len }) => {
    const subnet = parsePrefix(`${address}/${prefix_len}`);
    return subnet !== null && subnet.length < width(subnet.family) && contains(subnet, remote);
  });
}

/** A path that was lost altogether, and that the flow used: what the kernel would take now (a default route) is no path of it. */
function orphanOf(topology: Topology, flow: Bound): string | null {
  const group = flow.group === null ? undefined : tableGet(topology.groups, flow.group);
  return group?.orphaned ? group.id : null;
}

function groupOfRoute(topology: Topology, route: RouteEntry): GroupEntry | undefined {
  const nexthops = route.nhid === null ? undefined : tableGet(topology.nexthops, route.nhid);
  const id = nexthops?.group ? nexthopGroupId(nexthops.id) : ecmpId(route);
  const group = tableGet(topology.groups, id);
  if (group !== undefined) return group;
  const [device, ...others] = devicesOf(topology, route);
  return device === undefined || others.length > 0 ? undefined : masterGroup(topology, device);
}

const masterGroupOf = (topology: Topology, ifindex: number | null): string | null =>
  ifindex === null ? null : (masterGroup(topology, ifindex)?.id ?? null);

/** The bond or team that a device is, or is built on. */
function masterGroup(topology: Topology, ifindex: number): GroupEntry | undefined {
  const link = lowerLink(topology, ifindex);
  if (link?.name == null) return undefined;
  return tableGet(topology.groups, `${link.kind}:${link.name}`);
}

function leavesBy(
  topology: Topology,
  route: RouteEntry,
  group: GroupEntry | undefined,
  out: number | null,
): boolean {
  if (out === null) return true;
  if (devicesOf(topology, route).includes(out)) return true;
  if (group === undefined) return false;
  return group.legs.some(leg => leg.ifindex === out) || masterGroup(topology, out) === group;
}

/** The group that has this device for a leg, if no other has. */
function ownerOf(topology: Topology, out: number | null): string | null {
  if (out === null) return null;
  const owners = [...tableValues(topology.groups)].filter(group =>
    group.legs.some(leg => leg.ifindex === out),
  );
  return owners.length === 1 ? (owners[0]?.id ?? null) : masterGroupOf(topology, out);
}

/**
 * The leg of the flow's group that a device stands for; null: not known. For a bond or team it is its active member, or
 * the member that the flow's packets were last seen to leave by; by which one the peer's come, nobody tells.
 */
export function legOfDevice(
  topology: Topology,
  flow: FlowEntry,
  ifindex: number | null,
  direction: 'out' | 'in',
): string | null {
  if (ifindex === null) return null;
  const link: LinkEntry | undefined = tableGet(topology.links, ifindex);
  const group = masterGroup(topology, ifindex);
  if (group === undefined || group.id !== flow.group) return link?.name ?? null;
  if (group.active !== null || direction === 'in') return group.active;
  const { member } = flow;
  const handed = member?.master === lowerLink(topology, ifindex)?.ifindex ? member : null;
  return handed === null ? null : (tableGet(topology.links, handed.ifindex)?.name ?? null);
}

export const flowState = (flow: FlowEntry): 'moving' | 'stalled' | 'slow' =>
  flow.stalled_since !== null ? 'stalled' : flow.slow_since !== null ? 'slow' : 'moving';
