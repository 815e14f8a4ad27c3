/** An agent's control sockets with answers made up by a test; the sockets, the framing and the checks are the real ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HardwareReport, Paths, Replies, Status } from '../../../agent/control/protocol.ts';
import { type Control, type ControlModel, serveControl } from '../../../agent/control/server.ts';
import { monotonicUs } from '../../../agent/time.ts';
import type {
  Alarm,
  AlarmChange,
  FailoverRecord,
  Maintenance,
  Stamp,
} from '../../../agent/types.ts';

/** 2026-03-01 12:00:00 UTC is µs 0 of this boot. */
export const WALL_OFFSET_US = 1_772_366_400_000_000;

export const stampAt = (mono_us: number): Stamp => ({
  boot_id: '00000000-0000-4000-8000-000000000000',
  mono_us,
  wall_us: mono_us + WALL_OFFSET_US,
});

export const makePending = (over: Partial<Status['outbox'][number]> = {}) => ({
  adapter: 'vim',
  kind: 'webhook',
  primary: true,
  pending: 0,
  oldest_ms: null,
  last_error: null,
  state: 'ok' as const,
  delivered: 1204,
  refused: 0,
  given_up: 0,
  dead: 0,
  latency: { count: 12, p50_us: 12_300, p99_us: 45_600, max_us: 46_000 },
  ...over,
});

export const makeLetter = (
  over: Partial<Replies['outbox'][number]> = {},
): Replies['outbox'][number] => ({
  n: 7,
  adapter: 'vim',
  key: 'a1/1',
  state: 'dead',
  type: 'link-down',
  object: 'leg/c-a',
  kind: 'raised',
  put_wall_us: WALL_OFFSET_US + 61_002_000,
  tries: 1,
  error: 'HTTP 400',
  ...over,
});

export const makeMaintenance = (over: Partial<Maintenance> = {}): Maintenance => ({
  reason: 'new switch',
  since: stampAt(60_000_000),
  until: stampAt(1_860_000_000),
  notices: 'hold',
  objects: ['*'],
  ...over,
});

export const makeStatus = (over: Partial<Status> = {}): Status => ({
  version: '0.1.0',
  now_us: 90_000_000,
  wall_offset_us: WALL_OFFSET_US,
  host: 'compute-1',
  agent: { pid: 4711, uptime_s: 3725, rss_bytes: 61 * 2 ** 20 },
  helper: {
    connected: true,
    version: '0.1.0',
    strategy: 'timer',
    nudge: 'ask',
    sources: [
      { name: 'rtnl', state: 'ok', reason: null },
      { name: 'carrier', state: 'ok', reason: null },
      { name: 'prober', state: 'degraded', reason: 'no CAP_NET_RAW' },
    ],
    dropped: { bpf: 0, netlink: 0, ring: 0 },
  },
  reader: { use: 'auto', connected: false, version: null, tools: [] },
  groups: [
    {
      id: 'ecmp:10.77.9.2/32',
      kind: 'ecmp',
      targets: ['10.77.9.2/32'],
      mode: null,
      active: null,
      legs: [
        {
          id: 'c-a',
          ifindex: 31,
          gateway: '10.77.1.2',
          parent_dev: '0000:3b:00.0',
          state: 'up',
          carrier: true,
          admin_up: true,
          answering: true,
          member: null,
          speed_mbps: null,
        },
        {
          id: 'c-b',
          ifindex: 32,
          gateway: '10.77.2.2',
          parent_dev: null,
          state: 'up',
          carrier: true,
          admin_up: true,
          answering: null,
          member: null,
          speed_mbps: null,
        },
      ],
    },
  ],
  flows: [
    {
      id: '10.77.9.1:40112-10.77.9.2:3260',
      role: 'client',
      service_port: 3260,
      protocol: 'iscsi',
      target_name: null,
      group: 'ecmp:10.77.9.2/32',
      leg_out: 'c-a',
      leg_in: 'c-a',
      srtt_us: 312,
      state: 'moving',
      since_us: null,
    },
  ],
  alarms: { CRITICAL: 0, MAJOR: 0, MINOR: 0, WARNING: 0, INDETERMINATE: 0 },
  outbox: [makePending()],
  maintenance: null,
  recordings: { written: 0, failed: 0, problem: null },
  budget_ms: 1000,
  ...over,
});

export const makePaths = (over: Partial<Paths> = {}): Paths => {
  const { host, now_us, groups, flows } = makeStatus();
  return {
    host,
    now_us,
    measured: true,
    groups,
    flows: flows.map(flow => ({
      ...flow,
      remote: '10.77.9.2',
      remote_port: 3260,
      device_out: flow.leg_out,
      device_in: flow.leg_in,
      figures: {
        srtt_us: 312,
        rttvar_us: 40,
        backoff: 0,
        retransmits: 0,
        unacked_segments: 1,
        progress_us: now_us - 3000,
        bytes_acked: 1000,
        bytes_received: 2000,
      },
    })),
    flow_count: flows.length,
    sessions: [],
    disks: [],
    maps: [],
    ...over,
  };
};

export const makeAlarm = (over: Partial<Alarm> = {}): Alarm => ({
  id: 'a1',
  type: 'link-down',
  managedObjectId: 'leg/c-a',
  perceivedSeverity: 'MAJOR',
  eventType: 'COMMUNICATIONS_ALARM',
  probableCause: 'link-failure',
  alarmRaisedTime: stampAt(61_002_000),
  alarmChangedTime: null,
  alarmClearedTime: null,
  ackState: 'UNACKNOWLEDGED',
  alarmAcknowledgedTime: null,
  ackUser: null,
  eventTime: stampAt(61_000_000),
  isRootCause: true,
  correlatedAlarmIds: [],
  faultDetails: ['no carrier'],
  clearCause: null,
  drill: null,
  failover: null,
  maintenance: null,
  ...over,
});

export const makeChange = (over: Partial<AlarmChange> = {}): AlarmChange => ({
  kind: 'raised',
  revision: 1,
  alarm: makeAlarm(),
  hops: {
    event_us: 61_000_000,
    frame_us: 61_001_000,
    observed_us: 61_001_500,
    alarm_us: 61_002_000,
  },
  held: false,
  ...over,
});

export const makeRecord = (over: Partial<FailoverRecord> = {}): FailoverRecord => ({
  id: 'f1',
  group: 'ecmp:10.77.9.2/32',
  kind: 'ecmp',
  opened: stampAt(61_000_000),
  state: 'closed',
  budget_ms: 1000,
  strategy: 'timer',
  nudge: 'ask',
  drill: null,
  legs: [{ leg: 'c-a', lost_us: 61_000_000, healed_us: 63_000_000, source: 'carrier' }],
  cut: { t_us: 61_000_000, source: 'carrier', uncertainty_us: 1500 },
  seen_us: 61_001_200,
  switched_us: 61_003_400,
  announced_us: null,
  flowing_us: 61_012_300,
  told_us: 61_015_100,
  gap_us: 12_300,
  gap_below_spacing: false,
  spacing_us: 10_000,
  phases: null,
  flows: [
    {
      flow: '10.77.9.1:40112-10.77.9.2:3260',
      leg_out_before: 'c-a',
      leg_in_before: 'c-a',
      leg_out_after: 'c-b',
      leg_in_after: 'c-b',
      gap_us: 12_300,
      spacing_us: 10_000,
      switched_us: 61_003_400,
      flowing_us: 61_012_300,
    },
  ],
  verdict: 'PASS',
  reason: 'within the budget',
  told_verdict: 'PASS',
  back: {
    healed_us: 63_000_000,
    switched_us: 63_004_000,
    flowing_us: 63_004_500,
    gap_us: 9_900,
    verdict: 'PASS',
    reason: 'within the budget',
  },
  steered: null,
  findings: [],
  ...over,
});

/** A small host of which one disk is about to fail. */
export const makeHardware = (more: Partial<HardwareReport> = {}): HardwareReport => {
  const { host, now_us } = makeStatus();
  const common = { fru: null, health: 'ok' as const, alarms: [], facts: [], t: now_us };
  const unit = (vendor: string, part: string, serial: string) => ({
    ...{ slot: null, vendor, part, serial },
  });
  return {
    ...{ host, now_us, helper: true, reader: true },
    components: [
      {
        ...common,
        ...{ id: 'host', kind: 'host', name: 'Dell PowerEdge R740xd' },
        fru: unit('Dell', 'PowerEdge R740xd', '7XKJ9R2'),
        facts: [['processors', '32 online']],
      },
      {
        ...common,
        ...{ id: 'disk/nvme0n1', kind: 'disk', name: 'Samsung PM9A3' },
        ...{ health: 'warning', alarms: ['disk-failing'] },
        fru: unit('Samsung', 'PM9A3', 'S64'),
        facts: [['temperature', '49 °C']],
      },
      { ...common, id: 'sensor/acpitz/temp1', kind: 'sensor', name: 'temperature' },
    ],
    ...more,
  };
};

export interface FakeAgent {
  /** For --socket-dir. */
  folder: string;
  control: Control;
  /** Verbs in the order in which they were asked. */
  asked: string[];
  close(): Promise<void>;
}

/** A healthy host that agrees to every drill, unless the test answers differently. */
export async function fakeAgent(model: Partial<ControlModel> = {}): Promise<FakeAgent> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pathwarden-cli-'));
  const asked: string[] = [];
  let cut_us = 0;
  const answers: ControlModel = {
    status: () => makeStatus(),
    alarms: () => [makeAlarm()],
    paths: () => makePaths(),
    hardware: () => makeHardware(),
    failovers: () => [makeRecord()],
    'drill-ready': () => ({ refusals: [], flows: [], carrying_leg: 'c-a', steady: true }),
    'drill-cut': request => {
      cut_us = request.t_us;
      return { failover: 'f1' };
    },
    'drill-healed': () => ({ ok: true }),
    'drill-outcome': request => ({ record: drilled(request.drill, cut_us), alarms: [] }),
    'drill-end': () => ({ ok: true }),
    outbox: () => [makeLetter()],
    ack: ({ alarms }) => alarms.map(id => makeAlarm({ id, ackState: 'ACKNOWLEDGED' })),
    'maintenance-on': ({ reason, notices, objects }) =>
      makeMaintenance({ reason, notices, objects }),
    'maintenance-off': () => null,
    'outbox-retry': ({ letters }) => ({ count: letters.length }),
    'outbox-drop': ({ letters }) => ({ count: letters.length }),
    ...model,
  };
  const noted = Object.fromEntries(
    Object.entries(answers).map(([verb, answer]) => [
      verb,
      (request: never, client: number) => {
        asked.push(verb);
        return (answer as (request: never, client: number) => unknown)(request, client);
      },
    ]),
  ) as unknown as ControlModel;
  const control = await serveControl({ run_dir: folder, model: noted });
  return {
    folder,
    control,
    asked,
    async close() {
      await control.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A record as of a drill whose cut was made at cut_us. */
export function drilled(drill: string, cut_us: number): FailoverRecord {
  const by = cut_us - 61_000_000;
  const base = makeRecord();
  return makeRecord({
    drill,
    cut: { t_us: cut_us, source: 'drill', uncertainty_us: 90 },
    opened: stampAt(cut_us),
    seen_us: cut_us + 1200,
    switched_us: cut_us + 3400,
    flowing_us: cut_us + 12_300,
    told_us: cut_us + 15_100,
    back: base.back && {
      ...base.back,
      healed_us: base.back.healed_us + by,
      switched_us: (base.back.switched_us ?? 0) + by,
      flowing_us: (base.back.flowing_us ?? 0) + by,
    },
  });
}

export const nowUs = monotonicUs;
