/**
 * The spool's thread as a test moves it: what it is asked waits until `work`, its answers until `reply`; it fails, dies
 * and is killed on demand. The database is a real one, in memory, and outlives it.
 */
import { DatabaseSync } from 'node:sqlite';
import { Rows } from '../../../agent/outbox/rows.ts';
import { prepare } from '../../../agent/outbox/schema.ts';
import type { Opened, Spool } from '../../../agent/outbox/spool.ts';
import type {
  PageQuestion,
  SpoolBatch,
  SpoolQuestion,
  SpoolQuestions,
  TrimRequest,
} from '../../../agent/outbox/spool-protocol.ts';
import { TrimRows } from '../../../agent/outbox/trim-rows.ts';

interface Result {
  error: string | null;
  answer: unknown;
}

interface Asked {
  op: SpoolQuestion;
  ask: unknown;
  resolve(result: Result): void;
}

export function emptyDatabase(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  prepare(db, 0, 0);
  return db;
}

export class HandSpool {
  /** Whatever is asked fails. */
  failing = false;
  readonly opened: Opened;
  readonly #rows: Rows;
  readonly #trim: TrimRows;
  readonly #asked: Asked[] = [];
  readonly #done: { asked: Asked; result: Result }[] = [];
  #killed = false;

  constructor(db: DatabaseSync, adapters: string[]) {
    this.#rows = new Rows(db, {
      dir: '',
      max_bytes: 0,
      adapters,
      journal: 50,
      dead_letters: 100_000,
    });
    this.#trim = new TrimRows(db, this.#rows);
    const contents = this.#rows.contents();
    this.opened = { contents, problem: null, locked: false, note: null };
  }

  get spool(): Spool {
    return this as unknown as Spool;
  }

  get idle(): boolean {
    return this.#asked.length + this.#done.length === 0;
  }

  async commit(batch: SpoolBatch): Promise<{ error: string | null; use: unknown }> {
    const { error, answer } = await this.#post('commit', batch);
    return { error, use: answer };
  }

  async ask<Q extends SpoolQuestion>(op: Q, ask: SpoolQuestions[Q]['ask']): Promise<unknown> {
    const { error, answer } = await this.#post(op, ask);
    if (error !== null) throw new Error(error);
    return answer;
  }

  drain(): void {
    while (this.#done.length > 0) this.reply();
  }

  async close(): Promise<boolean> {
    return true;
  }

  #post(op: SpoolQuestion, ask: unknown): Promise<Result> {
    return new Promise(resolve => {
      // As from thread to thread: a copy, of what it was then.
      if (!this.#killed) this.#asked.push({ op, ask: structuredClone(ask), resolve });
    });
  }

  /** Does the next thing. */
  work(): void {
    const next = this.#asked.shift();
    if (!next) return;
    const result = this.#result(next);
    this.#done.push({ asked: next, result });
  }

  #result({ op, ask }: Asked): Result {
    if (this.failing) return { error: 'the disk is full', answer: null };
    return { error: null, answer: this.#answer(op, ask) };
  }

  #answer(op: SpoolQuestion, ask: unknown): unknown {
    if (op === 'trim') return this.#trim.trim(ask as TrimRequest);
    if (op === 'page') return this.#rows.page(ask as PageQuestion);
    if (op === 'commit') return this.#rows.commit(ask as SpoolBatch);
    if (op === 'dead') return this.#rows.dead(ask as number[]);
    if (op === 'drop') return this.#rows.drop(ask as number[]);
    if (op === 'letters') return this.#rows.letters(ask as SpoolQuestions['letters']['ask']);
    throw new Error(op);
  }

  /** Its next answer arrives. */
  reply(): void {
    const next = this.#done.shift();
    next?.asked.resolve(next.result);
  }

  /** The thread ends: what it did last is not known. */
  die(): void {
    const lost = { error: 'the thread ended', answer: null };
    const asked = [...this.#done.splice(0).map(done => done.asked), ...this.#asked.splice(0)];
    for (const { resolve } of asked) resolve(lost);
  }

  /** The whole agent ends: nothing that is asked or done from here on has any effect. */
  kill(): void {
    this.#killed = true;
    this.#asked.length = 0;
    this.#done.length = 0;
  }
}
