/** Sends something at regular intervals, and lets the log know only when that ceases to work, and when it works again. */
import type { Log } from '../../log.ts';
import { wallUs } from '../../time.ts';
import type { SendResult } from '../../types.ts';

export interface BeatInfo {
  /** Wall time at which it began; with `count` it names the beat. */
  started_us: number;
  /** From 1. */
  count: number;
  interval_s: number;
  now_us: number;
}

export interface BeatOptions {
  /** Name of the adapter, for the log. */
  adapter: string;
  /** Seconds; 0: never. */
  every_s: number;
  /** For the log: `heartbeats`. */
  what: string;
  log: Log;
  /** Never rejects. `fresh`: the last one failed, and the connection that hung is not to be left for an alarm to find. */
  send(beat: BeatInfo, fresh: boolean): Promise<SendResult>;
}

export class Beat {
  readonly #options: BeatOptions;
  readonly #started_us = wallUs();
  #timer: NodeJS.Timeout | null = null;
  #count = 0;
  #complaint: string | null = null;
  #sending = false;
  #stopped = false;

  constructor(options: BeatOptions) {
    this.#options = options;
  }

  /** The first one goes out at once: it also opens the connection that alarms find warm. */
  start(): void {
    const { every_s } = this.#options;
    if (every_s === 0 || this.#timer || this.#stopped) return;
    this.#timer = setInterval(() => void this.#beat(), every_s * 1000);
    this.#timer.unref();
    void this.#beat();
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    this.#count += 1;
    const { adapter, every_s, what, log, send } = this.#options;
    const beat = {
      started_us: this.#started_us,
      count: this.#count,
      interval_s: every_s,
      now_us: wallUs(),
    };
    const result = await send(beat, this.#complaint !== null);
    this.#sending = false;
    // Our own end is no fault of the receiver's.
    if (this.#stopped) return;
    const complaint = result.outcome === 'delivered' ? null : result.reason;
    if (complaint !== this.#complaint) {
      const fields = { adapter, reason: complaint };
      if (complaint === null) log.info(fields, `the receiver takes ${what} again`);
      else log.warn(fields, `the receiver does not take ${what}`);
    }
    this.#complaint = complaint;
  }
}
