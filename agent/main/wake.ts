/** The one timer of the pure rooms: set to when the earliest of them wants to be called. */
import { monotonicUs, systemClock, type Timer } from '../time.ts';
import type { Us } from '../types.ts';

export class Wake {
  readonly #ring: (t: Us) => void;
  readonly #after: (run: (t: Us) => void) => void;
  #timer: Timer | null = null;
  #at: Us | null = null;
  #stopped = false;

  /** after: runs it when what happened before is judged, which may tell that all went well. */
  constructor(ring: (t: Us) => void, after: (run: (t: Us) => void) => void) {
    this.#ring = ring;
    this.#after = after;
  }

  /** Null: not at all. */
  set(at: Us | null): void {
    if (at === this.#at || this.#stopped) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = at === null ? null : systemClock.after((at - monotonicUs()) / 1000, this.#fire);
  }

  /** It rings no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #fire = (): void =>
    this.#after(t => {
      if (this.#stopped) return;
      this.#at = null;
      this.#ring(t);
    });
}
