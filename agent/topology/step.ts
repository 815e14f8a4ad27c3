/**
 * Takes frames in, one by one: `topologyStep(topology, frame)` gives the topology after it and, in its `effect`, what
 * the frame touched. The same frame twice changes nothing more.
 */
import type { Frame, FrameOf } from '../wire.ts';
import { dropAddress, putAddress } from './addresses.ts';
import { groupsOnLink, nexthopGroups } from './affected.ts';
import { bfdKey, dropBfd, resolveBfd, takeBfd } from './bfd.ts';
import { deviceKindOf, takeDevice } from './devices.ts';
import { noEffect } from './effect.ts';
import {
  dropFlow,
  flowId,
  takeFlow,
  takeMember,
  takeResume,
  takeStall,
  takeSwitch,
} from './flows.ts';
import { meet, meetAgain, recall } from './gateways.ts';
import { deriveGroups, masterSource } from './groups.ts';
import { type HardwareFrame, hardwareKey, takeHardware } from './hardware.ts';
import { putLink, released, removeLink, takeCarrier, takeLink } from './links.ts';
import { forgetProbes, takeProbe } from './probing.ts';
import { dropAnyRoute, ecmpId, putNexthop, putRoute, routeEntry, routeKey } from './routes.ts';
import { groupsKnown } from './selectors.ts';
import { connectSessions } from './sessions.ts';
import { beginSnapshot, endSnapshot, loseSources, named, resumeSight } from './snapshot.ts';
import { READER, sources } from './sources.ts';
import type { LinkEntry, Topology } from './state.ts';
import { takeSteering } from './steering.ts';
import { storageKey, storageKindOf, takeStorage } from './storage.ts';
import { emptyTable, tableDelete, tableGet } from './table.ts';

export function topologyStep(before: Topology, frame: Frame): Topology {
  const taken = take({ ...before, effect: noEffect, t: frame.data.t_us }, frame);
  let after = connectSessions(taken, frame);
  if (frame.type === 'link' || frame.type === 'address') after = resolveBfd(after);
  if (newMasters(after)) after = recall(after);
  return asksLess(after, frame) ? forgetProbes(after) : after;
}

/** Is there a bond or team that has no part yet in what connections know? */
function newMasters({ effect, memory }: Topology): boolean {
  return effect.groups.some(id => {
    const one = memory[id];
    return (one?.kind === 'bond' || one?.kind === 'team') && one.meets === undefined;
  });
}

/** May there be a leg that is asked no more? Not while it is unknown what there is to ask. */
function asksLess(topology: Topology, frame: Frame): boolean {
  const { links, groups, members } = topology.effect.gone;
  if (links.length + groups.length > 0) return true;
  const less = members.length > 0 || (frame.type === 'route' && frame.data.gone);
  return less && groupsKnown(topology);
}

function take(topology: Topology, frame: Frame): Topology {
  switch (frame.type) {
    case 'hello':
      return takeHello(topology, frame.data);
    case 'heartbeat':
      return takeHeartbeat(topology, frame.data);
    case 'snapshot':
      return takeSnapshot(topology, frame.data);
    case 'lost':
      return takeLost(topology, frame.data);
    case 'link':
      return takeLinkFrame(topology, frame.data);
    case 'carrier':
      return takeCarrierFrame(topology, frame.data);
    case 'address':
      return takeAddress(topology, frame.data);
    case 'route':
      return takeRoute(topology, frame.data);
    case 'nexthop':
      return takeNexthop(topology, frame.data);
    case 'leg_probe':
      return takeProbeFrame(topology, frame.data);
    case 'flow':
      return frame.data.closed
        ? closeFlow(topology, frame.data)
        : takeFlowFrame(topology, frame.data);
    case 'flow_stall':
      return touchFlow(takeStall(topology, frame.data), frame.data.flow);
    case 'flow_resume':
      return touchFlow(takeResume(topology, frame.data), frame.data.flow);
    case 'flow_switch':
      return touchFlow(takeSwitch(topology, frame.data), frame.data.flow);
    case 'flow_member':
      return touchFlow(takeMember(topology, frame.data), frame.data.flow);
    case 'flow_progress':
    case 'trace_flow':
      return touchFlow(topology, frame.data.flow);
    case 'active_member':
      return takeActiveMember(topology, frame.data);
    case 'lacp_port':
    case 'team':
    case 'nic_mode':
    case 'nic_errors':
    case 'module_eeprom':
      return takeDeviceFrame(topology, frame);
    case 'session':
    case 'disk':
    case 'io_stall':
    case 'io_resume':
    case 'io_errors':
    case 'multipath':
      return takeStorageFrame(topology, frame);
    case 'pci_device':
    case 'processors':
    case 'memory':
    case 'md':
    case 'mount':
    case 'power_supply':
    case 'watchdog':
    case 'reading':
    case 'hwmon':
    case 'edac':
      return takeHardwareFrame(topology, frame);
    // An event: it changes nothing that is known.
    case 'announce':
    case 'mce':
    case 'memory_error':
    case 'firmware_error':
    case 'cxl_error':
    case 'aer':
    case 'page_failure':
    case 'page_victim':
    case 'nvme_event':
    case 'scsi_error':
    case 'thermal_trip':
    case 'device_health':
    case 'kmsg':
    case 'reader_hello':
    case 'tx_timeout':
    // An answer to whoever asked (main/flow_stats.ts).
    case 'flow_stats':
    // Said for a failover's record alone: nothing that is known changes.
    case 'nudge':
    case 'trace':
    case 'refused':
      return topology;
    case 'bfd':
      return takeBfdFrame(topology, frame.data);
    case 'steering':
      return takeSteeringFrame(topology, frame.data);
  }
}

function takeHello(topology: Topology, data: FrameOf<'hello'>['data']): Topology {
  const { boot_id, epoch, version, nudge, steering, wall_offset_us, carrier } = data;
  const helper = {
    boot_id,
    epoch,
    version,
    strategy: carrier.strategy,
    interval_us: carrier.interval_us,
    nudge,
    steering,
    wall_offset_us,
    sources: data.sources,
    dropped: topology.helper?.dropped ?? { bpf: 0, netlink: 0, ring: 0 },
  };
  const next: Topology = { ...topology, helper };
  if (data.resumed && topology.helper?.epoch === epoch) return resumeSight(next);
  // Whatever happened between the two is not known, and the numbers of flows begin anew.
  const { [READER]: running } = topology.snapshots;
  const snapshots = running === undefined ? {} : { [READER]: running };
  const anew: Topology = { ...next, suspended: null, snapshots, flow_ids: emptyTable() };
  return loseSources(anew, sources);
}

/** seq 0: the connection broke (framesOfLoss), and the helper may still have all that we have missed. */
function takeLost(topology: Topology, { seq, source }: FrameOf<'lost'>['data']): Topology {
  const broken = seq === 0 && source !== READER;
  const suspended = broken ? (topology.suspended ?? topology.known) : topology.suspended;
  return loseSources({ ...topology, suspended }, [source]);
}

function takeHeartbeat(topology: Topology, data: FrameOf<'heartbeat'>['data']): Topology {
  if (topology.helper === null) return topology;
  const { wall_offset_us, dropped } = data;
  return { ...topology, helper: { ...topology.helper, wall_offset_us, dropped } };
}

function takeSnapshot(topology: Topology, data: FrameOf<'snapshot'>['data']): Topology {
  if (data.phase === 'begin') return beginSnapshot(topology, data.source);
  return endSnapshot(topology, data.source, data.complete);
}

function takeLinkFrame(topology: Topology, data: FrameOf<'link'>['data']): Topology {
  const before = tableGet(topology.links, data.ifindex);
  const masters = [before?.master_ifindex ?? null, data.gone ? null : data.master_ifindex];
  if (data.gone && before === undefined) return topology;
  const next = data.gone
    ? removeLink(topology, before!)
    : putLink(left(rename(topology, before, data.ifname), before, data), takeLink(before, data));
  const told = touchLink(named(next, 'link', data.ifindex), data.ifindex, data.gone);
  const touched = before?.name === data.ifname || data.gone ? told : touchName(told, data.ifindex);
  const own = tableGet(next.links, data.ifindex) ?? before;
  return deriveGroups(touched, groupsOnLink(touched, own, masters));
}

/** A bond that it is in no more has to be told. */
function left(
  topology: Topology,
  before: LinkEntry | undefined,
  { master_ifindex, bond_member }: FrameOf<'link'>['data'],
): Topology {
  if (before === undefined) return topology;
  const stays = bond_member !== null && master_ifindex === before.master_ifindex;
  return before.name === null || stays ? topology : released(topology, before);
}

/** A leg is remembered by its name, and stays the same leg when it gets another. */
function rename(topology: Topology, link: LinkEntry | undefined, name: string): Topology {
  const old = link?.name ?? null;
  if (old === null || old === name) return topology;
  const memory = Object.entries(topology.memory).map(([id, group]) => {
    const legs = Object.entries(group.legs).map(([leg, what]) => [leg === old ? name : leg, what]);
    return [id, { ...group, legs: Object.fromEntries(legs) }] as const;
  });
  return { ...topology, memory: Object.fromEntries(memory) };
}

function takeCarrierFrame(topology: Topology, data: FrameOf<'carrier'>['data']): Topology {
  const before = tableGet(topology.links, data.ifindex);
  const next = named(putLink(topology, takeCarrier(before, data)), 'carrier', data.ifindex);
  return deriveMaster(touchLink(next, data.ifindex, false), before?.master_ifindex ?? null);
}

function takeActiveMember(topology: Topology, data: FrameOf<'active_member'>['data']): Topology {
  const master = tableGet(topology.links, data.ifindex);
  if (master === undefined) return topology;
  const switched = { to: data.to_ifindex, t: data.t_us, via: data.via };
  return deriveMaster(putLink(topology, { ...master, switched }), data.ifindex);
}

/** A team's ports, or a member's LACP, decide whether its master can use it. */
function takeDeviceFrame(
  topology: Topology,
  frame: FrameOf<'lacp_port' | 'team' | 'nic_mode' | 'nic_errors' | 'module_eeprom'>,
): Topology {
  const { ifindex } = frame.data;
  const next = named(takeDevice(topology, frame), deviceKindOf(frame), ifindex);
  if (frame.type === 'team') return deriveMaster(next, ifindex);
  return frame.type === 'lacp_port' ? deriveMaster(next, frame.data.bond_ifindex) : next;
}

/** A snapshot of requests names the disks that stand still: what had errors once may move. */
function takeStorageFrame(
  topology: Topology,
  frame: FrameOf<'session' | 'disk' | 'io_stall' | 'io_resume' | 'io_errors' | 'multipath'>,
): Topology {
  const next = takeStorage(topology, frame);
  if (frame.type === 'io_resume' || frame.type === 'io_errors') return next;
  return named(next, storageKindOf(frame), storageKey(frame));
}

function takeHardwareFrame(topology: Topology, frame: HardwareFrame): Topology {
  return named(takeHardware(topology, frame), frame.type, hardwareKey(frame));
}

/** The group that a bond or team is. */
function deriveMaster(topology: Topology, ifindex: number | null): Topology {
  const master = ifindex === null ? undefined : tableGet(topology.links, ifindex);
  const source = master === undefined ? null : masterSource(master);
  return source === null ? topology : deriveGroups(topology, [source]);
}

function touchLink(topology: Topology, ifindex: number, gone: boolean): Topology {
  if (gone) return topology;
  const effect = { ...topology.effect, links: [...topology.effect.links, ifindex] };
  return { ...topology, effect };
}

function touchName(topology: Topology, ifindex: number): Topology {
  const effect = { ...topology.effect, named: [...topology.effect.named, ifindex] };
  return { ...topology, effect };
}

function takeAddress(topology: Topology, data: FrameOf<'address'>['data']): Topology {
  const next = data.gone
    ? dropAddress(topology, data.ifindex, data.address)
    : named(putAddress(topology, data), 'address', `${data.ifindex} ${data.address}`);
  const link = tableGet(next.links, data.ifindex);
  if (next.addresses === topology.addresses || data.gone) return next;
  return deriveGroups(next, groupsOnLink(next, link));
}

function takeRoute(topology: Topology, data: FrameOf<'route'>['data']): Topology {
  const route = routeEntry(data);
  if (route === null) return topology;
  const key = routeKey(route.table, route.prefix);
  const next = data.gone
    ? dropAnyRoute(topology, key, route.metric)
    : named(putRoute(topology, route, data.lone), 'route', `${key} ${route.metric}`);
  // While a snapshot runs its end looks at all of them.
  const met = next.snapshots.rtnl === undefined ? meetAgain(next, route) : next;
  return deriveGroups(met, [{ kind: 'ecmp', id: ecmpId(route), key }]);
}

function takeNexthop(topology: Topology, data: FrameOf<'nexthop'>['data']): Topology {
  const next = data.gone
    ? { ...topology, nexthops: tableDelete(topology.nexthops, data.id) }
    : named(putNexthop(topology, data), 'nexthop', data.id);
  return deriveGroups(next, nexthopGroups(next, data.id));
}

function takeProbeFrame(topology: Topology, data: FrameOf<'leg_probe'>['data']): Topology {
  const next = named(takeProbe(topology, data), 'probe', data.ifindex);
  return { ...next, effect: { ...next.effect, probes: [data.ifindex] } };
}

function takeBfdFrame(topology: Topology, data: FrameOf<'bfd'>['data']): Topology {
  const key = bfdKey(data);
  return data.gone ? dropBfd(topology, key) : named(takeBfd(topology, data), 'bfd', key);
}

function takeSteeringFrame(topology: Topology, data: FrameOf<'steering'>['data']): Topology {
  return named(takeSteering(topology, data), 'steering', data.group);
}

function takeFlowFrame(topology: Topology, data: FrameOf<'flow'>['data']): Topology {
  const id = flowId(data);
  const next = meet(takeFlow(topology, data), id);
  return touchFlow(named(next, 'flow', id), data.flow);
}

function touchFlow(topology: Topology, number: number): Topology {
  const id = tableGet(topology.flow_ids, number);
  if (id === undefined) return topology;
  return { ...topology, effect: { ...topology.effect, flows: [id] } };
}

function closeFlow(topology: Topology, data: FrameOf<'flow'>['data']): Topology {
  const entry = tableGet(topology.flows, flowId(data));
  if (entry === undefined) return topology;
  // An old connection's end, told after its port was used again.
  if (!entry.stale && entry.number !== data.flow) return topology;
  const next = dropFlow(topology, entry);
  const { gone } = next.effect;
  return { ...next, effect: { ...next.effect, gone: { ...gone, flows: [entry] } } };
}
