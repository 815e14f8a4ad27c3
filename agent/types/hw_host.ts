/** The host as a whole: processors and memory in use, file systems, watchdogs, and what only the kernel's log says. */
import type { Absent, Observed, Unknown } from './base.ts';

/** Of the probe `hw_host`. */
export type HwHostObservation = Observed & { probe: 'hw_host' } & (
    | {
        aspect: 'processors';
        subject: 'host';
        /** Lists as `0-3,8`. smt: on, off, forceoff, notsupported. */
        value: { present: string; online: string; smt: string | null } | Unknown | Absent;
      }
    | {
        aspect: 'memory';
        subject: 'host';
        value: { blocks: number; offline: number } | Unknown | Absent;
      }
    | {
        aspect: 'filesystem';
        /** `filesystem//srv`. */
        subject: `filesystem/${string}`;
        value: 'writable' | 'read-only' | 'by-error' | Unknown | Absent;
        filesystem: string;
        /** sda1, /dev/mapper/x, host:/export. */
        source: string;
      }
    | {
        aspect: 'watchdog';
        subject: `watchdog/${string}`;
        value: { identity: string; has_reset: boolean } | Unknown | Absent;
      }
    /** An event: a record of the kernel's log. */
    | {
        aspect: 'kernel';
        subject: 'host' | `filesystem/${string}`;
        value: { what: 'task-hung' | 'cpu-lockup' | 'read-only'; text: string };
      }
  );
