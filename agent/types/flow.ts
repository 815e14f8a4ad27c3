/** Storage connections. */
import type { Absent, Observed, Unknown, Us } from './base.ts';
import type { StorageProtocol } from './storage.ts';

export interface Flow {
  /** `10.77.9.1:40112-10.77.9.2:3260`, local end first. */
  id: string;
  role: 'client' | 'server';
  service_port: number;
  protocol: StorageProtocol;
  /** IQN, NQN or export of the kernel's own session with that end; null: it has none, or several. */
  target_name: string | null;
  group: string | null;
  /** Leg (interface name) by which it leaves, and by which the peer's packets come. */
  leg_out: string | null;
  leg_in: string | null;
  srtt_us: number;
  state: 'moving' | 'stalled' | 'slow';
  /** Since when it is stalled or slow. */
  since_us: Us | null;
}

/** Of the probe `storage_flow`. */
export type FlowObservation =
  | (Observed & {
      probe: 'storage_flow';
      aspect: 'progress';
      subject: `flow/${string}`;
      /** slow: acknowledged but not answered. */
      value: 'moving' | 'stalled' | 'slow' | Unknown | Absent;
      /** Stalled, slow: the last progress. Moving: the progress that ended the last stall, or when it was first seen. */
      since_us: Us;
      /** Smoothed round-trip time, 0: not known. */
      srtt_us: Us;
      group: string | null;
      /** Address of the other end: alarms are keyed on (group, target), never on the connection. */
      target: string;
      role: 'client' | 'server';
      leg_out: string | null;
      leg_in: string | null;
    })
  | (Observed & {
      probe: 'storage_flow';
      aspect: 'passage';
      subject: `flow/${string}`;
      group: string | null;
      value:
        | {
            kind: 'legs' | 'switched';
            direction: 'out' | 'in';
            from: string | null;
            to: string | null;
          }
        | { kind: 'progressed'; after: 'pause' | 'switch'; since_us: Us }
        | {
            kind: 'traced';
            pause_from_us: Us;
            pause_to_us: Us;
            pause_open: boolean;
            progress_count: number;
            spacing_us: number;
          };
    });
