/** What is known of the host's links, routes, storage flows and leg probes, built from frames alone (step.ts). */
import type { Config } from '../config.ts';
import type { GroupKind, Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';
import { type Effect, noEffect } from './effect.ts';
import type { Prefix } from './prefix.ts';
import { hardwareKinds, type Kind, kinds } from './sources.ts';
import { emptyTable, type Table } from './table.ts';
import type { Devices, Hardware, Storage } from './told.ts';

/** The parts of the configuration that decide what is watched. */
export type TopologyOptions = Pick<
  Config,
  'groups' | 'storage' | 'thresholds' | 'leg_probes' | 'bonds' | 'bfd' | 'block'
>;

/** More path groups than this are counted, not watched: a host with a full routing table of ECMP routes. */
export const GROUPS_MAX = 256;

/** What one of the two sources last said of a link's carrier. */
export interface LinkStatement {
  carrier: boolean;
  admin_up: boolean;
  ups: number;
  downs: number;
  /** As last told, and when it was first told so. */
  t: Us;
  since: Us;
  via: string;
  /** Events were lost since: it may be so no more. */
  stale: boolean;
}

type LinkData = FrameOf<'link'>['data'];

export interface LinkEntry
  extends Pick<
      LinkData,
      'ifindex' | 'kind' | 'iflink' | 'vlan' | 'parent_dev' | 'parent_bus' | 'pci' | 'loopback'
    >,
    Pick<LinkData, 'master_ifindex' | 'bond' | 'bond_member'> {
  /** Null: only the carrier source has told of it yet. */
  name: string | null;
  by_carrier: LinkStatement | null;
  by_netlink: LinkStatement | null;
  /** Bonds and teams: the last switch that was told as one. */
  switched: { to: number | null; t: Us; via: 'fentry' | 'netlink' } | null;
}

export interface AddressEntry {
  address: string;
  prefix_len: number;
}

export interface RouteEntry
  extends Pick<FrameOf<'route'>['data'], 'dst' | 'table' | 'metric' | 'nhid' | 'nexthops'> {
  prefix: Prefix;
}

export type NexthopEntry = Pick<
  FrameOf<'nexthop'>['data'],
  'id' | 'ifindex' | 'gateway' | 'dead' | 'linkdown' | 'group'
>;

export interface LegEntry {
  name: string;
  ifindex: number;
  gateway: string | null;
  state: 'up' | 'down' | 'missing';
}

export interface GroupEntry {
  id: string;
  kind: GroupKind;
  /** Sorted by name. */
  legs: LegEntry[];
  /** The one member that a bond or team uses now; null: none, or it uses several. */
  active: string | null;
  /** Its route went away together with its last usable leg: the path is lost, the group is not gone. */
  orphaned: boolean;
}

/** A leg that a group has or had. */
export interface LegMemory {
  ifindex: number;
  gateway: string | null;
  /** Our own address towards the gateway; IPv6 loses it while the link is down. */
  source: string | null;
}

export interface GroupMemory {
  kind: GroupKind;
  orphaned: boolean;
  /** When it was taken away; null: it is there. */
  gone_us: Us | null;
  /** By interface name. */
  legs: Readonly<Record<string, LegMemory>>;
  /** Of a bond or team: whom its storage traffic meets first. */
  meets?: Met;
}

/** The next one on the way of storage traffic by a bond or team. */
export interface Met {
  address: string;
  /** The bond or team, or a VLAN above it. */
  device: string;
  /** A router; else a storage peer in the device's subnet. */
  gateway: boolean;
}

/** What should survive a restart of the agent, by group id. Plain JSON. */
export type TopologyMemory = Readonly<Record<string, GroupMemory>>;

export interface LegMove {
  from: number | null;
  to: number;
  t: Us;
}

export interface FlowEntry {
  id: string;
  /** The helper's number for it, in this epoch. */
  number: number;
  local: string;
  remote: string;
  role: 'client' | 'server';
  service_port: number;
  srtt_us: Us;
  out_ifindex: number | null;
  in_ifindex: number | null;
  /** The member of a bond or team that its packets were last handed to; null: not told. */
  member: { master: number; ifindex: number } | null;
  /** Its latest moves from one device, or from one member, to another. */
  moved_out: LegMove | null;
  moved_in: LegMove | null;
  /** Since when unacknowledged or unsent data makes no progress; null: it moves. */
  stalled_since: Us | null;
  /** Since when a request is not answered. */
  slow_since: Us | null;
  moving_since: Us;
  /** Last reading of its state. */
  t: Us;
  group: string | null;
  /** Of one by a bond or team: whom its packets meet first; null: not known. */
  meets: Met | null;
  stale: boolean;
}

export interface ProbeEntry {
  ifindex: number;
  target: string;
  method: 'icmp' | 'arp' | 'nd';
  answering: boolean;
  since: Us;
  t: Us;
  stale: boolean;
}

export interface BfdEntry
  extends Pick<
    FrameOf<'bfd'>['data'],
    'ifindex' | 'remote' | 'state' | 'remote_state' | 'diagnostic' | 'since_us' | 'detect_us'
  > {
  t: Us;
  /** It was up since nobody had to guess. */
  came_up: boolean;
  stale: boolean;
}

/** A group of which the helper has taken this leg out of use. */
export interface SteeredEntry {
  group: string;
  ifindex: number;
  t: Us;
  stale: boolean;
}

/** What the configured BFD sessions were resolved to: by `bfdKey`. */
export type BfdEnds = Readonly<Record<string, { ifindex: number; local: string }>>;

export interface HelperEntry {
  boot_id: string;
  epoch: number;
  version: string;
  strategy: string;
  interval_us: Us;
  nudge: string;
  /** Groups that it may steer. */
  steering: readonly string[];
  wall_offset_us: number;
  sources: FrameOf<'hello'>['data']['sources'];
  dropped: FrameOf<'heartbeat'>['data']['dropped'];
}

/** Keys that a running snapshot has named: a list that shares its tail, so that adding copies nothing. */
export interface Named {
  kind: Kind;
  key: string | number;
  rest: Named | null;
}

export interface Topology {
  options: TopologyOptions;
  /** Time of the last frame. */
  t: Us;
  helper: HelperEntry | null;
  links: Table<number, LinkEntry>;
  addresses: Table<number, readonly AddressEntry[]>;
  /** By routeKey(); routes that differ in their metric alone share an entry, the preferred first. */
  routes: Table<string, readonly RouteEntry[]>;
  /** Routes with a single hop, to a gateway behind a bond or team: they are no groups. By routeKey(), as routes. */
  lone_routes: Table<string, readonly RouteEntry[]>;
  /** Routing tables that have had a route. */
  tables: readonly number[];
  nexthops: Table<number, NexthopEntry>;
  groups: Table<string, GroupEntry>;
  /** Groups beyond GROUPS_MAX that are not watched. */
  unwatched: Table<string, true>;
  memory: TopologyMemory;
  flows: Table<string, FlowEntry>;
  flow_ids: Table<number, string>;
  probes: Table<number, ProbeEntry>;
  /** By `bfdKey`. */
  bfd: Table<string, BfdEntry>;
  bfd_ends: BfdEnds;
  /** By group. */
  steered: Table<string, SteeredEntry>;
  devices: Devices;
  storage: Storage;
  hardware: Hardware;
  /** Has a complete snapshot come since the last loss? */
  known: Readonly<Record<Kind, boolean>>;
  /** What was known when the connection to the helper broke; null: it has not. */
  suspended: Readonly<Record<Kind, boolean>> | null;
  /** Running snapshots by source. */
  snapshots: Readonly<Record<string, Named | null>>;
  effect: Effect;
}

/** `memory`: what topologyMemory() gave in an earlier run. */
export function createTopology(options: TopologyOptions, memory: TopologyMemory = {}): Topology {
  return {
    options,
    t: 0,
    helper: null,
    links: emptyTable(),
    addresses: emptyTable(),
    routes: emptyTable(),
    lone_routes: emptyTable(),
    tables: [],
    nexthops: emptyTable(),
    groups: emptyTable(),
    unwatched: emptyTable(),
    memory,
    flows: emptyTable(),
    flow_ids: emptyTable(),
    probes: emptyTable(),
    bfd: emptyTable(),
    bfd_ends: {},
    steered: emptyTable(),
    devices: {
      lacp: emptyTable(),
      team: emptyTable(),
      mode: emptyTable(),
      errors: emptyTable(),
      module: emptyTable(),
    },
    storage: {
      session: emptyTable(),
      disk: emptyTable(),
      io: emptyTable(),
      map: emptyTable(),
    },
    hardware: Object.fromEntries(
      hardwareKinds.map(kind => [kind, emptyTable()]),
    ) as unknown as Hardware,
    known: Object.fromEntries(kinds.map(kind => [kind, false])) as Record<Kind, boolean>,
    suspended: null,
    snapshots: {},
    effect: noEffect,
  };
}
