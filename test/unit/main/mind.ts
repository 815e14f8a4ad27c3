/** The pure middle under test: frames in, alarms and records out, time as the test says. */
import { parseConfig } from '../../../agent/config.ts';
import { Replay, type ReplayOptions } from '../../../agent/main/replay.ts';
import type { Saved } from '../../../agent/main/store.ts';
import { nothing, type Thoughts } from '../../../agent/main/thoughts.ts';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { BOOT } from './host.ts';

export class Mind {
  readonly thoughts: Thoughts = nothing();
  readonly #replay: Replay;

  constructor(now = 100_000_000, saved: Saved | null = null, boot_id = BOOT) {
    const { config, problems } = parseConfig('source: urn:test:host', 'test', {});
    if (!config) throw new Error(JSON.stringify(problems));
    const options: ReplayOptions = { config, boot_id, wall_offset_us: 0, saved, now, crash: true };
    this.#replay = new Replay(options, thoughts => this.#add(thoughts));
  }

  get middle() {
    return this.#replay.middle;
  }

  get now(): number {
    return this.#replay.now;
  }

  set now(t: number) {
    this.#replay.now = t;
  }

  /** Each frame is heard `late` µs after its time. */
  take(frames: readonly Frame[], late = 0): this {
    for (const frame of frames) this.#replay.take(frame, late);
    return this;
  }

  /** All at once, with no time in between: the agent had not run for a while. */
  burst(frames: readonly Frame[]): this {
    for (const frame of frames) this.#add(this.middle.take(frame, this.now));
    return this;
  }

  observe(seen: Observation): this {
    this.#replay.observe(seen);
    return this;
  }

  until(t: number): this {
    this.#replay.until(t);
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
