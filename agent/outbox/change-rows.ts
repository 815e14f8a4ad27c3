/** The changes on disk: the journal's newest, and those that notices still need. In the worker only. */
import { inTransaction } from './database.ts';
import type { ChangeRow } from './spool-protocol.ts';
import type { Statements } from './statements.ts';

/** Of the journal's size: so many changes more may be kept until some are removed. */
const SLACK = 0.05;

export class ChangeRows {
  readonly #sql: Statements;
  /** So many are kept at least. */
  readonly #size: number;
  /** Changes up to here are kept for notices alone. */
  #floor: number;
  /** Changes that came since the floor was set. */
  #grown = 0;

  constructor(sql: Statements, size: number) {
    this.#sql = sql;
    this.#size = size;
    this.#floor = this.#newFloor();
  }

  /** In a transaction. One that is there already stays. */
  insert(rows: readonly ChangeRow[]): void {
    for (const { n, body } of rows) {
      this.#sql.run('INSERT OR IGNORE INTO change VALUES (?, ?)', n, body);
    }
  }

  /** In a transaction, when a notice of it was removed. */
  release(n: number | null): void {
    if (n === null || n > this.#floor) return;
    this.#sql.run(
      'DELETE FROM change WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM notice WHERE change = ?1)',
      n,
    );
  }

  /** Those after one number and up to another that no notice needs. In a transaction. */
  prune(after = 0, upTo = this.#floor): void {
    this.#sql.run(
      `DELETE FROM change WHERE n > ? AND n <= ?
         AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.change = change.n)`,
      after,
      upTo,
    );
  }

  /** To be called when so many were written: removes some when there are too many. */
  grew(count: number): void {
    this.#grown += count;
    if (this.#grown <= this.#size * SLACK) return;
    const before = this.#floor;
    const after = Math.max(before, this.#newFloor());
    try {
      inTransaction(this.#sql.db, () => this.prune(before, after));
      this.#floor = after;
      this.#grown = 0;
    } catch {
      // What was written is on disk, so this is tried again after the next commit.
    }
  }

  #newFloor(): number {
    const sql = 'SELECT n FROM change ORDER BY n DESC LIMIT 1 OFFSET ?';
    return this.#sql.get<{ n: number }>(sql, this.#size)?.n ?? 0;
  }

  /** The oldest of the journal; 0: there is none. */
  get first(): number {
    const sql = 'SELECT MIN(n) AS n FROM change WHERE n > ?';
    return this.#sql.get<{ n: number | null }>(sql, this.#floor)?.n ?? 0;
  }

  read(after: number, limit: number): ChangeRow[] {
    return this.#sql.all(
      'SELECT n, body FROM change WHERE n > ? ORDER BY n LIMIT ?',
      Math.max(after, this.#floor),
      limit,
    );
  }
}
