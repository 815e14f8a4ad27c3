/** What the pure rooms made of one input. */
import type { AlarmChange, FailoverRecord, FaultChange, Observation } from '../types.ts';

export type Room = 'topology' | 'probes' | 'steering' | 'failovers' | 'faults' | 'alarms';

export interface Thoughts {
  observations: Observation[];
  records: FailoverRecord[];
  faults: FaultChange[];
  alarms: AlarmChange[];
  /** Rooms that threw; what they believed before stands. */
  failures: { room: Room; error: unknown }[];
}

export const nothing = (): Thoughts => ({
  observations: [],
  records: [],
  faults: [],
  alarms: [],
  failures: [],
});
