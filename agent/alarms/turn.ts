/** One step of the alarm room while it is under way: the state so far, and the changes that are told. */
import type { Alarm, AlarmChange, AlarmChangeKind, Stamp, Us } from '../types.ts';
import { holds, reasonFor } from './maintenance.ts';
import { isWorse } from './severity.ts';
import type { AlarmRules, AlarmState, Entry } from './state.ts';

export interface AlarmContext {
  /** Turns a time of this boot into one that outlives it. */
  stampOf: (t: Us) => Stamp;
  rules: AlarmRules;
  /** The time of the frame that led to the input; null: none did. */
  frame_us: Us | null;
  /** When that frame had been read; null: as above. */
  observed_us: Us | null;
}

/** What of an entry changes beside its alarm, and how that is told. */
interface Manner extends Partial<Omit<Entry, 'change'>> {
  kind?: AlarmChangeKind;
  held?: boolean;
}

export class Turn {
  state: AlarmState;
  readonly now: Us;
  readonly context: AlarmContext;
  readonly changes: AlarmChange[] = [];
  #own: Record<string, Entry> | null = null;

  constructor(state: AlarmState, now: Us, context: AlarmContext) {
    this.state = state;
    this.now = now;
    this.context = context;
  }

  get stamp(): Stamp {
    return this.context.stampOf(this.now);
  }

  /** Puts an entry in its place without a word. */
  keep(key: string, entry: Entry): void {
    this.#active()[key] = entry;
  }

  /** Copied once for the whole step: thousands of targets may stall and be explained in one. */
  #active(): Record<string, Entry> {
    if (this.#own === null) {
      this.#own = { ...this.state.active };
      this.state = { ...this.state, active: this.#own };
    }
    return this.#own;
  }

  /** event_us: when the thing happened, if nothing of ours lies between that and now but the way here. */
  raise(key: string, alarm: Alarm, event_us: Us | null, rest: Omit<Entry, 'change'>): void {
    const { maintenance } = this.state;
    const marked = { ...alarm, maintenance: reasonFor(maintenance, alarm.managedObjectId) };
    const held = holds(maintenance, alarm.managedObjectId);
    const change = this.#tell({
      kind: 'raised',
      revision: 1,
      alarm: marked,
      held,
      hops: this.#hops(event_us),
    });
    this.keep(key, { ...rest, change });
  }

  /** An acknowledged alarm that gets worse waits for a new acknowledgement. */
  change(key: string, what: Partial<Alarm>, manner: Manner = {}): void {
    const entry = this.state.active[key]!;
    const { kind = 'changed', held = entry.change.held, ...rest } = manner;
    const before = entry.change.alarm;
    const alarm: Alarm = {
      ...before,
      ...what,
      alarmChangedTime: this.stamp,
      maintenance: reasonFor(this.state.maintenance, before.managedObjectId),
    };
    if (isWorse(alarm.perceivedSeverity, before.perceivedSeverity)) {
      Object.assign(alarm, unacknowledged);
    }
    const revision = entry.change.revision + 1;
    const change = this.#tell({ kind, revision, alarm, held, hops: this.#hops(null) });
    this.keep(key, { ...entry, ...rest, change });
  }

  /** Told like a change, and no longer active. */
  clear(key: string, what: Partial<Alarm>): void {
    this.change(key, { ...what, perceivedSeverity: 'CLEARED' }, { kind: 'cleared' });
    delete this.#active()[key];
  }

  #hops(event_us: Us | null): AlarmChange['hops'] {
    const { frame_us, observed_us } = this.context;
    return { event_us, frame_us, observed_us, alarm_us: this.now };
  }

  #tell(change: AlarmChange): AlarmChange {
    this.changes.push(change);
    return change;
  }
}

export const unacknowledged = {
  ackState: 'UNACKNOWLEDGED',
  alarmAcknowledgedTime: null,
  ackUser: null,
} as const;
