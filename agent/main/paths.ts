/** Every storage path as it is now, for who asks on a control socket. Pure. */
import type { PathFlow, Paths } from '../control/protocol.ts';
import { showFlow } from '../topology/selectors.ts';
import type { FlowEntry, Topology } from '../topology/state.ts';
import { disks, maps, sessions } from '../topology/storage_selectors.ts';
import { tableGet, tableValues } from '../topology/table.ts';
import type { Group, Us } from '../types.ts';
import type { FlowStats, StatsByFlow } from './flow_stats.ts';

export interface PathParts {
  host: string;
  now: Us;
  topology: Topology;
  groups: Group[];
  /** Null: nobody could say. */
  stats: StatsByFlow | null;
  /** More flows than this are counted, not shown. */
  limit: number;
}

export function makePaths({ host, now: now_us, topology, groups, stats, limit }: PathParts): Paths {
  const all = [...tableValues(topology.flows)].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    host,
    now_us,
    measured: stats !== null,
    groups,
    flows: all
      .slice(0, limit)
      .map(flow => pathFlow(topology, flow, stats?.get(flow.number) ?? null)),
    flow_count: all.length,
    sessions: sessions(topology),
    disks: disks(topology),
    maps: maps(topology),
  };
}

function pathFlow(topology: Topology, flow: FlowEntry, stats: FlowStats | null): PathFlow {
  const name = (ifindex: number | null) =>
    ifindex === null ? null : (tableGet(topology.links, ifindex)?.name ?? null);
  const { remote, service_port, role } = flow;
  const shown = showFlow(topology, flow);
  return {
    ...shown,
    // Seen by a trace of before the agent came.
    leg_out: shown.leg_out ?? name(stats?.member_ifindex ?? null),
    remote,
    remote_port: role === 'client' ? service_port : null,
    device_out: name(flow.out_ifindex),
    device_in: name(flow.in_ifindex),
    figures: stats && {
      srtt_us: stats.srtt_us,
      rttvar_us: stats.rttvar_us,
      backoff: stats.backoff,
      retransmits: stats.retransmits,
      unacked_segments: stats.unacked_segments,
      progress_us: stats.progress_us === 0 ? null : stats.progress_us,
      bytes_acked: stats.bytes_acked,
      bytes_received: stats.bytes_received,
    },
  };
}
