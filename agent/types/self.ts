/** What re-enters on the left: an acknowledgement's time, how a receiver does, a verdict, our own faults. */
import type { Absent, Observed } from './base.ts';
import type { FailoverRecord } from './failover.ts';

/** Of the probe `self`. */
export type SelfObservation = Observed & { probe: 'self' } & (
    | {
        aspect: 'helper';
        subject: 'host';
        value: 'connected' | 'lost';
        strategy: string;
        nudge: string;
        boot_id: string;
        /** CLOCK_REALTIME − CLOCK_MONOTONIC. */
        wall_offset_us: number;
      }
    /** Frames that fail their schema, sources that are absent, events lost: can we see at all? */
    | {
        aspect: 'sight';
        subject: `source/${string}`;
        value: 'ok' | 'degraded' | 'blind';
        reason: string;
      }
    | { aspect: 'trace'; subject: 'host'; value: 'open' | 'closed' }
    | {
        aspect: 'spool';
        subject: 'host';
        value: 'ok' | 'slow' | 'full';
        reason: string;
      }
    /** Whether a receiver takes notices, and whether it takes them within the budget. */
    | {
        aspect: 'delivery';
        subject: `adapter/${string}`;
        /** failing: it has taken none for 10 s although some wait; slow: p99 over 5 minutes is past the budget. */
        value: 'ok' | 'slow' | 'failing' | Absent;
        reason: string;
      }
    /** What a receiver took and then did not carry out: a recovery that failed. */
    | {
        aspect: 'escalation';
        subject: `adapter/${string}`;
        value: 'ok' | 'failed' | Absent;
        reason: string;
      }
    /** An adapter acknowledged a notice of this alarm. */
    | {
        aspect: 'told';
        subject: `alarm/${string}`;
        value: 'told';
        adapter: string;
        primary: boolean;
        failover: string | null;
      }
    | {
        aspect: 'drill';
        subject: `drill/${string}`;
        value: 'ready' | 'cut' | 'healed' | 'ended';
        kind: string;
        group: string;
        leg: string;
        uncertainty_us: number;
        budget_ms: number;
      }
    /** A failover record changed; faults judge it (failover-slow, failover-absent, peer-still-uses-leg). */
    | {
        aspect: 'failover';
        subject: `failover/${string}`;
        value: 'open' | 'closed';
        record: FailoverRecord;
      }
  );
