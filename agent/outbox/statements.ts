/** Statements of the spool's database, prepared once. In the worker only. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Value = string | number | null;

export class Statements {
  readonly db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  #of(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** How many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#of(sql).run(...values).changes);
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.#of(sql).all(...values) as unknown as T[];
  }

  /** The first row. */
  get<T>(sql: string, ...values: Value[]): T | undefined {
    return this.#of(sql).get(...values) as T | undefined;
  }
}
