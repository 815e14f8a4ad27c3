/**
 * Delivery to one destination of what is in memory. Its promises:
 *
 * 1. Of one alarm, a revision goes out only when the one before it was delivered or refused.
 * 2. Different alarms do not wait for each other, nor does a first attempt wait for others' retries.
 * 3. An attempt that has not ended after the destination's timeout is overtaken by one on a fresh connection;
 *    of one notice at most two are under way.
 * 4. A notice is given up only when it was refused, or (trim.ts) when too many wait.
 */
import { type Log, silentLog } from '../log.ts';
import type { Clock } from '../time.ts';
import type { SendResult, Us } from '../types.ts';
import { askedMs, backoffMs } from './backoff.ts';
import type { Destination } from './destination.ts';
import { type Entry, isOfChange } from './entry.ts';
import { Slots } from './slots.ts';

/** Attempts that follow each other without a pause as long as none was answered: a path that died may need another port. */
const EAGER_ATTEMPTS = 6;
/** Of one notice. */
const IN_FLIGHT_MAX = 2;
/** A receiver that is back is told what waits, but not more often than this. */
const KICK_INTERVAL_US = 500_000;
/** Between two lines in the log about the same receiver. */
const COMPLAIN_INTERVAL_US = 1_000_000;

export interface LaneOptions {
  destination: Destination;
  source: string;
  clock: Clock;
  /** Acknowledged at `acknowledged_us`, the attempt that began at `send_us`. It is no longer owed. */
  onDelivered(entry: Entry, send_us: Us, acknowledged_us: Us): void;
  /** It is no longer owed, but a dead letter. */
  onRefused(entry: Entry): void;
  /** An attempt failed; there will be another. */
  onFailed(entry: Entry): void;
  /** Room for others. */
  onGone(): void;
  log?: Log;
  random?: () => number;
}

export class Lane {
  readonly destination: Destination;
  /** Alarm id → what is owed, oldest first. */
  readonly alarms = new Map<string, Entry[]>();
  count = 0;
  lastError: string | null = null;
  readonly #options: LaneOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #slots = new Slots();
  #failing = false;
  #kicked_us: Us = Number.NEGATIVE_INFINITY;
  #complained_us: Us = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.destination = options.destination;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
  }

  /** Behind what is owed of the same alarm. It goes out when it is released. */
  add(entry: Entry): void {
    const owed = this.alarms.get(entry.alarm);
    if (owed) owed.push(entry);
    else this.alarms.set(entry.alarm, [entry]);
    this.count += 1;
    if (entry.released) this.#pump(entry.alarm);
  }

  /** It is on disk now, or goes out without. */
  release(entry: Entry): void {
    if (entry.released) return;
    entry.released = true;
    this.#pump(entry.alarm);
  }

  /** No longer owed. */
  remove(entry: Entry): void {
    if (entry.done) return;
    entry.done = true;
    entry.timer?.cancel();
    const owed = this.alarms.get(entry.alarm) ?? [];
    const index = owed.indexOf(entry);
    if (index !== -1) owed.splice(index, 1);
    if (owed.length === 0) this.alarms.delete(entry.alarm);
    this.count -= 1;
    this.#pump(entry.alarm);
    this.#options.onGone();
  }

  /** No attempt starts any more; those under way may end. Resolved when they have, or after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    for (const entry of this.entries()) entry.timer?.cancel();
    await this.#slots.idle(timeoutMs);
  }

  *entries(): Generator<Entry> {
    for (const owed of this.alarms.values()) yield* owed;
  }

  get oldest_us(): Us | null {
    let oldest: Us | null = null;
    for (const [entry] of this.alarms.values()) {
      if (entry && (oldest === null || entry.since_us < oldest)) oldest = entry.since_us;
    }
    return oldest;
  }

  /** Starts the alarm's next notice if none of it is under way. */
  #pump(alarm: string): void {
    const head = this.alarms.get(alarm)?.[0];
    if (head?.released && head.tries === 0) this.#try(head);
  }

  #try(entry: Entry): void {
    if (this.#stopped || entry.done) return;
    entry.timer?.cancel();
    entry.timer = null;
    entry.backingOff = false;
    entry.wants = entry.inFlight >= IN_FLIGHT_MAX;
    if (entry.wants) return;
    // Counted before it has a slot, so that #pump does not ask for a second one.
    entry.inFlight += 1;
    entry.tries += 1;
    this.#slots.take(entry.tries === 1, () => this.#attempt(entry));
  }

  /** True: it has begun. False: it is no longer wanted. */
  #attempt(entry: Entry): boolean {
    const nr = entry.tries;
    if (this.#stopped || entry.done) {
      entry.inFlight -= 1;
      return false;
    }
    const { timeout_ms } = this.destination;
    entry.timer?.cancel();
    entry.timer = this.#clock.after(timeout_ms, () => this.#overtake(entry));
    const send_us = this.#clock.monoUs();
    entry.first_send_us ??= send_us;
    this.#send(entry, { deadline_ms: IN_FLIGHT_MAX * timeout_ms, fresh: nr > 1 }).then(result => {
      entry.inFlight -= 1;
      this.#slots.free();
      if (!entry.done) this.#ended(entry, result, nr === entry.tries, send_us);
    });
    return true;
  }

  async #send({ notice }: Entry, attempt: Parameters<Destination['send']>[1]): Promise<SendResult> {
    const { destination } = this;
    const { source } = this.#options;
    let payload: unknown;
    try {
      payload = isOfChange(notice)
        ? destination.map(notice, source)
        : destination.mapRebuilt?.(notice, source);
    } catch (error) {
      return { outcome: 'refused', reason: `it cannot be mapped: ${String(error)}` };
    }
    try {
      return await destination.send(payload, attempt);
    } catch (error) {
      return { outcome: 'retry', reason: String(error), after_ms: null };
    }
  }

  /** The attempt is late: another one, at once while that may still help. */
  #overtake(entry: Entry): void {
    entry.timer = null;
    if (entry.done) return;
    this.#failed(entry, `no answer within ${this.destination.timeout_ms} ms`);
    if (entry.tries < EAGER_ATTEMPTS) this.#try(entry);
    else this.#later(entry, null);
  }

  #ended(entry: Entry, result: SendResult, newest: boolean, send_us: Us): void {
    if (result.outcome === 'retry') {
      if (entry.wants) {
        this.#try(entry);
      } else if (newest && entry.timer && !entry.backingOff) {
        this.#failed(entry, result.reason);
        this.#later(entry, result.after_ms);
      }
      // Else it was overtaken before: a newer attempt is under way, or the next one has its time.
      return;
    }
    const now = this.#clock.monoUs();
    this.remove(entry);
    if (result.outcome === 'refused') {
      const { reason } = result;
      this.lastError = `refused: ${reason}`;
      entry.error = reason;
      const { key, adapter } = entry.notice;
      this.#log.error({ adapter, key, reason }, 'notice refused');
      this.#options.onRefused(entry);
    } else {
      this.lastError = null;
      this.#options.onDelivered(entry, send_us, now);
      this.#kick();
    }
  }

  #failed(entry: Entry, reason: string): void {
    entry.failures += 1;
    entry.error = reason;
    const now = this.#clock.monoUs();
    if (this.lastError !== reason && now - this.#complained_us > COMPLAIN_INTERVAL_US) {
      this.#complained_us = now;
      const { key, adapter } = entry.notice;
      this.#log.warn({ adapter, key, reason }, 'notice not delivered yet');
    }
    this.lastError = reason;
    this.#failing = true;
    this.#options.onFailed(entry);
  }

  #later(entry: Entry, after_ms: number | null): void {
    entry.timer?.cancel();
    if (this.#stopped) return;
    const ageMs = (this.#clock.monoUs() - entry.since_us) / 1000;
    const random = this.#options.random ?? Math.random;
    entry.backingOff = after_ms === null;
    const delayMs =
      after_ms === null ? backoffMs(entry.failures, ageMs, random()) : askedMs(after_ms);
    entry.timer = this.#clock.after(delayMs, () => {
      entry.timer = null;
      entry.backingOff = false;
      this.#try(entry);
    });
  }

  /** The receiver answers again: what backs off need not wait any longer. */
  #kick(): void {
    if (!this.#failing) return;
    const now = this.#clock.monoUs();
    if (now - this.#kicked_us < KICK_INTERVAL_US) return;
    this.#kicked_us = now;
    this.#failing = false;
    for (const [entry] of this.alarms.values()) {
      if (entry?.backingOff) this.#try(entry);
    }
  }
}
