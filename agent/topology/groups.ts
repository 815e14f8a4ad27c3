/**
 * Path groups: multipath routes, groups of nexthop objects, bonds and teams. Derived one by one, whenever something
 * that they are made of changes; the legs that a group once had stay in the memory.
 */
import { globMatches } from '../config/glob.ts';
import type { GroupKind } from '../types.ts';
import { sourceTowards } from './addresses.ts';
import { readLink } from './links.ts';
import { activeMember, memberUsable } from './members.ts';
import { parsePrefix } from './prefix.ts';
import { MAIN_TABLE, routeKey } from './routes.ts';
import {
  GROUPS_MAX,
  type GroupEntry,
  type GroupMemory,
  type LegEntry,
  type LegMemory,
  type LinkEntry,
  type RouteEntry,
  type Topology,
} from './state.ts';
import { tableDelete, tableGet, tableSet, tableValues } from './table.ts';

interface Hop {
  ifindex: number;
  gateway: string | null;
  usable: boolean;
}

interface Made {
  kind: GroupKind;
  hops: Hop[];
  active: string | null;
}

/** Where to find what a group is made of. */
export type GroupSource =
  | { kind: 'ecmp'; id: string; key: string }
  | { kind: 'nexthop_group'; id: string; nexthop: number }
  | { kind: 'bond' | 'team'; id: string; link: string };

export const nexthopGroupId = (nexthop: number): string => `nhg:${nexthop}`;

/** Null: this link is no bond or team. */
export function masterSource(link: LinkEntry): GroupSource | null {
  if ((link.kind !== 'bond' && link.kind !== 'team') || link.name === null) return null;
  return { kind: link.kind, id: `${link.kind}:${link.name}`, link: link.name };
}

/** Looks at these groups again. What a group lost is remembered in it; a group that is gone goes to the effect. */
export function deriveGroups(topology: Topology, sources: readonly GroupSource[]): Topology {
  let next = topology;
  for (const source of sources) next = deriveGroup(next, source);
  return next;
}

function deriveGroup(topology: Topology, source: GroupSource): Topology {
  const { id } = source;
  if (!isWanted(topology, id)) return topology;
  const before = tableGet(topology.groups, id);
  const memory = topology.memory[id];
  const counts = memory !== undefined && !isForgotten(topology, memory);
  const made = make(topology, source, counts);
  if (made === null) return withoutGroup(notWaiting(topology, id), id, before, memory);
  const legs = legsOf(topology, made.hops);
  const remembered = remember(topology, counts ? memory : undefined, made, legs);
  if (Object.keys(remembered.legs).length < 2) return withoutGroup(topology, id, before, undefined);
  if (before === undefined && topology.groups.size >= GROUPS_MAX) {
    return { ...topology, unwatched: tableSet(topology.unwatched, id, true) };
  }
  const { kind, active } = made;
  const after: GroupEntry = {
    id,
    kind,
    legs: withMissing(legs, remembered),
    active,
    orphaned: false,
  };
  return put(keep(notWaiting(topology, id), id, remembered), after);
}

const notWaiting = (topology: Topology, id: string): Topology =>
  topology.unwatched.size === 0
    ? topology
    : { ...topology, unwatched: tableDelete(topology.unwatched, id) };

function isWanted(topology: Topology, id: string): boolean {
  const { include, exclude } = topology.options.groups;
  const matches = (patterns: string[]) => patterns.some(one => globMatches(one, id));
  return matches(include) && !matches(exclude);
}

function make(topology: Topology, source: GroupSource, known: boolean): Made | null {
  switch (source.kind) {
    case 'ecmp':
      return makeEcmp(topology, source, known);
    case 'nexthop_group':
      return makeNexthopGroup(topology, source.nexthop);
    default:
      return makeMaster(topology, source.kind, source.link);
  }
}

function makeEcmp(
  topology: Topology,
  source: GroupSource & { kind: 'ecmp' },
  known: boolean,
): Made | null {
  const routes = (tableGet(topology.routes, source.key) ?? []).filter(
    route => !leavesByGroup(topology, route),
  );
  const several = routes.find(route => new Set(route.nexthops.map(hop => hop.ifindex)).size > 1);
  const route = several ?? (known ? routes[0] : undefined);
  if (route === undefined) return null;
  const hops = route.nexthops.map(({ ifindex, gateway, dead, linkdown }) => {
    return { ifindex, gateway, usable: !dead && !linkdown };
  });
  return { kind: 'ecmp', hops, active: null };
}

/** Its hops are those of a group of nexthop objects, which is a path group of its own. */
function leavesByGroup(topology: Topology, route: RouteEntry): boolean {
  if (route.nhid === null) return false;
  return tableGet(topology.nexthops, route.nhid)?.group != null;
}

function makeNexthopGroup(topology: Topology, id: number): Made | null {
  const members = tableGet(topology.nexthops, id)?.group;
  if (members == null) return null;
  const hops = members.flatMap(member => {
    const hop = tableGet(topology.nexthops, member.id);
    if (hop?.ifindex == null) return [];
    return [{ ifindex: hop.ifindex, gateway: hop.gateway, usable: !hop.dead && !hop.linkdown }];
  });
  return { kind: 'nexthop_group', hops, active: null };
}

function makeMaster(topology: Topology, kind: 'bond' | 'team', name: string): Made | null {
  const links = [...tableValues(topology.links)];
  const master = links.find(link => link.name === name && link.kind === kind);
  if (master === undefined) return null;
  const hops = links
    .filter(link => link.master_ifindex === master.ifindex)
    .map(link => {
      return { ifindex: link.ifindex, gateway: null, usable: memberUsable(topology, master, link) };
    });
  const active = activeMember(topology, master);
  return {
    kind,
    hops,
    active: active === null ? null : (tableGet(topology.links, active)?.name ?? null),
  };
}

/** One leg per interface; a hop whose link is not known yet waits for it. */
function legsOf(topology: Topology, hops: Hop[]): LegEntry[] {
  const legs = new Map<string, LegEntry>();
  for (const { ifindex, gateway, usable } of hops) {
    const name = tableGet(topology.links, ifindex)?.name;
    if (name == null) continue;
    const same = legs.get(name);
    const state = usable || same?.state === 'up' ? 'up' : 'down';
    legs.set(name, { name, ifindex, gateway: same?.gateway ?? gateway, state });
  }
  return [...legs.values()];
}

function remember(
  topology: Topology,
  before: GroupMemory | undefined,
  made: Made,
  legs: LegEntry[],
): GroupMemory {
  const all: Record<string, LegMemory> = { ...before?.legs };
  for (const leg of legs) {
    const kept = all[leg.name];
    const gateway = leg.gateway ?? kept?.gateway ?? null;
    const source = sourceTowards(topology, leg.ifindex, gateway) ?? kept?.source ?? null;
    all[leg.name] = { ifindex: leg.ifindex, gateway, source };
  }
  // One put in the place of another: there are as many as ever, and those not named could be used but are not.
  const names = new Set(legs.map(leg => leg.name));
  if (before !== undefined && legs.length >= Object.keys(before.legs).length) {
    for (const [name, leg] of Object.entries(before.legs)) {
      if (!names.has(name) && isUsable(topology, leg.ifindex)) delete all[name];
    }
  }
  const meets = before?.meets === undefined ? {} : { meets: before.meets };
  return { kind: made.kind, orphaned: false, gone_us: null, legs: all, ...meets };
}

function withMissing(legs: LegEntry[], memory: GroupMemory): LegEntry[] {
  const names = new Set(legs.map(leg => leg.name));
  const missing = Object.entries(memory.legs)
    .filter(([name]) => !names.has(name))
    .map(
      ([name, { ifindex, gateway }]): LegEntry => ({ name, ifindex, gateway, state: 'missing' }),
    );
  return [...legs, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The group is not made of anything any more. The kernel takes a multipath route away with its last usable leg, mostly
 * without a word: that is a lost path. With a leg in use it was taken away on purpose.
 */
function withoutGroup(
  topology: Topology,
  id: string,
  before: GroupEntry | undefined,
  memory: GroupMemory | undefined,
): Topology {
  if (memory !== undefined && isLostPath(topology, before, memory)) {
    return put(keep(topology, id, { ...memory, orphaned: true }), fromMemory(id, memory));
  }
  // Restored from an earlier run and not seen yet: only a complete view may forget it.
  if (before === undefined && !isComplete(topology)) return topology;
  const next = { ...topology, memory: leaving(topology, id, memory) };
  const last = before ?? (memory?.gone_us === null ? fromMemory(id, memory) : undefined);
  if (last === undefined) return next;
  const { gone } = next.effect;
  return {
    ...next,
    groups: tableDelete(next.groups, id),
    effect: { ...next.effect, gone: { ...gone, groups: [...gone.groups, last] } },
  };
}

/** A routing daemon replaces a route by taking it away and adding it; for so long it is the same group. */
const REPLACED_WITHIN_US = 60_000_000;

/** Gone too long, or in an earlier boot. */
function isForgotten({ t }: Topology, { gone_us }: GroupMemory): boolean {
  return gone_us !== null && (gone_us > t || t - gone_us > REPLACED_WITHIN_US);
}

function leaving(topology: Topology, id: string, memory: GroupMemory | undefined) {
  const { [id]: _one, ...rest } = topology.memory;
  if (memory === undefined || isForgotten(topology, memory)) return rest;
  return { ...rest, [id]: { ...memory, gone_us: memory.gone_us ?? topology.t } };
}

/** The group when all its legs are missing. */
function fromMemory(id: string, memory: GroupMemory): GroupEntry {
  const { kind } = memory;
  return { id, kind, legs: withMissing([], memory), active: null, orphaned: true };
}

const isComplete = ({ known }: Topology): boolean => known.link && known.route && known.nexthop;

/** Its links are there, and none of them could be used when it went. */
function isLostPath(
  topology: Topology,
  before: GroupEntry | undefined,
  memory: GroupMemory,
): boolean {
  // A multipath route goes with its last leg; a bond or team only when somebody takes it away, and its members first.
  if (memory.kind === 'bond' || memory.kind === 'team') return false;
  const links = Object.values(memory.legs).map(leg => tableGet(topology.links, leg.ifindex));
  if (links.every(link => link === undefined)) return false;
  return before === undefined ? memory.orphaned : !hasUsableLeg(topology, before);
}

function hasUsableLeg(topology: Topology, group: GroupEntry): boolean {
  return group.legs.some(leg => leg.state === 'up' && isUsable(topology, leg.ifindex));
}

function isUsable(topology: Topology, ifindex: number): boolean {
  const link = tableGet(topology.links, ifindex);
  if (link === undefined) return false;
  const reading = readLink(topology, link);
  return reading === null || (reading.carrier && reading.admin_up);
}

/** Into the effect when it changed. */
function put(topology: Topology, group: GroupEntry): Topology {
  const before = tableGet(topology.groups, group.id);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(group)) return topology;
  const { effect } = topology;
  const known = new Set(before?.legs.map(leg => leg.ifindex));
  const joined = group.legs.map(leg => leg.ifindex).filter(ifindex => !known.has(ifindex));
  return {
    ...topology,
    groups: tableSet(topology.groups, group.id, group),
    effect: {
      ...effect,
      groups: [...effect.groups, group.id],
      joined: [...effect.joined, ...joined],
    },
  };
}

function keep(topology: Topology, id: string, group: GroupMemory): Topology {
  if (JSON.stringify(topology.memory[id]) === JSON.stringify(group)) return topology;
  return { ...topology, memory: { ...topology.memory, [id]: group } };
}

/** Where a group of this id comes from; null: no such id. */
export function sourceOf(id: string): GroupSource | null {
  const colon = id.indexOf(':');
  const [scheme, rest] = [id.slice(0, colon), id.slice(colon + 1)];
  if (scheme === 'bond' || scheme === 'team') return { kind: scheme, id, link: rest };
  if (scheme === 'nhg') return { kind: 'nexthop_group', id, nexthop: Number(rest) };
  if (scheme !== 'ecmp') return null;
  const [dst = '', table] = rest.split('@');
  const prefix = parsePrefix(dst);
  if (prefix === null) return null;
  const key = routeKey(table === undefined ? MAIN_TABLE : Number(table), prefix);
  return { kind: 'ecmp', id, key };
}
