/**
 * Whether a destination takes notices, and takes them within the budget. Told when it changes, and when it is known for
 * the first time: an alarm of the run before this one may stand.
 */
import type { Clock, Timer } from '../time.ts';
import type { Us } from '../types.ts';
import type { DeliveryState, Latency } from './api.ts';
import { SlidingLatency } from './latency.ts';

/** It has taken nothing for so long although something waits. */
const FAILING_AFTER_MS = 10_000;
/** It takes them again for so long, or nothing waits any more. */
const TAKING_FOR_MS = 3000;
/**
 * Of fewer notices than 100 the p99 is the slowest one, and one alone may be an accident: so slow takes so many in the
 * window, and so many of them late.
 */
const COUNT_MIN = 10;
const LATE_MIN = 2;
/** Slow ends below this share of the budget. */
const GOOD_SHARE = 0.8;
/** The window is looked at this often at most, and while slow at least every 10 s. */
const LOOK_INTERVAL_US = 1_000_000;
const LOOK_AGAIN_MS = 10_000;

export interface WatchOptions {
  adapter: string;
  clock: Clock;
  budget_us: Us;
  /** Notices that wait for it. */
  waiting(): number;
  onState(state: DeliveryState): void;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #latency: SlidingLatency;
  #failing_us: Us | null = null;
  /** It takes notices again since then, but is not trusted yet. */
  #taking_us: Us | null = null;
  #reason = '';
  #failing = false;
  #slow: string | null = null;
  #looked_us: Us = Number.NEGATIVE_INFINITY;
  /** Null: nothing is known yet, whatever the run before this one knew. */
  #told: DeliveryState['value'] | null = null;
  #check: Timer | null = null;
  #look: Timer | null = null;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#latency = new SlidingLatency(options.budget_us);
  }

  get value(): DeliveryState['value'] {
    return this.#failing ? 'failing' : this.#slow === null ? 'ok' : 'slow';
  }

  /** µs CLOCK_MONOTONIC of the first attempt that failed since it last took one; null: it does not fail. */
  get failing_us(): Us | null {
    return this.#failing_us;
  }

  get latency(): Latency | null {
    const summary = this.#latency.summary(this.#clock.monoUs());
    if (!summary) return null;
    const { count, p50_us, p99_us, max_us } = summary;
    return { count, p50_us, p99_us, max_us };
  }

  failed(reason: string): void {
    this.#reason = reason;
    if (this.#failing_us !== null || this.#stopped) return;
    this.#failing_us = this.#clock.monoUs();
    this.#check?.cancel();
    this.#check = this.#clock.after(FAILING_AFTER_MS, () => {
      this.#check = null;
      this.#taking_us = null;
      // The last that is known may be that it took one, while it was failing already.
      if (this.#failing_us === null || this.#options.waiting() === 0) return this.#recovered();
      this.#failing = true;
      this.#tell();
    });
  }

  /** It took a notice that is no longer among those that wait; null: it refused it, which is an answer, too. */
  took(latency_us: Us | null): void {
    const now = this.#clock.monoUs();
    if (latency_us !== null) this.#latency.record(latency_us, now);
    if (this.#stopped) return;
    this.#failing_us = null;
    if (!this.#failing) {
      this.#check?.cancel();
      this.#check = null;
    } else if (this.#options.waiting() === 0) {
      this.#recovered();
    } else if (this.#taking_us === null) {
      this.#taking_us = now;
      this.#check?.cancel();
      this.#check = this.#clock.after(TAKING_FOR_MS, () => {
        this.#check = null;
        if (this.#failing_us === null) this.#recovered();
      });
    } else if (now - this.#taking_us >= TAKING_FOR_MS * 1000) {
      this.#recovered();
    }
    if (now - this.#looked_us >= LOOK_INTERVAL_US) this.#judge();
    else this.#look ??= this.#clock.after(LOOK_INTERVAL_US / 1000, () => this.#judge());
  }

  /** Nothing waits for it any more, whoever saw to that. */
  idle(): void {
    if (this.#failing_us !== null || this.#failing) this.#recovered();
  }

  stop(): void {
    this.#stopped = true;
    this.#check?.cancel();
    this.#look?.cancel();
  }

  #recovered(): void {
    this.#check?.cancel();
    this.#check = null;
    this.#failing_us = null;
    this.#taking_us = null;
    this.#failing = false;
    this.#tell();
  }

  #judge(): void {
    this.#look?.cancel();
    this.#look = null;
    const now = this.#clock.monoUs();
    this.#looked_us = now;
    const { budget_us } = this.#options;
    const all = this.#latency.summary(now);
    const p99_us = all?.p99_us ?? 0;
    // Exact, unlike p99_us: the 99th percentile by nearest rank is a late one.
    const beyond = all !== null && all.count - all.late < Math.ceil(0.99 * all.count);
    if (all && all.count >= COUNT_MIN && all.late >= LATE_MIN && beyond) {
      this.#slow = `p99 of ${all.count} notices in 5 minutes: ${Math.round(p99_us / 1000)} ms, budget ${budget_us / 1000} ms`;
    } else if (p99_us <= budget_us * GOOD_SHARE) {
      this.#slow = null;
    }
    if (this.#slow !== null) this.#look = this.#clock.after(LOOK_AGAIN_MS, () => this.#judge());
    this.#tell();
  }

  #tell(): void {
    const { value } = this;
    if (value === this.#told) return;
    this.#told = value;
    const reason = value === 'failing' ? this.#reason : value === 'slow' ? (this.#slow ?? '') : '';
    this.#options.onState({ adapter: this.#options.adapter, value, reason });
  }
}
