/** The outbox's journal for all streams together: its newest number, and each change as it comes, off the alarm path. */
import type { Log } from '../../log.ts';
import type { JournalEntry, Outbox } from '../../outbox/api.ts';
import { writePosition } from './position.ts';

export type JournalSource = Pick<Outbox, 'journal' | 'follow'>;

export class Journal {
  readonly #outbox: JournalSource;
  readonly #log: Log;
  readonly #listeners = new Set<(entry: JournalEntry) => void>();
  readonly #unfollow: () => void;
  #queue: JournalEntry[] = [];
  /** Null: none has come since, and the disk has not been asked yet. After a restart a number may have no entry. */
  #newest: { n: number; entry: JournalEntry | null } | null = null;

  constructor(outbox: JournalSource, log: Log) {
    this.#outbox = outbox;
    this.#log = log;
    this.#unfollow = outbox.follow(entry => this.#put(entry));
  }

  /** On the alarm path: no more than this. */
  #put(entry: JournalEntry): void {
    this.#newest = { n: entry.n, entry };
    if (this.#listeners.size === 0) return;
    if (this.#queue.push(entry) === 1) setImmediate(() => this.#tell());
  }

  #tell(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const entry of queue) {
      for (const listener of this.#listeners) {
        try {
          listener(entry);
        } catch (error) {
          this.#log.error({ err: error }, 'a stream failed');
        }
      }
    }
  }

  /** Each change put from now on, and perhaps some that were put in this very moment before. Returns what ends it. */
  follow(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** After `ready`: of the newest change that was put, 0: there was none yet. */
  get last(): number {
    return this.#newest?.n ?? 0;
  }

  /** After `ready`; null before. */
  get position(): string | null {
    if (this.#newest === null) return null;
    const { n, entry } = this.#newest;
    return entry === null ? String(n) : writePosition(entry);
  }

  /** Rejects when the disk had to be asked and does not answer. */
  async ready(): Promise<void> {
    if (this.#newest !== null) return;
    const { last } = await this.#outbox.journal(Number.MAX_SAFE_INTEGER, 1);
    const { entries } = await this.#outbox.journal(Math.max(0, last - 1), 1);
    const [entry = null] = entries;
    this.#newest ??= { n: last, entry };
  }

  read(after: number, limit: number): ReturnType<Outbox['journal']> {
    return this.#outbox.journal(after, limit);
  }

  close(): void {
    this.#unfollow();
    this.#listeners.clear();
  }
}
