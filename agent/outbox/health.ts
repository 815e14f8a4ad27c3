/** Whether the spool keeps up. Told when it changes; a short good moment does not end a bad time. */
import type { Clock } from '../time.ts';
import type { Us } from '../types.ts';

export type SpoolState = 'ok' | 'slow' | 'full';

/** What is bad ends with a commit in time this long after the last bad one: a disk at its limit is both, many times a second. */
const GOOD_AFTER_US = 3_000_000;

export class Health {
  #state: SpoolState = 'ok';
  #reason = '';
  #bad_us: Us = 0;
  #overflow: string | null = null;
  #told: SpoolState = 'ok';
  #toldReason = '';
  readonly #onState: (state: SpoolState, reason: string) => void;

  readonly #clock: Clock;

  constructor(clock: Clock, onState: (state: SpoolState, reason: string) => void) {
    this.#clock = clock;
    this.#onState = onState;
  }

  get state(): SpoolState {
    return this.#overflow === null ? this.#state : 'full';
  }

  /** Of the disk alone. */
  get diskState(): SpoolState {
    return this.#state;
  }

  /** A commit was done in time. */
  onTime(): void {
    if (this.#clock.monoUs() - this.#bad_us >= GOOD_AFTER_US) this.#set('ok', '');
  }

  /** Notices went out before they were on disk. */
  late(reason: string): void {
    this.#bad_us = this.#clock.monoUs();
    if (this.#state !== 'full') this.#set('slow', reason);
  }

  /** A commit was done, but late: what is wrong is the disk's speed, not its room. */
  doneLate(reason: string): void {
    this.#bad_us = this.#clock.monoUs();
    this.#set('slow', reason);
  }

  /** A commit failed. */
  failed(reason: string): void {
    this.#bad_us = this.#clock.monoUs();
    this.#set('full', reason);
  }

  /** So much waits for a receiver that notices are given up; null: no longer. */
  overflow(reason: string | null): void {
    this.#overflow = reason;
    this.#tell();
  }

  #set(state: SpoolState, reason: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#tell();
  }

  #tell(): void {
    const { state } = this;
    const reason = this.#state === 'full' ? this.#reason : (this.#overflow ?? this.#reason);
    // While slow, the reason carries a duration that is different each time.
    if (state === this.#told && (state !== 'full' || reason === this.#toldReason)) return;
    this.#told = state;
    this.#toldReason = reason;
    this.#onState(state, reason);
  }
}
