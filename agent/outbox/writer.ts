/**
 * Puts what has changed on disk, in groups: two commits are under way at most (one at the disk, one behind it), and what
 * comes in the meantime goes into the next. So a disk that hangs costs no memory but that of the notices themselves.
 */
import type { Clock } from '../time.ts';
import type { Entry } from './lane.ts';
import type { Spool } from './spool.ts';
import type { RowName, SpoolBatch, SpoolRow } from './spool-protocol.ts';

const RUNNING_MAX = 2;

interface Job {
  entries: readonly Entry[];
  resolve(error: string | null): void;
}

export class Writer {
  readonly #spool: Spool;
  readonly #clock: Clock;
  /** The newest values, as they shall be on disk, and the names of those that are not. */
  readonly #meta = new Map<string, string>();
  readonly #unwritten = new Set<string>();
  #done: RowName[] = [];
  /** Their commit failed; they go with the next. */
  readonly #failed = new Set<Entry>();
  #jobs: Job[] = [];
  #running = 0;

  constructor(spool: Spool, clock: Clock) {
    this.#spool = spool;
    this.#clock = clock;
  }

  /** Replaces a named value with the next write. */
  note(name: string, value: string): void {
    this.#meta.set(name, value);
    this.#unwritten.add(name);
  }

  /** Removes a row with the next write. */
  remove({ adapter, key }: RowName): void {
    this.#done.push({ adapter, key });
  }

  /** Rows wait to be removed. */
  get untidy(): boolean {
    return this.#done.length > 0;
  }

  /**
   * Writes these entries and everything else that is not on disk, in one transaction. Resolved with null when it is, or
   * with the reason why it is not; then it goes with the next write. Never rejects.
   */
  write(entries: readonly Entry[]): Promise<string | null> {
    return new Promise(resolve => {
      this.#jobs.push({ entries, resolve });
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#running >= RUNNING_MAX || this.#jobs.length === 0) return;
    const jobs = this.#jobs;
    const entries = [...this.#failed, ...jobs.flatMap(job => job.entries)].filter(
      entry => !entry.done,
    );
    const batch: SpoolBatch = {
      done: this.#done,
      rows: entries.map(entry => this.#row(entry)),
      meta: [...this.#unwritten].map(name => [name, this.#meta.get(name) ?? '']),
    };
    this.#jobs = [];
    this.#done = [];
    this.#failed.clear();
    this.#unwritten.clear();
    this.#running += 1;
    this.#spool.commit(batch).then(error => {
      this.#running -= 1;
      if (error === null) {
        for (const entry of entries) entry.saved = true;
      } else {
        for (const entry of entries) this.#failed.add(entry);
        for (const [name] of batch.meta) this.#unwritten.add(name);
        this.#done.push(...batch.done);
      }
      for (const { resolve } of jobs) resolve(error);
      this.#flush();
    });
  }

  #row(entry: Entry): SpoolRow {
    const { adapter, key, sequence, change } = entry.notice;
    const age = this.#clock.monoUs() - entry.since_us;
    return {
      adapter,
      key,
      alarm_id: change.alarm.id,
      revision: change.revision,
      sequence,
      put_wall_us: Math.round(this.#clock.wallUs() - age),
      body: JSON.stringify(change),
    };
  }
}
