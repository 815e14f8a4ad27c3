/** Leg probes: what each last said, and which ones the helper is to send. */
import type { FrameOf, HelperRequest } from '../wire.ts';
import { sourceTowards } from './addresses.ts';
import { bfdRequests } from './bfd.ts';
import { usesOneMember } from './members.ts';
import { parseAddress } from './prefix.ts';
import type { GroupMemory, LegMemory, LinkEntry, ProbeEntry, Topology } from './state.ts';
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
type Question = Pick<Probe, 'ifindex' | 'source' | 'target' | 'method'>;

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
 * Where one member is in use at a time, each of them is asked for the gateway behind the bond, else for a storage peer
 * beside it. Where all are in use, an answer comes by the member that the switch takes, and proves none: LACP and micro-BFD
 * (RFC 7130) know there.
 */
function* ofMembers(
  topology: Topology,
  id: string,
  memory: GroupMemory,
): Generator<[leg: string, question: Question]> {
  const master = masterOf(topology, id);
  if (master === undefined || !usesOneMember(topology, master)) return;
  const target = gatewayBehind(topology, master) ?? memory.peer ?? null;
  for (const [name, { ifindex }] of Object.entries(memory.legs)) {
    // One that has left the bond is somebody else's.
    if (tableGet(topology.links, ifindex)?.master_ifindex !== master.ifindex) continue;
    const wanted = topology.options.leg_probes.targets[name] ?? target;
    if (wanted === null || wanted === 'off') continue;
    const method = wanted.includes(':') ? 'nd' : 'arp';
    yield [name, { ifindex, source: null, target: wanted, method }];
  }
}

function masterOf(topology: Topology, id: string): LinkEntry | undefined {
  for (const link of tableValues(topology.links))
    if (`${link.kind}:${link.name}` === id) return link;
  return undefined;
}

/** Of the shortest route that leaves by the device itself: what goes by a VLAN above it is tagged, a member's question is not. */
function gatewayBehind(topology: Topology, master: LinkEntry): string | null {
  let best: { gateway: string; rank: string } | null = null;
  for (const routes of tableValues(topology.routes)) {
    for (const { nexthops, prefix } of routes) {
      for (const { ifindex, gateway } of nexthops) {
        if (ifindex !== master.ifindex || gateway === null) continue;
        const rank = `${prefix.family} ${String(prefix.length).padStart(3)} ${gateway}`;
        if (best === null || rank < best.rank) best = { gateway, rank };
      }
    }
  }
  return best?.gateway ?? null;
}

/**
 * Keeps in mind a storage peer in a bond's own subnet. Another takes its place only when no flow goes to it any more and
 * some go to the other: what is asked shall not follow the coming and going of connections.
 */
export function rememberPeer(topology: Topology, flow: string): Topology {
  const { group, remote, out_ifindex } = tableGet(topology.flows, flow)!;
  const memory = group === null ? undefined : topology.memory[group];
  if (memory === undefined || out_ifindex === null || memory.peer === remote) return topology;
  if (masterOf(topology, group!)?.ifindex !== out_ifindex) return topology;
  if (sourceTowards(topology, out_ifindex, remote) === null) return topology;
  for (const other of tableValues(topology.flows)) {
    if (other.remote === memory.peer && other.group === group) return topology;
  }
  return { ...topology, memory: { ...topology.memory, [group!]: { ...memory, peer: remote } } };
}
