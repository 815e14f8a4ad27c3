/** What the alarm room remembers. Plain JSON: it is stored with the notices, and comes back with the next start. */
import type { Config } from '../config.ts';
import type { AlarmChange, ClearCause, Maintenance, Stamp, Us } from '../types.ts';

/** `alarms` of the configuration: whose severity the operator sets, and when an alarm flaps. */
export type AlarmRules = Config['alarms'];

/** What explains an alarm: an alarm that nothing explains. */
export interface Root {
  id: string;
  object: string;
}

/** The condition has ended, and the clear waits: the alarm flaps. */
export interface Ending {
  /** When it is told unless the condition comes back before. */
  due: Us;
  cleared: Stamp;
  t: Us;
  cause: ClearCause;
  details: string[];
}

export interface Entry {
  /** The last of its changes. */
  change: AlarmChange;
  /** Keys of faults that explain it. */
  causes: string[];
  /** Empty: it is a root itself. May name alarms that have cleared since. */
  roots: Root[];
  /** Null: the condition stands. */
  ending: Ending | null;
  /** So often has the condition come back while the clear waited. */
  returns: number;
}

/** A cleared alarm, for what it caused and what is told a moment later. */
export interface Past {
  root: Root;
  /** What explained it. */
  roots: Root[];
  failover: string | null;
  /** From when to when the condition stood. */
  from: Us;
  to: Us;
  /** When it was cleared. */
  at: Us;
}

export interface AlarmState {
  /** Alarms raised since the store was made. */
  raised: number;
  /** By fault key. */
  active: Readonly<Record<string, Entry>>;
  drills: Readonly<Record<string, { group: string; legs: string[] }>>;
  maintenance: Maintenance | null;
  /** By fault key: when it was cleared lately. */
  clears: Readonly<Record<string, readonly Us[]>>;
  /** By fault key. */
  past: Readonly<Record<string, Past>>;
}

export const initialAlarms: AlarmState = {
  raised: 0,
  active: {},
  drills: {},
  maintenance: null,
  clears: {},
  past: {},
};

/**
 * The state of an earlier run, made fit for this one. There is no drill: whoever ran one has lost its connection. After
 * a reboot monotonic times mean nothing: a clear that waits has waited long enough. A maintenance ends by the wall clock.
 */
export function restoreAlarms(saved: AlarmState, sameBoot: boolean, now: Us): AlarmState {
  const state: AlarmState = { ...saved, drills: {} };
  if (sameBoot) return state;
  const hops = { event_us: null, frame_us: null, observed_us: null, alarm_us: now };
  const active = Object.entries(state.active).map(([key, { change, ending, ...rest }]) => [
    key,
    { ...rest, change: { ...change, hops }, ending: ending && { ...ending, due: now } },
  ]);
  return { ...state, active: Object.fromEntries(active), clears: {}, past: {} };
}
