/** A story told to the faults: each line is an observation (story/); what came of it is collected. */
import {
  type FaultInput,
  type FaultState,
  faultStep,
  initialFaults,
} from '../../../agent/faults/step.ts';
import type { FaultChange, Us } from '../../../agent/types.ts';

export { ms, s } from './story/base.ts';
export * from './story/bonds.ts';
export * from './story/flows.ts';
export * from './story/links.ts';
export * from './story/nics.ts';
export * from './story/ras.ts';
export * from './story/self.ts';
export * from './story/storage.ts';

export class Story {
  state: FaultState = initialFaults;
  wakeAt: Us | null = null;
  now: Us = 0;
  readonly changes: FaultChange[] = [];

  /** The observation is heard when it happens, or `late` µs after it. Ticks that are due before it are given first. */
  tell(input: FaultInput, late = 0): this {
    this.until((input.probe === 'tick' ? this.now : input.t) + late);
    return this.step(input);
  }

  /** Time passes; the room is woken when it asked for it. */
  until(t: Us): this {
    for (let i = 0; this.wakeAt !== null && this.wakeAt <= t; i++) {
      if (i > 100) throw new Error(`wakes for ever at ${this.wakeAt}`);
      this.now = Math.max(this.now, this.wakeAt);
      this.step({ probe: 'tick' });
    }
    this.now = Math.max(this.now, t);
    return this;
  }

  step(input: FaultInput): this {
    const [state, changes, wakeAt] = faultStep(this.state, input, this.now);
    this.state = state;
    this.wakeAt = wakeAt;
    this.changes.push(...changes);
    return this;
  }

  /** What happened since the last call, as `active link-down leg/a`. */
  said(): string[] {
    return this.changes
      .splice(0)
      .map(c => [c.kind, c.fault.type, c.fault.object, c.clearCause].filter(Boolean).join(' '));
  }

  active(): string[] {
    return Object.keys(this.state.active).sort();
  }
}
