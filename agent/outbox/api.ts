/** What the outbox offers to main.ts. */
import type { Log } from '../log.ts';
import type { Clock } from '../time.ts';
import type { AlarmChange, Told, Us } from '../types.ts';
import type { Destination } from './destination.ts';
import type { SpoolState } from './health.ts';

export interface OutboxLimits {
  /** Notices of one destination that are kept in memory; the others wait on disk alone. Default 2,000. */
  in_memory: number;
  /** Notices that may wait for one destination. Default 200,000. */
  notices: number;
  /** Size of the database. Default 256 MiB. */
  disk_bytes: number;
  /** A notice that is older is given up. Default 7 days. */
  age_ms: number;
  /** Refused notices that are kept, for each destination. Default 1,000. */
  dead_letters: number;
  /** Alarm changes that are kept for those who resume the alarm stream. Default 10,000. */
  journal: number;
}

/** How a destination is doing; told when that is known for the first time, and when it changes. */
export interface DeliveryState {
  adapter: string;
  value: 'ok' | 'slow' | 'failing';
  reason: string;
}

export interface OutboxOptions {
  /** Folder of the spool, made if missing (0700). */
  dir: string;
  source: string;
  destinations: Destination[];
  /** ms from the event to the acknowledgement: slow is a p99 over 5 minutes beyond it. */
  budget_ms: number;
  /** Alarms that are active now, as their last change. */
  active(): readonly AlarmChange[];
  onTold(told: Told): void;
  /** ok: commits are on time; slow: notices leave before they are on disk; full: the spool takes nothing. */
  onState(state: SpoolState, reason: string): void;
  onDelivery(state: DeliveryState): void;
  limits?: Partial<OutboxLimits>;
  log?: Log;
  clock?: Clock;
}

/** What was durable when the agent last ended, however it ended; null: nothing yet. */
export interface Recovered {
  state: unknown;
  cursor: unknown;
  /** There had been something, and it is lost. */
  lost: boolean;
  /** The last run was ended at once: what it told as uncommitted may be unknown here, and its keys given anew. */
  unclean: boolean;
}

/** µs from the event (the cut, else the alarm) to the acknowledgement, over the last 5 minutes. */
export interface Latency {
  count: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
}

export interface PendingOf {
  adapter: string;
  kind: string;
  primary: boolean;
  pending: number;
  oldest_ms: number | null;
  last_error: string | null;
  state: DeliveryState['value'];
  /** Since the start. */
  delivered: number;
  refused: number;
  /** Given up because too many waited, or too long. */
  given_up: number;
  /** Refused ones that are kept. */
  dead: number;
  /** Null: nothing was acknowledged in the last 5 minutes. */
  latency: Latency | null;
}

/** Of one adapter since the start, for /metrics: notices by the time that each part took; bounds in µs, the last is infinite. */
export interface LatencyHistogram {
  adapter: string;
  /** Upper bounds, µs. */
  bounds_us: readonly number[];
  /** event: from the event; alarm: from the alarm's decision; commit: until it was on disk; send: the attempt that was acknowledged. */
  parts: Record<
    'event' | 'alarm' | 'commit' | 'send',
    { counts: readonly number[]; sum_us: number; count: number }
  >;
}

/** A notice that waits, or was refused. */
export interface Letter {
  /** Names it for retry and drop: it stays the same. */
  n: number;
  adapter: string;
  key: string;
  state: 'waiting' | 'dead';
  type: string;
  object: string;
  kind: AlarmChange['kind'] | 'rebuilt';
  put_wall_us: number;
  tries: number;
  error: string | null;
}

/** An alarm change as it was put, whoever was told of it. */
export interface JournalEntry {
  /** Counts from 1, across restarts. */
  n: number;
  change: AlarmChange;
}

export interface Outbox {
  readonly recovered: Recovered;
  /**
   * In one transaction: notices for all changes but those that are held, the state and the cursor. Returns at once. The
   * promise never rejects: true = it is on disk, false = not yet (it is tried again every second).
   */
  put(batch: { changes: AlarmChange[]; state: unknown; cursor: unknown }): Promise<boolean>;
  /** For each destination; as `outbox` of the control socket's status. */
  pending(): PendingOf[];
  histograms(): LatencyHistogram[];
  /** The oldest first; at most `limit` (1 to 1,000). Rejects when the disk does not answer. */
  letters(of: { state?: Letter['state']; adapter?: string; limit: number }): Promise<Letter[]>;
  /**
   * Dead letters go out once more, behind what waits for the same alarm; of one that has ended only together with the
   * letter of its end, so that no receiver takes it for active. Resolved with how many.
   */
  retry(letters: readonly number[]): Promise<number>;
  /** Letters are given up for good. Waiting ones too, which leaves a hole. Resolved with how many. */
  drop(letters: readonly number[]): Promise<number>;
  /**
   * Alarm changes after number `after`, the oldest first, at most `limit`. `first`: the oldest that is kept, `last`: the
   * newest that was put (0: none yet). Rejects when the disk does not answer.
   */
  journal(
    after: number,
    limit: number,
  ): Promise<{ entries: JournalEntry[]; first: number; last: number }>;
  /** Called for each change that is put, at once. Returns what ends that. */
  follow(listener: (entry: JournalEntry) => void): () => void;
  /** All destinations that have a word for it are told that what they know may have a hole. */
  rebuilt(reason: string): void;
  /** Closes the destinations and the spool; what is pending stays on disk. False: the disk did not answer within 2 s. */
  close(): Promise<boolean>;
  /** µs CLOCK_MONOTONIC since when each destination has failed; null: it does not. */
  failing(): Record<string, Us | null>;
}
