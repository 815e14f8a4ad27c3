/** Leg probes: what each last said, and which ones the helper is to send. */
import type { FrameOf, HelperRequest } from '../wire.ts';
import { sourceTowards } from './addresses.ts';
import { bfdRequests } from './bfd.ts';
import { gatewayBehind } from './gateways.ts';
import { usesOneMember } from './members.ts';
import { parseAddress } from './prefix.ts';
import type { GroupMemory, LegMemory, LinkEntry, Met, ProbeEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet, tableValues } from './table.ts';

export type ConfigureRequest = Extract<HelperRequest, { type: 'configure' }>;

/** The helper takes no more (native/request.h, REQUEST_PROBES_MAX). */
const PROBES_MAX = 64;
/** All probes together send no more than that (native/request.c). */
const PROBES_PER_SECOND_MAX = 2000;

export function takeProbe(topology: Topology, data: FrameOf<'leg_probe'>['data']): Topology {
  const { ifindex, target, method, answering, since_us: since, t_us: t } = data;
  const entry: ProbeEntry = { ifindex, target, method, answering, since, t, stale: false };
  return { ...topology, probes: tableSet(topology.probes, ifindex, entry) };
}

/** Without what is not asked for any more: the helper says nothing of it. It goes to the effect. */
export function forgetProbes(topology: Topology): Topology {
  const wanted = new Set(probes(topology).map(probe => probe.ifindex));
  const removed = [...tableValues(topology.probes)].filter(probe => !wanted.has(probe.ifindex));
  if (removed.length === 0) return topology;
  let { probes: left } = topology;
  for (const probe of removed) left = tableDelete(left, probe.ifindex);
  const { gone } = topology.effect;
  const effect = { ...topology.effect, gone: { ...gone, probes: [...gone.probes, ...removed] } };
  return { ...topology, probes: left, effect };
}

/**
 * What the helper is to watch. Equal topologies give equal requests (compare them as JSON), and a failover alone changes
 * nothing: legs that are down or missing stay probed, from the address that they had.
 */
export function configureRequest(topology: Topology): ConfigureRequest {
  const { storage, thresholds } = topology.options;
  return {
    type: 'configure',
    data: {
      ports: storage.ports.map(({ low, high }) => [low, high]),
      unacked_ms: thresholds.unacked_ms,
      unanswered_ms: thresholds.unanswered_ms,
      probes: probes(topology),
      bfd: bfdRequests(topology),
      io_stalled_ms: topology.options.block.io_stalled_ms,
    },
  };
}

type Probe = ConfigureRequest['data']['probes'][number];
/** What is asked by which device. */
type Question = Pick<Probe, 'ifindex' | 'source' | 'target' | 'method' | 'vlan'>;

function probes(topology: Topology): Probe[] {
  const wanted = new Map<string, Question>();
  for (const [name, question] of questions(topology)) {
    const known = wanted.get(name);
    if (known === undefined || preferred(question, known)) wanted.set(name, question);
  }
  const all = [...wanted.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, PROBES_MAX);
  const { interval_ms, burst_ms, lost_after } = topology.options.leg_probes;
  const least_ms = Math.ceil((all.length * 1000) / PROBES_PER_SECOND_MAX);
  return all.map(([, question]) => ({
    ...question,
    interval_ms: Math.max(interval_ms, least_ms),
    burst_ms: Math.max(burst_ms, least_ms),
    lost_after,
  }));
}

/** IPv4 before IPv6: its gateway does not lose our address with the link. */
const preferred = (probe: Question, known: Question): boolean =>
  known.target.includes(':') && !probe.target.includes(':');

function* questions(topology: Topology): Generator<[leg: string, question: Question]> {
  for (const id of Object.keys(topology.memory).sort()) {
    const memory = topology.memory[id]!;
    if (tableGet(topology.groups, id) === undefined) continue;
    if (memory.kind === 'bond' || memory.kind === 'team') {
      yield* ofMembers(topology, id, memory);
      continue;
    }
    for (const [name, leg] of Object.entries(memory.legs)) {
      const question = ofLeg(topology, name, leg);
      if (question !== null) yield [name, question];
    }
  }
}

/** A leg of routes is asked for its gateway. */
function ofLeg(topology: Topology, name: string, leg: LegMemory): Question | null {
  const target = topology.options.leg_probes.targets[name] ?? leg.gateway;
  if (target === null || target === 'off') return null;
  const { ifindex } = leg;
  const source = sourceTowards(topology, ifindex, target) ?? sameFamily(leg.source, target);
  return { ifindex, source, target, method: 'icmp' };
}

function sameFamily(source: string | null, target: string): string | null {
  if (source === null) return null;
  return parseAddress(source)?.family === parseAddress(target)?.family ? source : null;
}

/**
 * Where one member is in use at a time, each of them is asked for whom the storage traffic meets first. Where all are in
 * use, an answer comes by the member that the switch takes, and proves none: LACP and micro-BFD (RFC 7130) know there.
 */
function* ofMembers(
  topology: Topology,
  id: string,
  memory: GroupMemory,
): Generator<[leg: string, question: Question]> {
  const master = masterOf(topology, id);
  if (master === undefined || !usesOneMember(topology, master)) return;
  const devices = devicesOn(topology, master);
  const met = whomToAsk(topology, devices, memory.meets);
  for (const [name, { ifindex }] of Object.entries(memory.legs)) {
    // One that has left the bond is somebody else's.
    if (tableGet(topology.links, ifindex)?.master_ifindex !== master.ifindex) continue;
    const wish = topology.options.leg_probes.targets[name];
    if (wish === 'off') continue;
    const asked =
      wish === undefined ? met : { target: wish, ...tagTowards(topology, devices, wish) };
    if (asked === null) continue;
    const method = asked.target.includes(':') ? 'nd' : 'arp';
    yield [name, { ifindex, source: null, method, ...asked }];
  }
}

function masterOf(topology: Topology, id: string): LinkEntry | undefined {
  for (const link of tableValues(topology.links))
    if (`${link.kind}:${link.name}` === id) return link;
  return undefined;
}

/** Of a member's question: whom, and with which tag. */
type Asked = Pick<Question, 'target' | 'vlan'>;

/** The bond or team itself, then the VLANs above it whose tag a member's question can carry. */
function devicesOn(topology: Topology, master: LinkEntry): LinkEntry[] {
  const vlans = [...tableValues(topology.links)].filter(
    ({ kind, iflink, vlan }) => kind === 'vlan' && iflink === master.ifindex && vlan !== null,
  );
  return [master, ...vlans.sort((a, b) => a.ifindex - b.ifindex)];
}

const tagOf = ({ kind, vlan }: LinkEntry): Pick<Question, 'vlan'> =>
  kind === 'vlan' && vlan !== null ? { vlan } : {};

/**
 * The gateway that storage traffic takes. For a storage peer in the device's own subnet a gateway there answers, too, if
 * there is one: a host that comes up may take a question for its address as a rival's claim (RFC 5227). Where there is no
 * storage traffic yet, any gateway.
 */
function whomToAsk(topology: Topology, devices: LinkEntry[], met: Met | undefined): Asked | null {
  const device = devices.find(({ name }) => name === met?.device);
  if (met !== undefined && device !== undefined) {
    const target = (met.gateway ? null : gatewayBehind(topology, device)) ?? met.address;
    return { target, ...tagOf(device) };
  }
  for (const one of devices) {
    const target = gatewayBehind(topology, one);
    if (target !== null) return { target, ...tagOf(one) };
  }
  return null;
}

/** The tag of the device in whose subnet the target is. */
function tagTowards(
  topology: Topology,
  devices: LinkEntry[],
  target: string,
): Pick<Question, 'vlan'> {
  const device = devices.find(one => sourceTowards(topology, one.ifindex, target) !== null);
  return device === undefined ? {} : tagOf(device);
}
