/** The one timer of the pure rooms: set to when the earliest of them wants to be called. */
import { monotonicUs, systemClock, type Timer } from '../time.ts';
import type { Us } from '../types.ts';

/** A timer that fires later than this: the loop did not turn. */
const LATE_US = 20_000;

export class Wake {
  readonly #ring: () => void;
  readonly #behind: () => boolean;
  #timer: Timer | null = null;
  #at: Us | null = null;

  /** behind: frames that have come wait to be judged. */
  constructor(ring: () => void, behind: () => boolean) {
    this.#ring = ring;
    this.#behind = behind;
  }

  /** Null: not at all. */
  set(at: Us | null): void {
    if (at === this.#at) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = at === null ? null : systemClock.after((at - monotonicUs()) / 1000, this.#fire);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** After a long pause of ours what lies unread in the socket comes first: it may tell that all went well. */
  #fire = (): void => {
    const late = monotonicUs() - (this.#at ?? 0) > LATE_US;
    const run = () => {
      if (this.#behind()) {
        setImmediate(() => setImmediate(run));
        return;
      }
      this.#at = null;
      this.#ring();
    };
    if (late || this.#behind()) setImmediate(() => setImmediate(run));
    else run();
  };
}
