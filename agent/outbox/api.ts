/** What the outbox offers to main.ts. */
import type { Log } from '../log.ts';
import type { Clock } from '../time.ts';
import type { AlarmChange, Told } from '../types.ts';
import type { Destination } from './destination.ts';
import type { SpoolState } from './health.ts';

export interface OutboxLimits {
  /** Notices that may wait for one destination. Default 10,000. */
  notices: number;
  /** Bytes of those notices. Default 16 MiB. */
  bytes: number;
  /** Size of the database. Default 64 MiB. */
  disk_bytes: number;
}

export interface OutboxOptions {
  /** Folder of the spool, made if missing (0700). */
  dir: string;
  source: string;
  destinations: Destination[];
  onTold(told: Told): void;
  /** ok: commits are on time; slow: notices leave before they are on disk; full: the spool takes nothing. */
  onState(state: SpoolState, reason: string): void;
  limits?: Partial<OutboxLimits>;
  log?: Log;
  clock?: Clock;
}

/** What was durable when the agent last ended, however it ended; null: nothing yet. */
export interface Recovered {
  state: unknown;
  cursor: unknown;
}

export interface PendingOf {
  adapter: string;
  pending: number;
  oldest_ms: number | null;
  last_error: string | null;
}

export interface Outbox {
  readonly recovered: Recovered;
  /**
   * In one transaction: notices for all changes, the state and the cursor. Returns at once. The promise never rejects:
   * true = it is on disk, false = not yet (it is tried again every second).
   */
  put(batch: { changes: AlarmChange[]; state: unknown; cursor: unknown }): Promise<boolean>;
  /** For each destination; as `outbox` of the control socket's status. */
  pending(): PendingOf[];
  /** Closes the destinations and the spool; what is pending stays on disk. False: the disk did not answer within 2 s. */
  close(): Promise<boolean>;
}
