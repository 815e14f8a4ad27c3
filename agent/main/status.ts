/** The status that the control sockets show. Pure. */
import type { Status } from '../control/protocol.ts';
import type { HelperEntry } from '../topology/state.ts';
import type { Alarm, Flow, Group, Maintenance, Us } from '../types.ts';

export interface StatusParts {
  version: string;
  host: string;
  now: Us;
  wall_offset_us: number;
  agent: Status['agent'];
  connected: boolean;
  helper: HelperEntry | null;
  reader: Status['reader'];
  groups: Group[];
  flows: Flow[];
  alarms: readonly Alarm[];
  outbox: Status['outbox'];
  maintenance: Maintenance | null;
  recordings: Status['recordings'];
  budget_ms: number;
}

export function makeStatus(parts: StatusParts): Status {
  const { version, now: now_us, wall_offset_us, host, agent, groups, flows, outbox } = parts;
  const { connected, helper, reader, maintenance, recordings, budget_ms } = parts;
  return {
    version,
    now_us,
    wall_offset_us,
    host,
    agent,
    helper: {
      connected,
      version: helper?.version ?? null,
      strategy: helper?.strategy ?? null,
      nudge: helper?.nudge ?? null,
      sources: helper?.sources ?? [],
      dropped: helper?.dropped ?? { bpf: 0, netlink: 0, ring: 0 },
    },
    reader,
    groups,
    flows,
    alarms: countBySeverity(parts.alarms),
    outbox,
    maintenance,
    recordings,
    budget_ms,
  };
}

function countBySeverity(alarms: readonly Alarm[]): Status['alarms'] {
  const counts = { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 0, INDETERMINATE: 0 };
  for (const { perceivedSeverity } of alarms) {
    if (perceivedSeverity !== 'CLEARED') counts[perceivedSeverity] += 1;
  }
  return counts;
}
