/**
 * Delivery to one destination, in memory. Its promises:
 *
 * 1. Of one alarm, a revision goes out only when the one before it was delivered or refused.
 * 2. Different alarms do not wait for each other, nor does a first attempt wait for others' retries.
 * 3. An attempt that has not ended after the destination's timeout is overtaken by one on a fresh connection;
 *    of one notice at most two are under way.
 * 4. A notice is given up only when it was refused, or (trim.ts) when too many wait.
 */
import { type Log, silentLog } from '../log.ts';
import type { Clock, Timer } from '../time.ts';
import type { Notice, SendResult, Told, Us } from '../types.ts';
import { askedMs, backoffMs } from './backoff.ts';
import type { Destination } from './destination.ts';
import { Slots } from './slots.ts';

/** Attempts that follow each other without a pause as long as none was answered: a path that died may need another port. */
const EAGER_ATTEMPTS = 6;
/** Of one notice. */
const IN_FLIGHT_MAX = 2;
/** A receiver that is back is told what waits, but not more often than this. */
const KICK_INTERVAL_US = 500_000;
/** Between two lines in the log about the same receiver. */
const COMPLAIN_INTERVAL_US = 1_000_000;

export interface Entry {
  readonly notice: Notice;
  /** µs of CLOCK_MONOTONIC at which it was put. */
  readonly since_us: Us;
  readonly bytes: number;
  /** May go out: it is on disk, or has waited long enough for it. */
  released: boolean;
  saved: boolean;
  tries: number;
  /** Attempts that failed since the last one that was let wait. */
  failures: number;
  inFlight: number;
  /** The next attempt, or the overtaking of this one. */
  timer: Timer | null;
  /** The timer is a back-off of our own, so a receiver that is back cuts it short. */
  backingOff: boolean;
  /** The next attempt starts as soon as one of two that are under way has ended. */
  wants: boolean;
  done: boolean;
}

export interface LaneOptions {
  destination: Destination;
  source: string;
  clock: Clock;
  onTold(told: Told): void;
  /** The notice is no longer owed. */
  onDone(entry: Entry, lane: Lane): void;
  trimAbove: number;
  log?: Log;
  random?: () => number;
}

export class Lane {
  readonly destination: Destination;
  /** Alarm id → what is owed, oldest first. */
  readonly alarms = new Map<string, Entry[]>();
  /** Sequence number of the last notice. */
  sequence = 0;
  count = 0;
  bytes = 0;
  /** Number of notices above which some are given up, and how many were. */
  trimAbove: number;
  givenUp = 0;
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
    this.trimAbove = options.trimAbove;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
  }

  add(notice: Notice, since_us: Us, bytes: number, saved: boolean): Entry {
    const entry: Entry = {
      notice,
      since_us,
      bytes,
      released: saved,
      saved,
      tries: 0,
      failures: 0,
      inFlight: 0,
      timer: null,
      backingOff: false,
      wants: false,
      done: false,
    };
    this.sequence = Math.max(this.sequence, notice.sequence);
    const id = notice.change.alarm.id;
    const owed = this.alarms.get(id);
    if (owed) owed.push(entry);
    else this.alarms.set(id, [entry]);
    this.count += 1;
    this.bytes += bytes;
    if (saved) this.#pump(id);
    return entry;
  }

  /** It is on disk now, or goes out without. */
  release(entry: Entry): void {
    if (entry.released) return;
    entry.released = true;
    this.#pump(entry.notice.change.alarm.id);
  }

  /** No longer owed. */
  remove(entry: Entry): void {
    if (entry.done) return;
    entry.done = true;
    entry.timer?.cancel();
    const id = entry.notice.change.alarm.id;
    const owed = this.alarms.get(id) ?? [];
    const index = owed.indexOf(entry);
    if (index !== -1) owed.splice(index, 1);
    if (owed.length === 0) this.alarms.delete(id);
    this.count -= 1;
    this.bytes -= entry.bytes;
    this.#options.onDone(entry, this);
    this.#pump(id);
  }

  /** No attempt starts any more; those under way may end. Resolved when they have, or after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    for (const owed of this.alarms.values()) for (const entry of owed) entry.timer?.cancel();
    await this.#slots.idle(timeoutMs);
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
    this.#send(entry.notice, { deadline_ms: IN_FLIGHT_MAX * timeout_ms, fresh: nr > 1 }).then(
      result => {
        entry.inFlight -= 1;
        this.#slots.free();
        if (!entry.done) this.#ended(entry, result, nr === entry.tries);
      },
    );
    return true;
  }

  async #send(notice: Notice, attempt: Parameters<Destination['send']>[1]): Promise<SendResult> {
    let payload: unknown;
    try {
      payload = this.destination.map(notice, this.#options.source);
    } catch (error) {
      return { outcome: 'refused', reason: `it cannot be mapped: ${String(error)}` };
    }
    try {
      return await this.destination.send(payload, attempt);
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

  #ended(entry: Entry, result: SendResult, newest: boolean): void {
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
    const { key, change } = entry.notice;
    if (result.outcome === 'refused') {
      this.lastError = `refused: ${result.reason}`;
      this.#log.error(
        { adapter: this.destination.name, key, reason: result.reason },
        'notice refused',
      );
    } else {
      this.#options.onTold({
        key,
        adapter: this.destination.name,
        alarm_id: change.alarm.id,
        acknowledged_us: this.#clock.monoUs(),
      });
      this.lastError = null;
      this.#kick();
    }
    this.remove(entry);
  }

  #failed(entry: Entry, reason: string): void {
    entry.failures += 1;
    const now = this.#clock.monoUs();
    if (this.lastError !== reason && now - this.#complained_us > COMPLAIN_INTERVAL_US) {
      this.#complained_us = now;
      const { name } = this.destination;
      this.#log.warn({ adapter: name, key: entry.notice.key, reason }, 'notice not delivered yet');
    }
    this.lastError = reason;
    this.#failing = true;
  }

  #later(entry: Entry, after_ms: number | null): void {
    entry.timer?.cancel();
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
