/**
 * Snapshots and losses. What a complete snapshot does not name is gone; after a loss nothing of that source is known
 * until its next one; an incomplete one proves nothing.
 */
import { dropAddress } from './addresses.ts';
import { nexthopGroups } from './affected.ts';
import { dropBfd } from './bfd.ts';
import { dropDevice, staleDevices, touchDevices } from './devices.ts';
import type { Effect } from './effect.ts';
import { dropFlow } from './flows.ts';
import { meetAgain } from './gateways.ts';
import { deriveGroups, type GroupSource, sourceOf } from './groups.ts';
import { removeUnnamedHardware, staleHardware, touchAllHardware } from './hardware.ts';
import { removeLink, staleLink, withoutCarrier } from './links.ts';
import { dropRoute, ecmpId } from './routes.ts';
import {
  deviceKinds,
  hardwareKinds,
  isSource,
  type Kind,
  kinds,
  kindsOf,
  READER,
  sources,
  storageKinds,
} from './sources.ts';
import type { Named, Topology } from './state.ts';
import { dropSteering } from './steering.ts';
import { removeUnnamedStorage, staleStorage, touchAllStorage } from './storage.ts';
import { tableDelete, tableEntries, tableMap, tableSet, tableValues } from './table.ts';
import type { DeviceKind } from './told.ts';

export function beginSnapshot(topology: Topology, source: string): Topology {
  if (kindsOf(source).length === 0) return topology;
  return { ...topology, snapshots: { ...topology.snapshots, [source]: null } };
}

/** Notes that a running snapshot has named this. */
export function named(topology: Topology, kind: Kind, key: string | number): Topology {
  let snapshots = topology.snapshots;
  for (const [source, rest] of Object.entries(snapshots)) {
    if (!kindsOf(source).includes(kind)) continue;
    snapshots = { ...snapshots, [source]: { kind, key, rest } };
  }
  return snapshots === topology.snapshots ? topology : { ...topology, snapshots };
}

/** An end whose beginning was not seen proves nothing either. */
export function endSnapshot(topology: Topology, source: string, complete: boolean): Topology {
  const { [source]: list, ...snapshots } = topology.snapshots;
  if (list === undefined) return topology;
  let next: Topology = { ...topology, snapshots };
  if (!complete) return next;
  const covered = kindsOf(source);
  const changed: GroupSource[] = [];
  for (const kind of covered) {
    next = removeUnnamed(next, kind, namesOf(list, kind), changed);
    next = { ...next, known: { ...next.known, [kind]: true } };
  }
  if (covered.some(kind => makesGroups.includes(kind))) {
    const known = [...new Set([...groupIds(next), ...Object.keys(next.memory)])].sort();
    // Where a group is gone there is room for another.
    const waiting = [...tableEntries(next.unwatched)].map(([id]) => id).sort();
    const sources = [...known, ...waiting].flatMap(id => sourceOf(id) ?? []);
    next = deriveGroups(next, [...changed, ...sources]);
  }
  if (covered.includes('route')) next = meetAgain(next);
  return touchKinds(next, covered);
}

const makesGroups: readonly Kind[] = ['link', 'route', 'nexthop', 'lacp', 'team'];

function namesOf(list: Named | null, kind: Kind): Set<string | number> {
  const names = new Set<string | number>();
  for (let one = list; one !== null; one = one.rest) if (one.kind === kind) names.add(one.key);
  return names;
}

function removeUnnamed(
  topology: Topology,
  kind: Kind,
  names: ReadonlySet<string | number>,
  changed: GroupSource[],
): Topology {
  let next = topology;
  switch (kind) {
    case 'link':
      for (const link of tableValues(topology.links)) {
        if (link.name !== null && !names.has(link.ifindex)) next = removeLink(next, link);
      }
      return next;
    case 'address':
      for (const [ifindex, entries] of tableEntries(topology.addresses)) {
        for (const { address } of entries) {
          if (!names.has(`${ifindex} ${address}`)) next = dropAddress(next, ifindex, address);
        }
      }
      return next;
    case 'route':
      for (const [key, routes] of tableEntries(topology.routes)) {
        for (const route of routes) {
          if (names.has(`${key} ${route.metric}`)) continue;
          next = dropRoute(next, key, route.metric, 'routes');
          changed.push({ kind: 'ecmp', id: ecmpId(route), key });
        }
      }
      return removeUnnamedLone(next, names);
    case 'nexthop':
      for (const { id } of tableValues(topology.nexthops)) {
        if (names.has(id)) continue;
        changed.push(...nexthopGroups(next, id));
        next = { ...next, nexthops: tableDelete(next.nexthops, id) };
      }
      return next;
    case 'carrier':
      return forgetCarrier(topology, names);
    case 'flow':
      return removeFlows(topology, names);
    case 'probe':
      return removeProbes(topology, names);
    case 'bfd':
      for (const [key] of tableEntries(topology.bfd))
        if (!names.has(key)) next = dropBfd(next, key);
      return next;
    case 'steering':
      for (const [group] of tableEntries(topology.steered)) {
        if (!names.has(group)) next = dropSteering(next, group);
      }
      return next;
    case 'session':
    case 'disk':
    case 'io':
    case 'map':
      return removeUnnamedStorage(topology, kind, names);
    case 'lacp':
    case 'team':
    case 'mode':
    case 'errors':
    case 'module':
      for (const [ifindex] of tableEntries<number, unknown>(topology.devices[kind])) {
        if (!names.has(ifindex)) next = dropDevice(next, kind, ifindex);
      }
      return next;
    default:
      return removeUnnamedHardware(topology, kind, names);
  }
}

function removeUnnamedLone(topology: Topology, names: ReadonlySet<string | number>): Topology {
  let next = topology;
  for (const [key, routes] of tableEntries(topology.lone_routes))
    for (const { metric } of routes)
      if (!names.has(`${key} ${metric}`)) next = dropRoute(next, key, metric, 'lone_routes');
  return next;
}

/** The carrier source does not see this link any more: netlink's word counts, as soon as it is as new. */
function forgetCarrier(topology: Topology, names: ReadonlySet<string | number>): Topology {
  let { links } = topology;
  for (const link of tableValues(topology.links)) {
    if (link.by_carrier === null || names.has(link.ifindex)) continue;
    links = tableSet(links, link.ifindex, withoutCarrier(link));
  }
  return links === topology.links ? topology : { ...topology, links };
}

function removeFlows(topology: Topology, names: ReadonlySet<string | number>): Topology {
  const flows = [...tableValues(topology.flows)].filter(flow => !names.has(flow.id));
  let next = topology;
  for (const flow of flows) next = dropFlow(next, flow);
  const { gone } = next.effect;
  return {
    ...next,
    effect: { ...next.effect, gone: { ...gone, flows: [...gone.flows, ...flows] } },
  };
}

function removeProbes(topology: Topology, names: ReadonlySet<string | number>): Topology {
  const removed = [...tableValues(topology.probes)].filter(probe => !names.has(probe.ifindex));
  let { probes } = topology;
  for (const probe of removed) probes = tableDelete(probes, probe.ifindex);
  const { gone } = topology.effect;
  const effect = { ...topology.effect, gone: { ...gone, probes: [...gone.probes, ...removed] } };
  return { ...topology, probes, effect };
}

/** Nothing of these sources is known until their next snapshots. A name that we do not know stands for all. */
export function loseSources(topology: Topology, names: readonly string[]): Topology {
  const lost = names.every(isSource) ? names : sources;
  const told = lost.flatMap(name => kindsOf(name));
  let next = topology;
  for (const kind of told) next = loseKind(next, kind);
  const snapshots = Object.fromEntries(
    Object.entries(next.snapshots).filter(([source]) => !lost.includes(source)),
  );
  return touchKinds({ ...next, snapshots }, told);
}

const loseKind = (topology: Topology, kind: Kind): Topology =>
  markStale({ ...topology, known: { ...topology.known, [kind]: false } }, kind, true);

function markStale(topology: Topology, kind: Kind, stale: boolean): Topology {
  const { links, flows, probes, bfd, steered } = topology;
  switch (kind) {
    case 'link':
      return { ...topology, links: tableMap(links, link => staleLink(link, 'by_netlink', stale)) };
    case 'carrier':
      return { ...topology, links: tableMap(links, link => staleLink(link, 'by_carrier', stale)) };
    case 'flow':
      return { ...topology, flows: tableMap(flows, flow => ({ ...flow, stale })) };
    case 'probe':
      return { ...topology, probes: tableMap(probes, probe => ({ ...probe, stale })) };
    case 'bfd':
      return { ...topology, bfd: tableMap(bfd, session => ({ ...session, stale })) };
    case 'steering':
      return { ...topology, steered: tableMap(steered, one => ({ ...one, stale })) };
    case 'lacp':
    case 'team':
    case 'mode':
    case 'errors':
    case 'module':
      return staleDevices(topology, kind, stale);
    case 'session':
    case 'disk':
    case 'io':
    case 'map':
      return staleStorage(topology, kind, stale);
    case 'address':
    case 'route':
    case 'nexthop':
      return topology;
    default:
      return staleHardware(topology, kind, stale);
  }
}

/**
 * The connection is back, and what follows continues where it broke: what was known then is so still, up to the changes
 * that come now, with their own times.
 */
export function resumeSight(topology: Topology): Topology {
  const { suspended } = topology;
  if (suspended === null) return topology;
  const others = kindsOf(READER);
  const back = kinds.filter(kind => suspended[kind] && !others.includes(kind));
  const known = kinds.map(kind => [
    kind,
    others.includes(kind) ? topology.known[kind] : suspended[kind],
  ]);
  let next: Topology = { ...topology, known: Object.fromEntries(known), suspended: null };
  for (const kind of back) next = markStale(next, kind, false);
  return touchKinds(next, kinds);
}

/** Everything of these kinds is to be read again. */
function touchKinds(topology: Topology, touched: readonly Kind[]): Topology {
  const has = (...some: Kind[]) => some.some(kind => touched.includes(kind));
  const { effect, links, flows, probes, bfd, steered } = topology;
  const all: Effect = {
    ...effect,
    links: has('link', 'carrier')
      ? [...tableEntries(links)].map(([ifindex]) => ifindex)
      : effect.links,
    groups: has('link', 'route', 'nexthop') ? groupIds(topology) : effect.groups,
    flows: has('flow') ? [...tableEntries(flows)].map(([id]) => id) : effect.flows,
    probes: has('probe') ? [...tableEntries(probes)].map(([ifindex]) => ifindex) : effect.probes,
    bfd: has('bfd') ? [...tableEntries(bfd)].map(([key]) => key) : effect.bfd,
    steering: has('steering')
      ? [...tableEntries(steered)].map(([group]) => group)
      : effect.steering,
  };
  const devices = deviceKinds.filter(kind => touched.includes(kind));
  const storage = storageKinds.filter(kind => touched.includes(kind));
  const hardware = hardwareKinds.filter(kind => touched.includes(kind));
  const next = devices.reduce(touchAll, { ...topology, effect: all });
  return touchAllHardware(touchAllStorage(next, storage), hardware);
}

const touchAll = (topology: Topology, kind: DeviceKind): Topology =>
  touchDevices(
    topology,
    kind,
    [...tableEntries<number, unknown>(topology.devices[kind])].map(([ifindex]) => ifindex),
  );

const groupIds = (topology: Topology): string[] =>
  [...tableEntries(topology.groups)].map(([id]) => id).sort();
