/** The pure middle under test: frames in, alarms and records out, time as the test says. */
import { parseConfig } from '../../../agent/config.ts';
import { Middle } from '../../../agent/main/middle.ts';
import type { Saved } from '../../../agent/main/store.ts';
import type { Thoughts } from '../../../agent/main/thoughts.ts';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { BOOT } from './host.ts';

export class Mind {
  readonly middle: Middle;
  now: number;
  readonly thoughts: Thoughts = {
    observations: [],
    records: [],
    faults: [],
    alarms: [],
    failures: [],
  };

  constructor(now = 100_000_000, saved: Saved | null = null, boot_id = BOOT) {
    const { config, problems } = parseConfig('source: urn:test:host', 'test', {});
    if (!config) throw new Error(JSON.stringify(problems));
    this.now = now;
    this.middle = new Middle({ config, boot_id, wall_offset_us: 0, saved, now, crash: true });
  }

  /** Each frame is heard `late` µs after its time. */
  take(frames: readonly Frame[], late = 0): this {
    for (const frame of frames) {
      this.until(frame.data.t_us + late);
      this.#add(this.middle.take(frame, this.now));
    }
    return this;
  }

  /** All at once, with no time in between: the agent had not run for a while. */
  burst(frames: readonly Frame[]): this {
    for (const frame of frames) this.#add(this.middle.take(frame, this.now));
    return this;
  }

  observe(seen: Observation): this {
    this.until(seen.t);
    this.#add(this.middle.observe(seen, this.now));
    return this;
  }

  until(t: number): this {
    for (let i = 0; ; i++) {
      const { wakeAt } = this.middle;
      if (wakeAt === null || wakeAt > t) break;
      if (i > 1000) throw new Error(`wakes for ever at ${wakeAt}`);
      this.now = Math.max(this.now, wakeAt);
      this.#add(this.middle.tick(this.now));
    }
    this.now = Math.max(this.now, t);
    return this;
  }

  #add(thoughts: Thoughts): void {
    for (const key of Object.keys(thoughts) as (keyof Thoughts)[]) {
      (this.thoughts[key] as unknown[]).push(...thoughts[key]);
    }
  }

  /** Alarm changes since the last call, as `raised link-down leg/c-a`. */
  said(): string[] {
    return this.thoughts.alarms
      .splice(0)
      .map(({ kind, alarm }) =>
        [kind, alarm.type, alarm.managedObjectId, alarm.clearCause].filter(Boolean).join(' '),
      );
  }

  active(): string[] {
    return Object.keys(this.middle.faults.active).sort();
  }
}
