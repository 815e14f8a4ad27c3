/**
 * Storage connections: do they progress, by which legs, and what a trace saw of them. A request that is acknowledged
 * but not answered is `slow`: target or path, nobody can say which.
 */
import { flowState, legOfDevice } from '../../topology/flows.ts';
import { showFlow } from '../../topology/selectors.ts';
import type { FlowEntry, LegMove, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'storage_flow',
  observe(frame, topology) {
    const { flows, gone } = topology.effect;
    const t = frame.data.t_us;
    return [
      ...flows.flatMap(id => told(topology, tableGet(topology.flows, id), frame)),
      ...gone.flows.map(flow => progress(topology, flow, t, 'absent')),
    ];
  },
};

function told(topology: Topology, flow: FlowEntry | undefined, frame: Frame): Observation[] {
  if (flow === undefined) return [];
  const t = frame.data.t_us;
  if (flow.stale) return [progress(topology, flow, t, 'unknown')];
  switch (frame.type) {
    case 'flow_switch':
      return [switched(topology, flow, frame.data)];
    case 'flow_member':
      return [member(topology, flow, frame.data)];
    case 'flow_progress': {
      const { after, since_us } = frame.data;
      return [passage(topology, flow, t, { kind: 'progressed', after, since_us })];
    }
    case 'trace_flow': {
      const { pause_from_us, pause_to_us, pause_open, progress_count, spacing_us } = frame.data;
      const account = { pause_from_us, pause_to_us, pause_open, progress_count, spacing_us };
      return [passage(topology, flow, t, { kind: 'traced', ...account })];
    }
    default:
      // Where it goes, before how it goes: a stall is judged by the legs it has.
      return [...moves(topology, flow), progress(topology, flow, flow.t, flowState(flow))];
  }
}

type Progress = Extract<Observation, { aspect: 'progress' }>;
type Passage = Extract<Observation, { aspect: 'passage' }>;

function progress(
  topology: Topology,
  flow: FlowEntry,
  t: Us,
  value: Progress['value'],
): Observation {
  const { id, group, leg_out, leg_in, role, srtt_us } = showFlow(topology, flow);
  const since_us = flow.stalled_since ?? flow.slow_since ?? flow.moving_since;
  return {
    probe: 'storage_flow',
    aspect: 'progress',
    subject: `flow/${id}`,
    value,
    t,
    since_us,
    srtt_us,
    group,
    target: flow.remote,
    role,
    leg_out,
    leg_in,
  };
}

function passage(topology: Topology, flow: FlowEntry, t: Us, value: Passage['value']): Observation {
  const { id, group } = showFlow(topology, flow);
  return { probe: 'storage_flow', aspect: 'passage', subject: `flow/${id}`, group, t, value };
}

function moves(topology: Topology, flow: FlowEntry): Observation[] {
  return [
    ...moved(topology, flow, 'out', flow.moved_out),
    ...moved(topology, flow, 'in', flow.moved_in),
  ];
}

function moved(
  topology: Topology,
  flow: FlowEntry,
  direction: 'out' | 'in',
  move: LegMove | null,
): Observation[] {
  if (move === null) return [];
  const [from, to] = [move.from, move.to].map(one => legOfDevice(topology, flow, one, direction));
  const value = { kind: 'legs' as const, direction, from: from ?? null, to: to ?? null };
  return [passage(topology, flow, move.t, value)];
}

function switched(
  topology: Topology,
  flow: FlowEntry,
  data: Extract<Frame, { type: 'flow_switch' }>['data'],
): Observation {
  const { direction } = data;
  const from = legOfDevice(topology, flow, data.from_ifindex, direction);
  const to = legOfDevice(topology, flow, data.to_ifindex, direction);
  return passage(topology, flow, data.t_us, { kind: 'switched', direction, from, to });
}

/** A member of a bond or team is a leg by its own name. From nowhere: it was not known before. */
function member(
  topology: Topology,
  flow: FlowEntry,
  { from_ifindex, to_ifindex, t_us }: Extract<Frame, { type: 'flow_member' }>['data'],
): Observation {
  const name = (ifindex: number) => tableGet(topology.links, ifindex)?.name ?? null;
  const from = from_ifindex === null ? null : name(from_ifindex);
  const kind = from_ifindex === null ? 'legs' : 'switched';
  return passage(topology, flow, t_us, { kind, direction: 'out', from, to: name(to_ifindex) });
}
