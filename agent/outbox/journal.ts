/** The alarm changes as they were put, for those who resume the alarm stream. */
import type { AlarmChange } from '../types.ts';
import type { JournalEntry } from './api.ts';
import type { Spool } from './spool.ts';
import type { Writer } from './writer.ts';

/** Kept in memory: who was away for a moment needs no disk. */
const RECENT = 256;
/**
 * A run that did not end by itself may have told changes by numbers that never got to the disk. They are not given to
 * others.
 */
const AFTER_DEATH = 1_000_000;

export class Journal {
  readonly #spool: Spool;
  readonly #writer: Writer;
  readonly #call: (run: () => void) => void;
  readonly #recent: JournalEntry[] = [];
  readonly #followers = new Set<(entry: JournalEntry) => void>();
  #last = 0;
  #first = 0;

  constructor(spool: Spool, writer: Writer, call: (run: () => void) => void) {
    this.#spool = spool;
    this.#writer = writer;
    this.#call = call;
  }

  /** `stored`: the last number on disk; `clean`: the run that gave it ended by itself. */
  restore(stored: number, first: number, clean: boolean): void {
    this.#last = Math.max(this.#last, stored + (clean ? 0 : AFTER_DEATH));
    this.firstIs(first);
  }

  /** What is on disk is not known: numbers begin where none can have been given. */
  beginAt(n: number): void {
    this.#last = Math.max(this.#last, n);
  }

  firstIs(n: number): void {
    if (n > 0) this.#first = n;
  }

  /** The number of the change. */
  add(change: AlarmChange): number {
    this.#last += 1;
    const entry = { n: this.#last, change };
    this.#recent.push(entry);
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (this.#first === 0) this.#first = entry.n;
    this.#writer.journal(entry.n, change);
    this.#writer.note('journal', String(entry.n));
    for (const listener of this.#followers) this.#call(() => listener(entry));
    return entry.n;
  }

  follow(listener: (entry: JournalEntry) => void): () => void {
    this.#followers.add(listener);
    return () => {
      this.#followers.delete(listener);
    };
  }

  /** Rejects when the disk is asked, and does not answer. */
  async read(
    after: number,
    limit: number,
  ): Promise<{ entries: JournalEntry[]; first: number; last: number }> {
    const oldest = this.#recent[0]?.n;
    const inMemory = oldest === undefined ? after >= this.#last : after >= oldest - 1;
    const entries = inMemory ? [] : await this.#stored(after, limit);
    const from = entries.at(-1)?.n ?? after;
    // What was put while the disk was asked may have pushed others out of memory; they are on disk for the next to ask.
    const [first] = this.#recent;
    const hole = first !== undefined && first.n !== oldest && first.n > from + 1;
    for (const entry of hole ? [] : this.#recent) {
      if (entries.length >= limit) break;
      if (entry.n > from) entries.push(entry);
    }
    return { entries, first: this.#first, last: this.#last };
  }

  async #stored(after: number, limit: number): Promise<JournalEntry[]> {
    await this.#writer.flush();
    const rows = await this.#spool.ask('journal', { after, limit });
    return rows.map(({ n, body }) => ({ n, change: JSON.parse(body) as AlarmChange }));
  }
}
