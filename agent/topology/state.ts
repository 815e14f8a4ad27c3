/** What is known of the host's links, routes, storage flows and leg probes, built from frames alone (step.ts). */
import type { Config } from '../config.ts';
import type { GroupKind, Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';
import type { Prefix } from './prefix.ts';
import { emptyTable, type Table } from './table.ts';

/** The parts of the configuration that decide what is watched. */
export type TopologyOptions = Pick<Config, 'groups' | 'storage' | 'thresholds' | 'leg_probes'>;

/** More path groups than this are counted, not watched: a host with a full routing table of ECMP routes. */
export const GROUPS_MAX = 256;

/** What one of the two sources last said of a link's carrier. */
export interface LinkStatement {
  carrier: boolean;
  admin_up: boolean;
  ups: number;
  downs: number;
  t: Us;
  via: string;
  /** Events were lost since: it may be so no more. */
  stale: boolean;
}

type LinkData = FrameOf<'link'>['data'];

export interface LinkEntry
  extends Pick<LinkData, 'ifindex' | 'kind' | 'iflink' | 'parent_dev' | 'parent_bus' | 'loopback'>,
    Pick<LinkData, 'master_ifindex' | 'bond' | 'bond_member'> {
  /** Null: only the carrier source has told of it yet. */
  name: string | null;
  by_carrier: LinkStatement | null;
  by_netlink: LinkStatement | null;
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
  /** The bond's active member. */
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
  /** Its latest moves from one device to another. */
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
  stale: boolean;
}

export interface ProbeEntry {
  ifindex: number;
  target: string;
  answering: boolean;
  since: Us;
  t: Us;
  stale: boolean;
}

export interface HelperEntry {
  boot_id: string;
  epoch: number;
  version: string;
  strategy: string;
  interval_us: Us;
  nudge: string;
  wall_offset_us: number;
  sources: FrameOf<'hello'>['data']['sources'];
  dropped: FrameOf<'heartbeat'>['data']['dropped'];
}

/** Things that a source tells of and whose snapshots are complete or not. */
export const kinds = ['link', 'address', 'route', 'nexthop', 'carrier', 'flow', 'probe'] as const;
export type Kind = (typeof kinds)[number];

/** Which kinds a source's snapshot names completely. */
const covered: Readonly<Record<string, readonly Kind[]>> = {
  rtnl: ['link', 'address', 'route', 'nexthop'],
  link: ['link'],
  address: ['address'],
  route: ['route'],
  nexthop: ['nexthop'],
  carrier: ['carrier'],
  tcp: ['flow'],
  prober: ['probe'],
};

export const kindsOf = (source: string): readonly Kind[] => covered[source] ?? [];

/** The sources that can be lost as a whole. */
export const sources = ['rtnl', 'carrier', 'tcp', 'prober'] as const;

/** Keys that a running snapshot has named: a list that shares its tail, so that adding copies nothing. */
export interface Named {
  kind: Kind;
  key: string | number;
  rest: Named | null;
}

/** What the last frame touched: the probes read it. Repeated readings count as touched. */
export interface Effect {
  links: readonly number[];
  groups: readonly string[];
  flows: readonly string[];
  probes: readonly number[];
  gone: {
    links: readonly LinkEntry[];
    groups: readonly GroupEntry[];
    flows: readonly FlowEntry[];
    probes: readonly ProbeEntry[];
  };
}

export const noEffect: Effect = {
  links: [],
  groups: [],
  flows: [],
  probes: [],
  gone: { links: [], groups: [], flows: [], probes: [] },
};

export interface Topology {
  options: TopologyOptions;
  /** Time of the last frame. */
  t: Us;
  helper: HelperEntry | null;
  links: Table<number, LinkEntry>;
  addresses: Table<number, readonly AddressEntry[]>;
  /** By routeKey(); routes that differ in their metric alone share an entry, the preferred first. */
  routes: Table<string, readonly RouteEntry[]>;
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
    tables: [],
    nexthops: emptyTable(),
    groups: emptyTable(),
    unwatched: emptyTable(),
    memory,
    flows: emptyTable(),
    flow_ids: emptyTable(),
    probes: emptyTable(),
    known: {
      link: false,
      address: false,
      route: false,
      nexthop: false,
      carrier: false,
      flow: false,
      probe: false,
    },
    suspended: null,
    snapshots: {},
    effect: noEffect,
  };
}
