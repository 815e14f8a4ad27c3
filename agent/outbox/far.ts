/** What waits for one destination on disk alone: how many, up to where, and how they come back, some at a time. */
import { type Clock, clamp } from '../time.ts';
import type { Entry } from './entry.ts';
import type { Known } from './routes.ts';
import type { Spool } from './spool.ts';
import type { StoredNotice } from './spool-protocol.ts';

/** At most so many are handed over at once, so that the loop is not held up. */
const PAGE_MAX = 500;
const PAGE_RETRY_MS = 1000;

export class Far {
  count = 0;
  /** The last place. */
  upTo = 0;
  readonly #adapter: string;
  readonly #spool: Spool;
  readonly #clock: Clock;
  /** The place that was handed over last. */
  #after = 0;
  /** How many were let go of in all. */
  #letGo = 0;
  /** Changes when none is far any more. */
  #epoch = 1;
  #asking = false;
  /** An answer did not come, although those in it may be marked as being in memory. */
  #again = false;

  constructor(adapter: string, spool: Spool, clock: Clock) {
    this.#adapter = adapter;
    this.#spool = spool;
    this.#clock = clock;
  }

  /** Of the alarm some are far. */
  holds(known: Known): boolean {
    return known.far === this.#epoch;
  }

  /** Of the alarm some may be far, if any are. */
  mayHold(known: Known): void {
    known.far = this.#epoch;
  }

  restore(count: number, upTo: number): void {
    this.count += count;
    this.upTo = Math.max(this.upTo, upTo);
  }

  /** It is on disk, and is let go of. In the order of their places. */
  letGo({ known, place }: Entry): void {
    known.far = this.#epoch;
    this.upTo = place;
    this.count += 1;
    this.#letGo += 1;
  }

  /** So many are not far any more. */
  gone(count: number): void {
    this.count = Math.max(0, this.count - count);
    if (this.count > 0) return;
    this.#epoch += 1;
    this.#again = false;
  }

  /**
   * Asks for the next ones, at most about `room`, unless that was asked already. `take`: hands them over and says how
   * many were far indeed; `then`: it may be asked again.
   */
  page(room: number, take: (rows: readonly StoredNotice[]) => number, then: () => void): void {
    if (this.count === 0 || this.#asking) return;
    const limit = clamp(room, 1, PAGE_MAX);
    const letGo = this.#letGo;
    this.#asking = true;
    const request = { adapter: this.#adapter, after: this.#after, up_to: this.upTo, limit };
    this.#spool.ask('page', { ...request, again: this.#again }, null).then(
      rows => {
        this.#asking = false;
        const taken = take(rows);
        this.#after = rows.at(-1)?.place ?? this.#after;
        this.gone(rows.length < limit ? this.count - (this.#letGo - letGo) : taken);
        then();
      },
      () => {
        this.#asking = false;
        this.#again = true;
        this.#clock.after(PAGE_RETRY_MS, then);
      },
    );
  }
}
