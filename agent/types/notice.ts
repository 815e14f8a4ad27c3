/** The duty to tell one adapter of one alarm change, and what came of it. */
import type { AlarmChange, Hops } from './alarm.ts';
import type { Stamp, Us } from './base.ts';

/** The duty to tell one adapter of one alarm change. */
export interface Notice {
  /** Idempotency key: `${alarm.id}/${revision}`; with the source it is unique for ever. */
  key: string;
  adapter: string;
  change: AlarmChange;
  /** Counts this adapter's notices from 1, across restarts: a receiver sees by a hole that one was given up. */
  sequence: number;
  /** It left before it was on disk (spool slow or full). */
  uncommitted: boolean;
}

/**
 * The duty to tell one adapter that what it knows may have a hole: notices were given up, or the agent has lost its
 * memory. Whoever gets it reads the alarm list anew (SOL003's AlarmListRebuiltNotification).
 */
export interface RebuiltNotice {
  /** `rebuilt/<wall_us>`. */
  key: string;
  adapter: string;
  reason: string;
  at: Stamp;
  sequence: number;
  uncommitted: boolean;
}

export type SendResult =
  | { outcome: 'delivered' }
  /** after_ms: the receiver's wish (Retry-After), null = by our own back-off. */
  | { outcome: 'retry'; reason: string; after_ms: number | null }
  /** The receiver will never take it: it becomes a dead letter. */
  | { outcome: 'refused'; reason: string };

/** What main.ts learns from the outbox about one notice. */
export interface Told {
  key: string;
  adapter: string;
  alarm_id: string;
  acknowledged_us: Us;
  hops: DeliveryHops;
}

export interface DeliveryHops extends Hops {
  /** It was on disk; null: it left before. */
  commit_us: Us | null;
  /** The first attempt began, and the one that was acknowledged. */
  first_send_us: Us;
  send_us: Us;
  acknowledged_us: Us;
}
