/** Leg probes: what each last said, and which ones the helper is to send. */
import type { FrameOf, HelperRequest } from '../wire.ts';
import { sourceTowards } from './addresses.ts';
import { parseAddress } from './prefix.ts';
import type { LegMemory, ProbeEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet, tableValues } from './table.ts';

export type ConfigureRequest = Extract<HelperRequest, { type: 'configure' }>;

/** The helper takes no more (native/request.h, REQUEST_PROBES_MAX). */
const PROBES_MAX = 64;

export function takeProbe(topology: Topology, data: FrameOf<'leg_probe'>['data']): Topology {
  const { ifindex, target, answering, since_us: since, t_us: t } = data;
  const entry: ProbeEntry = { ifindex, target, answering, since, t, stale: false };
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
    },
  };
}

type Probe = ConfigureRequest['data']['probes'][number];

function probes(topology: Topology): Probe[] {
  const wanted = new Map<string, Probe>();
  for (const [name, leg] of rememberedLegs(topology)) {
    const probe = probeOf(topology, name, leg);
    const known = wanted.get(name);
    if (probe === null || (known !== undefined && !preferred(probe, known))) continue;
    wanted.set(name, probe);
  }
  return [...wanted.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, probe]) => probe)
    .slice(0, PROBES_MAX);
}

function* rememberedLegs(topology: Topology): Generator<[string, LegMemory]> {
  for (const id of Object.keys(topology.memory).sort()) {
    if (tableGet(topology.groups, id) === undefined) continue;
    yield* Object.entries(topology.memory[id]?.legs ?? {});
  }
}

/** IPv4 before IPv6: its gateway does not lose our address with the link. */
const preferred = (probe: Probe, known: Probe): boolean =>
  known.target.includes(':') && !probe.target.includes(':');

function probeOf(topology: Topology, name: string, leg: LegMemory): Probe | null {
  const { targets, interval_ms, lost_after } = topology.options.leg_probes;
  const target = targets[name] ?? leg.gateway;
  if (target === null || target === 'off') return null;
  const { ifindex } = leg;
  const source = sourceTowards(topology, ifindex, target) ?? sameFamily(leg.source, target);
  return { ifindex, source, target, interval_ms, lost_after };
}

function sameFamily(source: string | null, target: string): string | null {
  if (source === null) return null;
  return parseAddress(source)?.family === parseAddress(target)?.family ? source : null;
}
