/** When things are written: at once for what must go out, soon for what only tidies up, every second for what failed. */
import type { Log } from '../log.ts';
import { type Clock, stamp } from '../time.ts';
import type { Stamp, Us } from '../types.ts';
import type { Entry } from './entry.ts';
import type { Health } from './health.ts';
import type { Spool } from './spool.ts';
import type { SpoolUse } from './spool-protocol.ts';
import { Writer } from './writer.ts';

/** How long a first attempt waits for its commit. */
const COMMIT_WAIT_MS = 20;
/** Delivered notices are removed from disk with the next commit, or after this; a death in between repeats them. */
const SWEEP_MS = 200;
/** How often a disk that failed or was slow is tried again. */
const PROBE_MS = 1000;

export interface CommitterOptions {
  spool: Spool;
  clock: Clock;
  health: Health;
  log: Log;
  boot_id: string;
  /** Changes that the journal keeps. */
  journal: number;
  onUse(use: SpoolUse): void;
}

export class Committer {
  readonly writer: Writer;
  readonly #options: CommitterOptions;
  readonly #clock: Clock;
  #sweeping = false;
  #probing = false;
  #closed = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.writer = new Writer(options.spool, options.clock, options.journal, options.onUse);
  }

  /**
   * Writes these and all else that is not on disk. `onEnd`: it is, or it failed, or that takes too long; the last may be
   * followed by one of the others. Never rejects; false: it is tried again every second.
   */
  commit(entries: readonly Entry[], onEnd: () => void): Promise<boolean> {
    const { spool, health } = this.#options;
    const started = this.#clock.monoUs();
    let late = false;
    let ended = false;
    const timer = this.#clock.after(COMMIT_WAIT_MS, () => {
      // Perhaps it is only our own loop that is late.
      spool.drain();
      // The drained reply settles a promise, so its turn comes first.
      setImmediate(() => {
        if (ended || this.#closed) return;
        late = true;
        onEnd();
        health.late(`a commit has taken more than ${COMMIT_WAIT_MS} ms`);
        this.#probe();
      });
    });
    // Not awaited, and no mention of the entries below: while the disk hangs, they are not held for its sake.
    return this.writer.write(entries).then(error => {
      ended = true;
      timer.cancel();
      this.#ended(error, late ? this.#clock.monoUs() - started : null);
      onEnd();
      return error === null;
    });
  }

  /** late_us: what it took, if that was too long. */
  #ended(error: string | null, late_us: Us | null): void {
    const { health, log } = this.#options;
    if (this.#closed) return;
    if (error !== null) {
      this.fail(error);
      return;
    }
    const holes = this.writer.takeUnjournaled();
    if (holes > 0) log.error({ changes: holes }, 'the journal of alarm changes has a hole');
    if (late_us === null) health.onTime();
    else health.doneLate(`a commit took ${Math.round(late_us / 1000)} ms`);
  }

  /** The spool takes nothing; it is tried again until it does. */
  fail(reason: string): void {
    this.#options.health.failed(reason);
    this.#probe();
  }

  /** No longer owed: off the disk, too. */
  forget(entry: Entry): void {
    this.writer.forget(entry);
    this.sweep();
  }

  /** Refused: among the dead letters. */
  bury(entry: Entry): void {
    this.writer.bury(entry);
    this.sweep();
  }

  stamp(wall_us: number): Stamp {
    return { ...stamp(this.#options.boot_id, this.#clock.monoUs(), 0), wall_us };
  }

  stop(): void {
    this.#closed = true;
  }

  /** While the disk is not well: writes what is not on disk yet, every second, one attempt at a time. */
  #probe(): void {
    if (this.#probing || this.#closed) return;
    this.#probing = true;
    this.#clock.after(PROBE_MS, async () => {
      if (!this.#closed) await this.commit([], () => {});
      this.#probing = false;
      if (this.#options.health.diskState !== 'ok') this.#probe();
    });
  }

  /** Writes what tidies up, soon. */
  sweep(): void {
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    this.#clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      if (this.writer.untidy && !this.#closed && this.#options.health.diskState === 'ok') {
        void this.commit([], () => {});
      }
    });
  }
}
