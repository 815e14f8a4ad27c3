/**
 * Puts what has changed on disk, in groups: one commit is under way at most, and what comes in the meantime goes into the
 * next. So a disk that hangs costs no memory but that of the notices themselves, and none that succeeds can follow one
 * that failed without what was in that: its state would tell of changes whose notices are not on disk.
 */
import type { Clock } from '../time.ts';
import type { AlarmChange, Us } from '../types.ts';
import { type Entry, isOfChange, rowOf } from './entry.ts';
import { type Spool, within } from './spool.ts';
import { type ChangeRow, emptyBatch, type SpoolBatch, type SpoolUse } from './spool-protocol.ts';

const FLUSH_WAIT_MS = 2000;
const STUCK_US = 2_000_000;
/** Changes that wait for the disk for the journal's sake alone; of more, the oldest are not journaled. */
const JOURNAL_WAITING_MAX = 2000;
/** Refused ones that wait for the disk to be kept; of more, the oldest are not. */
const DEAD_WAITING_MAX = 1000;

/** What of a batch is tried again when it failed; by name, so that the newer replaces the older. */
class Pending {
  done = new Set<number>();
  dead = new Set<Entry>();
  rewritten = new Set<Entry>();
  changes = new Map<number, AlarmChange>();
  routes = new Map<string, SpoolBatch['routes'][number]>();
  near = new Set<number>();
  tries = new Set<Entry>();
  meta = new Map<string, string>();

  /** Takes back what was not written, unless there is something newer by the same name. */
  restore(older: Pending): void {
    for (const n of older.done) this.done.add(n);
    for (const entry of older.dead) this.dead.add(entry);
    for (const entry of older.rewritten) this.rewritten.add(entry);
    this.changes = new Map([...older.changes, ...this.changes]);
    this.routes = new Map([...older.routes, ...this.routes]);
    for (const n of older.near) this.near.add(n);
    for (const entry of older.tries) this.tries.add(entry);
    this.meta = new Map([...older.meta, ...this.meta]);
  }
}

export class Writer {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #journalMax: number;
  readonly #onUse: (use: SpoolUse) => void;
  #next = new Pending();
  /** They go with the next write, some because the last one failed. */
  readonly #entries = new Set<Entry>();
  #waiting: ((error: string | null) => void)[] = [];
  /** What is under way. */
  #running: Pending | null = null;
  /** Its last answer, or when the first commit began that waits for one. */
  #answered_us: Us = 0;
  #erring = false;
  #unjournaled = 0;

  /** journal: how many changes it keeps. */
  constructor(spool: Spool, clock: Clock, journal: number, onUse: (use: SpoolUse) => void) {
    this.#journalMax = Math.min(journal, JOURNAL_WAITING_MAX);
    this.#spool = spool;
    this.#clock = clock;
    this.#onUse = onUse;
  }

  /** Replaces a named value with the next write. */
  note(name: string, value: string): void {
    this.#next.meta.set(name, value);
  }

  /** For the journal. */
  journal(n: number, change: AlarmChange): void {
    this.#next.changes.set(n, change);
    this.#forgetChanges();
  }

  route(adapter: string, alarm_id: string, on: boolean): void {
    this.#next.routes.set(`${adapter} ${alarm_id}`, { adapter, alarm_id, on });
  }

  /** Removes a notice with the next write. */
  remove(n: number): void {
    this.#next.done.add(n);
  }

  /** It is no longer owed. With a disk that hangs the next write may be long after, and it is not held for that. */
  forget(entry: Entry): void {
    this.remove(entry.n);
    this.#entries.delete(entry);
    this.#next.tries.delete(entry);
    this.#next.rewritten.delete(entry);
  }

  /** Makes it a dead letter. */
  bury(entry: Entry): void {
    const { dead, done } = this.#next;
    dead.add(entry);
    for (const oldest of dead) {
      if (dead.size <= DEAD_WAITING_MAX) return;
      dead.delete(oldest);
      done.add(oldest.n);
    }
  }

  /** It is in memory. */
  near({ n }: Entry): void {
    this.#next.near.add(n);
  }

  /** Something of it has changed that matters. */
  rewrite(entry: Entry): void {
    if (entry.saved) this.#next.rewritten.add(entry);
  }

  /** An attempt failed; that is written some time. */
  tried(entry: Entry): void {
    this.#next.tries.add(entry);
  }

  /** Notices that the disk may show as waiting there alone although they are in memory, or no longer owed. */
  unwritten(): Set<number> {
    const numbers = new Set<number>();
    for (const pending of [this.#running, this.#next]) {
      const { near, done, dead } = pending ?? new Pending();
      for (const n of near) numbers.add(n);
      for (const n of done) numbers.add(n);
      for (const { n } of dead) numbers.add(n);
    }
    return numbers;
  }

  /** How many changes the journal has lost since this was asked last, because the disk took none for too long. */
  takeUnjournaled(): number {
    const count = this.#unjournaled;
    this.#unjournaled = 0;
    return count;
  }

  /** The disk takes what it is given: its last answer was no error, and it has not been waited for long. */
  get takes(): boolean {
    const waiting_us = this.#running === null ? 0 : this.#clock.monoUs() - this.#answered_us;
    return !this.#erring && waiting_us < STUCK_US;
  }

  /** Something should not wait long for the next write. */
  get untidy(): boolean {
    const { done, dead, near, rewritten } = this.#next;
    return done.size + dead.size + near.size + rewritten.size > 0;
  }

  /**
   * Writes these entries and everything else that is not on disk, in one transaction. Resolved with null when it is, or
   * with the reason why it is not; then it goes with the next write. Never rejects.
   */
  write(entries: readonly Entry[]): Promise<string | null> {
    for (const entry of entries) this.#entries.add(entry);
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      this.#flush();
    });
  }

  /** So that a question to the disk finds everything. Rejects when it is not on disk within 2 s. */
  async flush(): Promise<void> {
    const written = this.write([]).then(error => ({ error }));
    const result = await within(written, FLUSH_WAIT_MS);
    const error = result ? result.error : 'the disk does not answer';
    if (error !== null) throw new Error(error);
  }

  #flush(): void {
    if (this.#running !== null || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    const pending = this.#next;
    const entries = [...this.#entries].filter(entry => !entry.done);
    this.#waiting = [];
    this.#next = new Pending();
    this.#entries.clear();
    this.#answered_us = this.#clock.monoUs();
    this.#running = pending;
    this.#spool.commit(this.#batch(entries, pending)).then(({ error, use }) => {
      this.#running = null;
      this.#answered_us = this.#clock.monoUs();
      this.#erring = error !== null;
      if (error === null) {
        for (const entry of entries) {
          entry.saved = true;
          entry.commit_us ??= this.#clock.monoUs();
        }
      } else {
        this.#again(entries);
        this.#next.restore(pending);
        this.#forgetChanges();
      }
      for (const resolve of waiting) resolve(error);
      if (use) this.#onUse(use);
      this.#flush();
    });
  }

  /** Before what has come since. */
  #again(entries: readonly Entry[]): void {
    const newer = [...this.#entries];
    this.#entries.clear();
    for (const entry of [...entries, ...newer]) if (!entry.done) this.#entries.add(entry);
  }

  #batch(entries: readonly Entry[], pending: Pending): SpoolBatch {
    const batch = emptyBatch();
    const changes = new Map<number, AlarmChange>(pending.changes);
    // Those that are done meanwhile are removed, even if the removal is in an earlier batch than the row.
    const rewritten = [...pending.rewritten].filter(({ done }) => !done);
    const dead = [...pending.dead];
    for (const { notice, change, saved } of [...entries, ...dead]) {
      if (change !== null && !saved && isOfChange(notice)) changes.set(change, notice.change);
    }
    batch.done = [...pending.done];
    batch.changes = [...changes]
      .sort(([a], [b]) => a - b)
      .map(([n, change]): ChangeRow => ({ n, body: JSON.stringify(change) }));
    const wall_us = (entry: Entry) =>
      this.#clock.wallUs() - (this.#clock.monoUs() - entry.since_us);
    batch.notices = [
      ...[...entries, ...rewritten].map(entry => rowOf(entry, wall_us(entry), false)),
      ...dead.map(entry => rowOf(entry, wall_us(entry), true)),
    ];
    batch.routes = [...pending.routes.values()];
    batch.near = [...pending.near];
    batch.tries = [...pending.tries]
      .filter(({ done }) => !done)
      .map(({ n, tries, earlierTries, error }) => ({ n, tries: tries + earlierTries, error }));
    batch.meta = [...pending.meta];
    return batch;
  }

  #forgetChanges(): void {
    const { changes } = this.#next;
    for (const n of changes.keys()) {
      if (changes.size <= this.#journalMax) return;
      changes.delete(n);
      this.#unjournaled += 1;
    }
  }
}
