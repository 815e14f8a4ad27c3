import { probes } from '../../../agent/probes/all.ts';
import {
  createTopology,
  type Topology,
  type TopologyOptions,
} from '../../../agent/topology/state.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';

export const options: TopologyOptions = {
  groups: { include: ['*'], exclude: [], budget_ms: {} },
  storage: { ports: [{ name: 'iscsi', low: 3260, high: 3260 }] },
  thresholds: { unacked_ms: 50, unanswered_ms: 200 },
  leg_probes: { interval_ms: 100, burst_ms: 20, lost_after: 3, targets: {} },
  bonds: {},
  bfd: [],
  block: { io_stalled_ms: 1000 },
};

/** The topology after these frames. */
export function topologyOf(frames: Frame[], start: Topology = createTopology(options)): Topology {
  return frames.reduce(topologyStep, start);
}

/** What all probes say of these frames, in order, and the topology after them. */
export function observe(
  frames: Frame[],
  start: Topology = createTopology(options),
): [Observation[], Topology] {
  let topology = start;
  const seen: Observation[] = [];
  for (const frame of frames) {
    topology = topologyStep(topology, frame);
    for (const probe of probes) seen.push(...probe.observe(frame, topology));
  }
  return [seen, topology];
}
