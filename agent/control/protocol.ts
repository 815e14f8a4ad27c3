/**
 * What the CLI and the agent say to each other, in node-ipc's framing, on two sockets: `view` (group pathwarden,
 * may change nothing) and `admin` (root). A request is answered by exactly one reply with its id; `follow` goes on
 * with events until the client leaves.
 */
import * as z from 'zod';
import type { Letter, PendingOf } from '../outbox/api.ts';
import type {
  Alarm,
  AlarmChange,
  Component,
  FailoverRecord,
  Flow,
  Group,
  Maintenance,
  PathDisk,
  PathMap,
  PathSession,
  Severity,
  Us,
} from '../types.ts';

const id = z.int().min(0);
const name = z.string().min(1).max(128);
const us = z.int().min(0);
const letters = z.array(z.int().min(1)).min(1).max(1000);
/** Who asks, as they name themselves. */
const user = z.string().min(1).max(128);

/** Taken by both sockets. */
export const viewRequest = z.discriminatedUnion('verb', [
  z.object({ id, verb: z.literal('status') }),
  z.object({ id, verb: z.literal('alarms'), all: z.boolean() }),
  z.object({
    id,
    verb: z.literal('failovers'),
    limit: z.int().min(1).max(1000),
  }),
  /** Every storage path. Reply: Paths, with `limit` flows at most. */
  z.object({ id, verb: z.literal('paths'), limit: z.int().min(1).max(10_000) }),
  /** Every component that is known, with its health. */
  z.object({ id, verb: z.literal('hardware') }),
  /** Alarm changes, failover records and (with frames) what the probes see, as they come. */
  z.object({
    id,
    verb: z.literal('follow'),
    topics: z.array(z.enum(['alarms', 'failovers', 'observations'])).max(3),
  }),
  /** Notices that wait or were refused. */
  z.object({
    id,
    verb: z.literal('outbox'),
    state: z.enum(['waiting', 'dead']).optional(),
    adapter: name.optional(),
    limit: z.int().min(1).max(1000),
  }),
]);

/** Taken by the admin socket alone. */
export const adminRequest = z.discriminatedUnion('verb', [
  /**
   * Before each repeat: is it sensible now? From the first one on until drill-end, alarms on this group, its legs and
   * targets carry `drill`, since some are raised before drill-cut can arrive. Reply: DrillReadiness.
   */
  z.object({
    id,
    verb: z.literal('drill-ready'),
    drill: name,
    group: name,
    leg: name,
  }),
  /** The cut was made at t_us. Also starts the helper's trace. Reply: the failover record's id. */
  z.object({
    id,
    verb: z.literal('drill-cut'),
    drill: name,
    kind: name,
    group: name,
    leg: name,
    t_us: us,
    uncertainty_us: us,
    budget_ms: z.int().min(1).max(60_000),
    hold_ms: z.int().min(1).max(60_000),
  }),
  z.object({ id, verb: z.literal('drill-healed'), drill: name, t_us: us }),
  /** The record of the current repeat; answered when it is closed (or incomplete). Reply: DrillOutcome. */
  z.object({ id, verb: z.literal('drill-outcome'), drill: name }),
  z.object({ id, verb: z.literal('drill-end'), drill: name }),
  /** Active alarms, by id. acknowledged false: takes it back. Reply: the alarms as they are now. */
  z.object({
    id,
    verb: z.literal('ack'),
    alarms: z.array(name).min(1).max(1000),
    acknowledged: z.boolean(),
    user,
  }),
  /** Replaces one that is on. */
  z.object({
    id,
    verb: z.literal('maintenance-on'),
    for_ms: z
      .int()
      .min(1000)
      .max(30 * 86_400_000),
    reason: z.string().min(1).max(1024),
    notices: z.enum(['hold', 'mark']),
    objects: z.array(z.string().min(1).max(256)).min(1).max(64),
  }),
  z.object({ id, verb: z.literal('maintenance-off') }),
  z.object({ id, verb: z.literal('outbox-retry'), letters }),
  z.object({ id, verb: z.literal('outbox-drop'), letters }),
]);

export type ViewRequest = z.infer<typeof viewRequest>;
export type AdminRequest = z.infer<typeof adminRequest>;

export interface Status {
  version: string;
  /** Now, µs CLOCK_MONOTONIC. */
  now_us: Us;
  wall_offset_us: number;
  host: string;
  agent: { pid: number; uptime_s: number; rss_bytes: number };
  helper: {
    connected: boolean;
    version: string | null;
    strategy: string | null;
    nudge: string | null;
    sources: {
      name: string;
      state: 'ok' | 'degraded' | 'absent';
      reason: string | null;
    }[];
    dropped: { bpf: number; netlink: number; ring: number };
  };
  reader: {
    use: 'auto' | 'on' | 'off';
    connected: boolean;
    version: string | null;
    /** interval_ms: how often it is run for each of its subjects. */
    tools: { tool: string; state: 'ok' | 'absent'; reason: string | null; interval_ms: number }[];
  };
  groups: Group[];
  flows: Flow[];
  /** Active ones. */
  alarms: Record<Exclude<Severity, 'CLEARED'>, number>;
  outbox: PendingOf[];
  /** Null: it is off. */
  maintenance: Maintenance | null;
  /** Of what led to alarms; null: nothing is recorded. problem: why the last one could not be written. */
  recordings: { written: number; failed: number; problem: string | null } | null;
  budget_ms: number;
}

/** What a flow's socket knows. */
export interface FlowFigures {
  srtt_us: Us;
  rttvar_us: Us;
  /** How often its retransmission time-out has doubled (RFC 6298, 5.5). */
  backoff: number;
  retransmits: number;
  unacked_segments: number;
  /** The last time that something was acknowledged or came; null: never. */
  progress_us: Us | null;
  bytes_acked: number;
  bytes_received: number;
}

export interface PathFlow extends Flow {
  /** Address of the other end, and its port where that end serves. */
  remote: string;
  remote_port: number | null;
  /** Interfaces that the routes name, a bond where the leg is one of its members; null: not known. */
  device_out: string | null;
  device_in: string | null;
  /** Null: the helper did not say. */
  figures: FlowFigures | null;
}

export interface Paths {
  host: string;
  /** Now, µs CLOCK_MONOTONIC. */
  now_us: Us;
  /** The helper has told what the sockets know. */
  measured: boolean;
  groups: Group[];
  flows: PathFlow[];
  /** Of all, more than `flows` may have. */
  flow_count: number;
  sessions: PathSession[];
  disks: PathDisk[];
  maps: PathMap[];
}

export interface HardwareReport {
  host: string;
  /** Now, µs CLOCK_MONOTONIC. */
  now_us: Us;
  /** Who tells of it: the helper of what the kernel knows, the reader of what tools say. */
  helper: boolean;
  reader: boolean;
  components: Component[];
}

/** Reasons that forbid a drill; the CLI exits 3 and names them. force: `--force` may override. */
export interface DrillReadiness {
  refusals: { reason: string; force: boolean }[];
  /** Flows of the group, with their legs. */
  flows: Flow[];
  /** The leg that carries the tracked flow, for the default of --leg. */
  carrying_leg: string | null;
  /** Every flow has progressed for 2 s and the links were quiet for 1.2 s: the next repeat may begin. */
  steady: boolean;
}

export interface DrillOutcome {
  record: FailoverRecord;
  /** Alarms raised or changed under this drill since its cut, as they stand. */
  alarms: Alarm[];
}

export interface Replies {
  status: Status;
  alarms: Alarm[];
  paths: Paths;
  hardware: HardwareReport;
  failovers: FailoverRecord[];
  follow: { following: true };
  'drill-ready': DrillReadiness;
  'drill-cut': { failover: string };
  'drill-healed': { ok: true };
  'drill-outcome': DrillOutcome;
  'drill-end': { ok: true };
  outbox: Letter[];
  ack: Alarm[];
  'maintenance-on': Maintenance;
  /** Null: it was off. */
  'maintenance-off': Maintenance | null;
  'outbox-retry': { count: number };
  'outbox-drop': { count: number };
}

export type Reply =
  | { id: number; ok: true; result: unknown }
  | { id: number; ok: false; error: string };

/** Sent after `follow`. */
export type StreamEvent =
  | { topic: 'alarms'; change: AlarmChange }
  | { topic: 'failovers'; record: FailoverRecord }
  | { topic: 'observations'; text: string; t_us: Us };
