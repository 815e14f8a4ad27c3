/** A clock that stands still until a test moves it. */
import type { Clock } from '../../../agent/time.ts';

interface Pending {
  at_us: number;
  fn: () => void;
}

export class HandClock implements Clock {
  #mono_us = 1_000_000_000;
  /** What is added to monotonic time; a test may step it. */
  wallOffset_us = 1_700_000_000_000_000;
  readonly #pending = new Set<Pending>();

  monoUs(): number {
    return this.#mono_us;
  }

  wallUs(): number {
    return this.#mono_us + this.wallOffset_us;
  }

  after(ms: number, fn: () => void): { cancel(): void } {
    const timer: Pending = { at_us: this.#mono_us + Math.max(0, ms) * 1000, fn };
    this.#pending.add(timer);
    return { cancel: () => this.#pending.delete(timer) };
  }

  /** Moves time on by `ms`, timer by timer, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#mono_us + ms * 1000;
    await settled();
    for (;;) {
      const [next] = [...this.#pending]
        .filter(({ at_us }) => at_us <= end)
        .sort((a, b) => a.at_us - b.at_us);
      if (!next) break;
      this.#pending.delete(next);
      this.#mono_us = Math.max(this.#mono_us, next.at_us);
      next.fn();
      await settled();
    }
    this.#mono_us = end;
  }

  get timers(): number {
    return this.#pending.size;
  }
}

/** All promises that can settle without I/O have. */
export const settled = () => new Promise<void>(resolve => setImmediate(resolve));
