/** The alarm room under test: it is told faults, acknowledgements and maintenance, and woken when it asked for it. */
import {
  type AlarmInput,
  type AlarmRules,
  type AlarmState,
  alarmStep,
  initialAlarms,
  restoreAlarms,
} from '../../../agent/alarms/step.ts';
import { makeFault } from '../../../agent/faults/set.ts';
import type {
  AlarmChange,
  Fault,
  FaultChange,
  Maintenance,
  Stamp,
  Us,
} from '../../../agent/types.ts';

export const s = 1_000_000;
export const BOOT = '11111111-2222-4333-8444-555555555555';
/** Wall time at the beginning of the clock. */
export const WALL_US = 1e15;

export const DEFAULT_RULES: AlarmRules = {
  severities: [],
  damping: { cycles: 3, window_s: 60, hold_s: 30 },
};

export const active = (of: Parameters<typeof makeFault>[0]): FaultChange => ({
  kind: 'active',
  fault: makeFault(of),
  clearCause: null,
});

export const linkDown = (leg: string, at: Us, over: Partial<Fault> = {}): FaultChange =>
  active({ type: 'link-down', object: `leg/${leg}`, t: at, leg, details: ['no carrier'], ...over });

export const changed = (change: FaultChange, over: Partial<Fault>): FaultChange => ({
  kind: 'changed',
  fault: { ...change.fault, ...over },
  clearCause: null,
});

export const cleared = (
  change: FaultChange,
  at: Us,
  clearCause: FaultChange['clearCause'] = 'condition-ended',
): FaultChange => ({ kind: 'cleared', fault: { ...change.fault, t: at }, clearCause });

export class Alarms {
  state: AlarmState = initialAlarms;
  now: Us = 0;
  wakeAt: Us | null = null;
  boot = BOOT;
  offset = WALL_US;
  /** Of what is told next. */
  hops: { frame_us: Us | null; observed_us: Us | null } = { frame_us: null, observed_us: null };
  readonly rules: AlarmRules;
  readonly changes: AlarmChange[] = [];

  constructor(rules: Partial<AlarmRules> = {}) {
    this.rules = { ...DEFAULT_RULES, ...rules };
  }

  stampOf = (mono_us: Us): Stamp => ({
    boot_id: this.boot,
    mono_us,
    wall_us: mono_us + this.offset,
  });

  /** Told at this time, after the ticks that are due before it. Returns what came of it, the ticks included. */
  take(input: AlarmInput, now: Us): AlarmChange[] {
    const before = this.changes.length;
    this.until(now);
    this.step(input);
    return this.changes.slice(before);
  }

  until(t: Us): AlarmChange[] {
    const before = this.changes.length;
    while (this.wakeAt !== null && this.wakeAt <= t) {
      this.now = Math.max(this.now, this.wakeAt);
      this.step({ probe: 'tick' });
    }
    this.now = Math.max(this.now, t);
    return this.changes.slice(before);
  }

  step(input: AlarmInput): void {
    const context = { stampOf: this.stampOf, rules: this.rules, ...this.hops };
    const [state, changes, wakeAt] = alarmStep(this.state, input, this.now, context);
    if (wakeAt !== null && wakeAt <= this.now)
      throw new Error(`wakes at ${wakeAt}, now ${this.now}`);
    this.state = state;
    this.wakeAt = wakeAt;
    this.changes.push(...changes);
  }

  /** The agent ends, and is back at once: what it knows is what was stored. */
  restart(): AlarmChange[] {
    const before = this.changes.length;
    this.state = restoreAlarms(JSON.parse(JSON.stringify(this.state)), true, this.now);
    this.step({ probe: 'tick' });
    return this.changes.slice(before);
  }

  /** The host boots: the monotonic clock begins anew, `away` µs of the wall clock later. */
  reboot(away: Us): AlarmChange[] {
    const before = this.changes.length;
    this.offset += this.now + away;
    this.boot = `${this.boot.slice(0, -1)}6`;
    this.now = 5 * s;
    this.offset -= this.now;
    this.state = restoreAlarms(JSON.parse(JSON.stringify(this.state)), false, this.now);
    this.step({ probe: 'tick' });
    return this.changes.slice(before);
  }

  maintain(
    now: Us,
    for_us: Us,
    notices: Maintenance['notices'] = 'hold',
    objects: string[] = ['*'],
    reason = 'new switch',
  ): AlarmChange[] {
    const since = this.stampOf(now);
    const until = this.stampOf(now + for_us);
    const maintenance = { reason, since, until, notices, objects };
    return this.take({ verb: 'maintenance', maintenance }, now);
  }
}

/** `raised link-down leg/a`, with `held` before it when nobody is told. */
export const said = (changes: AlarmChange[]): string[] =>
  changes.map(({ kind, held, alarm }) =>
    [held ? 'held' : '', kind, alarm.type, alarm.managedObjectId].filter(Boolean).join(' '),
  );
