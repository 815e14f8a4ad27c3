/**
 * What the kernel itself says of links, addresses, routes, next hops and neighbours: a drill takes its group and legs
 * from here and not from the agent, and compares before and after.
 *
 * The package `netlink` carries the dumps; their attributes are decoded here, since it leaves the ones that matter
 * (multipath, next hop groups, link info) as bytes and its strict lengths break on newer kernels.
 */
import { type InventoryBond, type InventoryBondMember, linkInfo } from './bonding.ts';
import { dumpAll, dumps, type Payloads } from './rtnetlink.ts';
import { type InventoryTeam, readTeams } from './teams.ts';
import { address, attributes, mac, text, u8, u16, u32 } from './tlv.ts';

export interface InventoryLink {
  ifindex: number;
  name: string;
  /** IFLA_INFO_KIND, null for a plain NIC. */
  kind: string | null;
  master: number | null;
  /** What a VLAN and the like are stacked on, if it is in this network namespace. */
  lower: number | null;
  admin_up: boolean;
  carrier: boolean;
  bond: InventoryBond | null;
  /** What its bond thinks of it. */
  member: InventoryBondMember | null;
}

export interface InventoryAddress {
  ifindex: number;
  address: string;
  prefix: number;
  /** The kernel made it itself (link-local, IFAPROT_KERNEL_LL, or temporary). */
  automatic: boolean;
}

export interface InventoryHop {
  ifindex: number;
  gateway: string | null;
  weight: number;
  /** The kernel does not use it now: RTNH_F_DEAD or RTNH_F_LINKDOWN. */
  dead: boolean;
}

export interface InventoryRoute {
  family: 4 | 6;
  dst: string;
  table: number;
  protocol: number;
  type: number;
  scope: number;
  tos: number;
  metric: number;
  prefsrc: string | null;
  nhid: number | null;
  /** RTA_METRICS as hex, e.g. quickack. */
  metrics: string | null;
  hops: InventoryHop[];
}

export interface InventoryNexthop {
  id: number;
  /** nh_protocol: who put it there. */
  protocol: number;
  ifindex: number | null;
  gateway: string | null;
  dead: boolean;
  /** Members, for a group. */
  group: { id: number; weight: number }[] | null;
}

export interface InventoryNeighbour {
  ifindex: number;
  address: string;
  lladdr: string | null;
  /** NUD_PERMANENT: set by an operator, so it has to be there again afterwards. */
  permanent: boolean;
}

export interface Inventory {
  links: InventoryLink[];
  addresses: InventoryAddress[];
  routes: InventoryRoute[];
  nexthops: InventoryNexthop[];
  neighbours: InventoryNeighbour[];
  teams: InventoryTeam[];
}

// linux/if.h, if_link.h, if_addr.h, rtnetlink.h, nexthop.h, neighbour.h
const IFF_UP = 1;
const IFF_LOWER_UP = 1 << 16;
const IFLA = {
  IFNAME: 3,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  CARRIER: 33,
  LINK_NETNSID: 37,
} as const;
const IFA = { ADDRESS: 1, LOCAL: 2, FLAGS: 8, PROTO: 11 } as const;
const IFA_F_TEMPORARY = 0x01;
const IFAPROT_UNSPEC_OR_SET_BY_USER = 0;
const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  VIA: 18,
  NH_ID: 30,
} as const;
/** RT_TABLE_LOCAL, which follows the addresses, and the type of a route that leads to its next hops. */
export const TABLE_LOCAL = 255;
export const RTN_UNICAST = 1;
/** Above it are the protocols of routing daemons and router advertisements, which put back what they made themselves. */
export const RTPROT_STATIC = 4;
const RTNH_DEAD_OR_LINKDOWN = 0x01 | 0x10;
const NHA = { ID: 1, GROUP: 2, OIF: 5, GATEWAY: 6 } as const;
const NDA = { DST: 1, LLADDR: 2 } as const;
const NUD_PERMANENT = 0x80;
const AF_INET6 = 10;

const optional = <T>(value: Buffer | undefined, read: (b: Buffer) => T): T | null =>
  value === undefined ? null : read(value);
const number = (b: Buffer): number => u32(b);

function link(payload: Buffer): InventoryLink {
  const a = attributes(payload.subarray(dumps.links.header));
  const flags = u32(payload, 8);
  const ifindex = u32(payload, 4);
  const lower = a.has(IFLA.LINK_NETNSID) ? null : optional(a.get(IFLA.LINK), number);
  return {
    ifindex,
    name: optional(a.get(IFLA.IFNAME), text) ?? '',
    ...linkInfo(a.get(IFLA.LINKINFO)),
    master: optional(a.get(IFLA.MASTER), number),
    lower: lower === ifindex ? null : lower || null,
    admin_up: (flags & IFF_UP) !== 0,
    carrier: optional(a.get(IFLA.CARRIER), u8) === 1 || (flags & IFF_LOWER_UP) !== 0,
  };
}

function interfaceAddress(payload: Buffer): InventoryAddress {
  const a = attributes(payload.subarray(dumps.addresses.header));
  const flags = optional(a.get(IFA.FLAGS), number) ?? u8(payload, 2);
  const proto = optional(a.get(IFA.PROTO), u8) ?? IFAPROT_UNSPEC_OR_SET_BY_USER;
  return {
    ifindex: u32(payload, 4),
    // IFA_LOCAL is the interface's own one where the link is point-to-point; IPv6 has only IFA_ADDRESS.
    address: address(a.get(IFA.LOCAL) ?? a.get(IFA.ADDRESS) ?? Buffer.alloc(0)),
    prefix: u8(payload, 1),
    automatic: proto !== 0 || (u8(payload, 0) === AF_INET6 && (flags & IFA_F_TEMPORARY) !== 0),
  };
}

/** RTA_GATEWAY, or RTA_VIA (an IPv6 gateway of an IPv4 route: u16 family, then the address). */
const gatewayOf = (a: Map<number, Buffer>): string | null =>
  optional(a.get(RTA.GATEWAY), address) ?? optional(a.get(RTA.VIA), b => address(b.subarray(2)));

/** struct rtnexthop: u16 length with its attributes, u8 flags, u8 weight − 1, s32 ifindex. */
function multipath(stream: Buffer): InventoryHop[] {
  const hops: InventoryHop[] = [];
  for (let at = 0; at + 8 <= stream.length; ) {
    const length = u16(stream, at);
    if (length < 8 || at + length > stream.length)
      throw new Error(`next hop at byte ${at} of a multipath route has length ${length}`);
    hops.push({
      ifindex: u32(stream, at + 4),
      gateway: gatewayOf(attributes(stream.subarray(at + 8, at + length))),
      weight: u8(stream, at + 3) + 1,
      dead: (u8(stream, at + 2) & RTNH_DEAD_OR_LINKDOWN) !== 0,
    });
    at += (length + 3) & ~3;
  }
  return hops;
}

function route(payload: Buffer): InventoryRoute {
  const a = attributes(payload.subarray(dumps.routes.header));
  const family = u8(payload, 0) === AF_INET6 ? 6 : 4;
  const several = a.get(RTA.MULTIPATH);
  const oif = optional(a.get(RTA.OIF), number);
  const flags = u32(payload, 8);
  let hops: InventoryHop[] = [];
  if (several) hops = multipath(several);
  else if (oif !== null)
    hops = [
      {
        ifindex: oif,
        gateway: gatewayOf(a),
        weight: 1,
        dead: (flags & RTNH_DEAD_OR_LINKDOWN) !== 0,
      },
    ];
  return {
    family,
    dst: `${optional(a.get(RTA.DST), address) ?? (family === 6 ? '::' : '0.0.0.0')}/${u8(payload, 1)}`,
    table: optional(a.get(RTA.TABLE), number) ?? u8(payload, 4),
    protocol: u8(payload, 5),
    type: u8(payload, 7),
    scope: u8(payload, 6),
    tos: u8(payload, 3),
    metric: optional(a.get(RTA.PRIORITY), number) ?? 0,
    prefsrc: optional(a.get(RTA.PREFSRC), address),
    nhid: optional(a.get(RTA.NH_ID), number),
    metrics: optional(a.get(RTA.METRICS), b => b.toString('hex')),
    hops,
  };
}

/** struct nexthop_grp: u32 id, u8 weight − 1, u8 high byte of the weight (Linux 6.12), u16 reserved. */
function members(stream: Buffer): { id: number; weight: number }[] {
  const found = [];
  for (let at = 0; at + 8 <= stream.length; at += 8)
    found.push({
      id: u32(stream, at),
      weight: u8(stream, at + 4) + (u8(stream, at + 5) << 8) + 1,
    });
  return found;
}

function nexthop(payload: Buffer): InventoryNexthop {
  const a = attributes(payload.subarray(dumps.nexthops.header));
  return {
    id: optional(a.get(NHA.ID), number) ?? 0,
    protocol: u8(payload, 2),
    ifindex: optional(a.get(NHA.OIF), number),
    gateway: optional(a.get(NHA.GATEWAY), address),
    dead: (u32(payload, 4) & RTNH_DEAD_OR_LINKDOWN) !== 0,
    group: optional(a.get(NHA.GROUP), members),
  };
}

function neighbour(payload: Buffer): InventoryNeighbour {
  const a = attributes(payload.subarray(dumps.neighbours.header));
  return {
    ifindex: u32(payload, 4),
    address: optional(a.get(NDA.DST), address) ?? '',
    lladdr: optional(a.get(NDA.LLADDR), mac),
    permanent: (u16(payload, 8) & NUD_PERMANENT) !== 0,
  };
}

/** @throws Error for a payload that contradicts its own lengths */
export function decode(payloads: Payloads, teams: InventoryTeam[] = []): Inventory {
  return {
    links: payloads.links.map(link),
    addresses: payloads.addresses.map(interfaceAddress),
    routes: payloads.routes.map(route),
    nexthops: payloads.nexthops.map(nexthop),
    neighbours: payloads.neighbours.map(neighbour),
    teams,
  };
}

/** The inventory of the network namespace of this process. Needs CAP_NET_ADMIN where there are team devices. */
export async function inventory(): Promise<Inventory> {
  const found = decode(await dumpAll());
  const teams = found.links.filter(l => l.kind === 'team').map(l => l.ifindex);
  return { ...found, teams: await readTeams(teams) };
}
