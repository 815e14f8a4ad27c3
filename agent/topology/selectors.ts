/** What the other rooms ask of a topology. Pure. */
import type { Flow, Group, Leg, Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';
import { flowState, groupOfFlow, legOfDevice } from './flows.ts';
import { isPhysical, lastStatement, lowerLink } from './links.ts';
import { masterMode, readMember } from './members.ts';
import { protocolOfPort } from './protocols.ts';
import { devicesOf } from './routes.ts';
import { sessionsOf } from './sessions.ts';
import { sourcesOf } from './sources.ts';
import type {
  FlowEntry,
  GroupEntry,
  LegEntry,
  LinkEntry,
  Topology,
  TopologyMemory,
} from './state.ts';
import { type Table, tableEntries, tableGet, tableValues } from './table.ts';

/** More destinations than this are not listed. */
const TARGETS_MAX = 64;

/** The path groups as last known, by id. */
export function groups(topology: Topology): Group[] {
  return [...tableValues(topology.groups)]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(group => ({
      id: group.id,
      kind: group.kind,
      targets: targetsOf(topology, group),
      legs: group.legs.map(leg => showLeg(topology, leg)),
      mode: modeOf(topology, group),
      active: group.active,
    }));
}

/** The storage flows as last known, by id. */
export function flows(topology: Topology): Flow[] {
  return [...tableValues(topology.flows)]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(flow => showFlow(topology, flow));
}

/** Name of a link, or the one that it had when it was a leg; null: neither is known. */
export function legNameOf({ links, memory }: Topology, ifindex: number): string | null {
  const name = tableGet(links, ifindex)?.name;
  if (name != null) return name;
  for (const { legs } of Object.values(memory)) {
    for (const [leg, known] of Object.entries(legs)) if (known.ifindex === ifindex) return leg;
  }
  return null;
}

/** The leg that an interface is; null: it belongs to no group. */
export function legOf(topology: Topology, ifindex: number): string | null {
  const name = tableGet(topology.links, ifindex)?.name;
  return name != null && legNames(topology.groups).has(name) ? name : null;
}

/** Is the link a leg of a group, or a NIC that somebody can unplug? */
export function isWatched(topology: Topology, link: LinkEntry): boolean {
  if (link.name === null) return false;
  return isPhysical(link) || legNames(topology.groups).has(link.name);
}

/** Links that are gone, and legs whose group is, unless somebody else still cares for them. */
export function noLongerWatched(topology: Topology): LinkEntry[] {
  const { gone } = topology.effect;
  if (gone.links.length + gone.groups.length === 0) return [];
  const names = legNames(topology.groups);
  const links = gone.links.filter(link => isPhysical(link) || names.has(link.name ?? ''));
  const left = gone.groups
    .flatMap(group => group.legs)
    .flatMap(leg => {
      const link = tableGet(topology.links, leg.ifindex);
      return link === undefined || isWatched(topology, link) ? [] : [link];
    });
  // A leg whose link went away before its group did.
  const vanished = gone.links.filter(link =>
    gone.groups.some(group => group.legs.some(leg => leg.ifindex === link.ifindex)),
  );
  return [...new Set([...links, ...left, ...vanished])].filter(link => !hasHeir(topology, link));
}

/** Made anew under the same name: the leg lives on. */
function hasHeir(topology: Topology, gone: LinkEntry): boolean {
  for (const link of tableValues(topology.links)) {
    if (link.name === gone.name && link.ifindex !== gone.ifindex) return true;
  }
  return false;
}

/** Names of all legs. Computed once for each table of groups. */
export function legNames(table: Table<string, GroupEntry>): ReadonlySet<string> {
  const known = names.get(table);
  if (known !== undefined) return known;
  const made = new Set([...tableValues(table)].flatMap(group => group.legs.map(leg => leg.name)));
  names.set(table, made);
  return made;
}
const names = new WeakMap<Table<string, GroupEntry>, ReadonlySet<string>>();

/** Is everything told that makes up a group? Else its legs are unknown. */
export const groupsKnown = ({ known }: Topology): boolean =>
  known.link && known.route && known.nexthop;

/** Sessions, disks and maps by their names; null: not known. */
export function storageCensus({ known, storage }: Topology) {
  const names = (kind: 'session' | 'disk' | 'map') =>
    known[kind]
      ? [...tableEntries<string, unknown>(storage[kind])].map(([name]) => name).sort()
      : null;
  return { sessions: names('session'), disks: names('disk'), maps: names('map') };
}

/**
 * Every subject there is, for those who remember more; null while something is not known. Interface names, group and
 * flow ids.
 */
export function census(
  topology: Topology,
): { legs: string[]; groups: string[]; flows: string[] } | null {
  if (!groupsKnown(topology) || !topology.known.flow) return null;
  const watched = [...tableValues(topology.links)].filter(link => isWatched(topology, link));
  return {
    legs: watched.flatMap(link => link.name ?? []).sort(),
    groups: [...tableValues(topology.groups)].map(group => group.id).sort(),
    flows: [...tableValues(topology.flows)].map(flow => flow.id).sort(),
  };
}

/** BFD sessions as `<leg>/<remote>`, and groups that are steered, likewise; null: not known. */
export function watchCensus(topology: Topology): {
  bfd: string[] | null;
  steered: string[] | null;
} {
  const { known, bfd, steered } = topology;
  const nameOf = ({ ifindex, remote }: { ifindex: number; remote: string }) =>
    `${legNameOf(topology, ifindex)}/${remote}`;
  return {
    bfd: known.bfd ? [...tableValues(bfd)].map(nameOf).sort() : null,
    steered: known.steering ? [...tableValues(steered)].map(one => one.group).sort() : null,
  };
}

/** What createTopology() should get after a restart of the agent: the legs that each group has had. */
export const topologyMemory = (topology: Topology): TopologyMemory => topology.memory;

/**
 * Frames that say what a broken connection to the helper means: nothing is known. seq 0, as it is for all frames that
 * are never replayed.
 */
export function framesOfLoss(topology: Topology, t: Us, reason: string): FrameOf<'lost'>[] {
  const { helper } = topology;
  if (helper === null) return [];
  const { boot_id, epoch } = helper;
  return sourcesOf(helper).map(source => ({
    type: 'lost',
    data: { boot_id, epoch, seq: 0, t_us: t, source, count: 0, reason },
  }));
}

/** The flow as other rooms see it. */
export function showFlow(topology: Topology, flow: FlowEntry): Flow {
  const state = flowState(flow);
  // The routes may have changed since its last frame.
  const placed = { ...flow, group: groupOfFlow(topology, flow) };
  const sessions = sessionsOf(topology, flow);
  const protocol = protocolOfPort(topology.options.storage, flow.service_port);
  const names = new Set(sessions.map(session => session.target));
  return {
    id: flow.id,
    role: flow.role,
    service_port: flow.service_port,
    protocol: sessions[0]?.protocol ?? protocol,
    target_name: names.size === 1 ? [...names][0]! : null,
    group: placed.group,
    leg_out: legOfDevice(topology, placed, flow.out_ifindex, 'out'),
    leg_in: legOfDevice(topology, placed, flow.in_ifindex, 'in'),
    srtt_us: flow.srtt_us,
    state,
    since_us: state === 'stalled' ? flow.stalled_since : state === 'slow' ? flow.slow_since : null,
  };
}

function showLeg(topology: Topology, leg: LegEntry): Leg {
  const link = tableGet(topology.links, leg.ifindex);
  const statement = link === undefined ? null : lastStatement(topology, link);
  return {
    id: leg.name,
    ifindex: leg.ifindex,
    gateway: leg.gateway,
    parent_dev: link?.parent_dev ?? null,
    state: leg.state,
    carrier: statement?.carrier ?? null,
    admin_up: statement?.admin_up ?? null,
    answering: tableGet(topology.probes, leg.ifindex)?.answering ?? null,
    member: link === undefined ? null : readMember(topology, link),
    speed_mbps: tableGet(topology.devices.mode, leg.ifindex)?.speed_mbps ?? null,
  };
}

function modeOf(topology: Topology, { id, kind }: GroupEntry): string | null {
  if (kind !== 'bond' && kind !== 'team') return null;
  for (const link of tableValues(topology.links)) {
    if (`${link.kind}:${link.name}` === id) return masterMode(topology, link);
  }
  return null;
}

function targetsOf(topology: Topology, group: GroupEntry): string[] {
  if (group.kind === 'ecmp') return [group.id.slice('ecmp:'.length).replace(/@\d+$/, '')];
  const found = new Set<string>();
  for (const routes of tableValues(topology.routes)) {
    for (const route of routes) {
      if (found.size >= TARGETS_MAX) break;
      if (leavesByGroup(topology, route.nhid, devicesOf(topology, route), group)) {
        found.add(route.dst);
      }
    }
  }
  return [...found].sort();
}

function leavesByGroup(
  topology: Topology,
  nhid: number | null,
  devices: number[],
  group: GroupEntry,
): boolean {
  if (group.kind === 'nexthop_group') return group.id === `nhg:${nhid}`;
  return devices.some(device => {
    const lower = lowerLink(topology, device);
    return `${lower?.kind}:${lower?.name}` === group.id;
  });
}
