/** What the control sockets are answered, beside what drills ask. */
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import type { ControlModel } from '../control/server.ts';
import type { Outbox } from '../outbox/api.ts';
import { monotonicUs } from '../time.ts';
import { components } from '../topology/inventory/index.ts';
import { flows, groups } from '../topology/selectors.ts';
import type { AlarmChange, FailoverRecord, Maintenance, Stamp } from '../types.ts';
import type { Drills } from './drills.ts';
import type { StatsByFlow } from './flow_stats.ts';
import type { Middle } from './middle.ts';
import { makePaths } from './paths.ts';
import type { Reader } from './reader.ts';
import type { Recorder } from './recording/recorder.ts';
import type { Ring } from './ring.ts';
import { makeStatus } from './status.ts';

export interface AnswerParts {
  config: Config;
  version: string;
  middle: Middle;
  outbox: Outbox;
  /** The latest. */
  cleared: Ring<AlarmChange>;
  records: Ring<FailoverRecord>;
  drills: Drills;
  /** The helper's frames come in. */
  seeing(): boolean;
  reader: Pick<Reader, 'state'>;
  /** What the flows' sockets know; null: the helper does not say. */
  stats(): Promise<StatsByFlow | null>;
  order(input: Parameters<Middle['order']>[0]): void;
  recorder: Recorder | null;
}

export function answers(parts: AnswerParts): ControlModel {
  const { config, middle, outbox, cleared, records, drills, order } = parts;
  return {
    status: () => statusOf(parts),
    alarms: ({ all }) =>
      all
        ? [...cleared.list().map(({ alarm }) => alarm), ...middle.activeAlarms].sort(
            (a, b) => a.alarmRaisedTime.wall_us - b.alarmRaisedTime.wall_us,
          )
        : middle.activeAlarms,
    async paths({ limit }) {
      const stats = await parts.stats();
      const { topology } = middle;
      const now = monotonicUs();
      return makePaths({
        host: hostname(),
        now,
        topology,
        groups: groups(topology),
        stats,
        limit,
      });
    },
    hardware() {
      const { topology, activeAlarms } = middle;
      return {
        host: hostname(),
        now_us: monotonicUs(),
        helper: parts.seeing(),
        reader: topology.known.reading,
        components: components(topology, activeAlarms),
      };
    },
    failovers: ({ limit }) => records.list().slice(-limit),
    async outbox({ state, adapter, limit }) {
      const letters = await outbox.letters({
        limit,
        ...(state !== undefined && { state }),
        ...(adapter !== undefined && { adapter }),
      });
      const names = config.adapters.map(({ name }) => name);
      if (letters.length === 0 && adapter !== undefined && !names.includes(adapter)) {
        throw new Error(`no adapter ${adapter}; there are: ${names.join(', ') || 'none'}`);
      }
      return letters;
    },
    ack({ alarms, acknowledged, user }) {
      const gone = middle.inactive(alarms);
      if (gone.length > 0) throw new Error(`no active alarm ${gone.join(', ')}`);
      order({ verb: 'ack', alarms, acknowledged, user });
      // What was due to clear has cleared first.
      return alarms.flatMap(id => middle.activeAlarm(id) ?? cleared.get(id)?.alarm ?? []);
    },
    'maintenance-on'({ for_ms, reason, notices, objects }) {
      const since = middle.stampOf(monotonicUs());
      const until = after(since, for_ms);
      const maintenance: Maintenance = { reason, since, until, notices, objects };
      order({ verb: 'maintenance', maintenance });
      return maintenance;
    },
    'maintenance-off'() {
      const { maintenance } = middle.alarms;
      order({ verb: 'maintenance', maintenance: null });
      return maintenance;
    },
    'outbox-retry': async ({ letters }) => ({ count: await outbox.retry(letters) }),
    'outbox-drop': async ({ letters }) => ({ count: await outbox.drop(letters) }),
    'drill-ready': (request, client) => drills.ready(request, client),
    'drill-cut': (request, client) => drills.cut(request, client),
    'drill-healed': (request, client) => drills.healed(request, client),
    'drill-outcome': (request, client) => drills.outcome(request, client),
    'drill-end': (request, client) => drills.end(request, client),
  };
}

const after = ({ boot_id, mono_us, wall_us }: Stamp, ms: number): Stamp => ({
  boot_id,
  mono_us: mono_us + ms * 1000,
  wall_us: wall_us + ms * 1000,
});

function statusOf({ config, version, middle, outbox, seeing, reader, recorder }: AnswerParts) {
  const { topology, activeAlarms: alarms } = middle;
  const now = monotonicUs();
  return makeStatus({
    version,
    host: hostname(),
    now,
    wall_offset_us: middle.stampOf(now).wall_us - now,
    agent: {
      pid: process.pid,
      uptime_s: process.uptime(),
      rss_bytes: process.memoryUsage.rss(),
    },
    connected: seeing(),
    helper: topology.helper,
    reader: reader.state,
    groups: groups(topology),
    flows: flows(topology),
    alarms,
    outbox: outbox.pending(),
    maintenance: middle.alarms.maintenance,
    recordings: recorder?.state ?? null,
    budget_ms: config.budget_ms,
  });
}
