/** Giving up what waits on disk, in small steps so that commits go in between. In the worker only. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from './database.ts';
import type { Rows } from './rows.ts';
import type { Trimmed, TrimRequest } from './spool-protocol.ts';

interface Candidate {
  n: number;
  place: number;
  alarm_id: string;
  opens: number;
  clears: number;
  put_wall_us: number;
}

export class TrimRows {
  readonly #db: DatabaseSync;
  readonly #rows: Rows;
  readonly #candidates: StatementSync;
  readonly #later: StatementSync;
  readonly #end: StatementSync;
  readonly #open: StatementSync;

  constructor(db: DatabaseSync, rows: Rows) {
    this.#db = db;
    this.#rows = rows;
    this.#candidates = db.prepare(
      `SELECT n, place, alarm_id, opens, clears, put_wall_us FROM notice
       WHERE adapter = ? AND state = 0 AND near = 0 AND place > ? AND place <= ? AND change IS NOT NULL
         AND n NOT IN (SELECT value FROM json_each(?))
       ORDER BY place LIMIT ?`,
    );
    this.#later = db.prepare(
      `SELECT n FROM notice WHERE adapter = ? AND alarm_id = ? AND state = 0 AND place > ?
       ORDER BY place`,
    );
    this.#end = db.prepare(
      'SELECT n FROM notice WHERE adapter = ? AND alarm_id = ? AND state = 0 AND clears = 1 LIMIT 1',
    );
    this.#open = db.prepare('UPDATE notice SET opens = 1 WHERE n = ?');
  }

  /** Looks at `limit` notices. @throws Error of SQLite; nothing is given up then */
  trim(request: TrimRequest): Trimmed {
    const { adapter, after, up_to, limit, give, before_wall_us, not } = request;
    const range = [adapter, after, up_to, JSON.stringify(not), limit] as const;
    const rows = this.#candidates.all(...range) as unknown as Candidate[];
    const gone = new Set<number>();
    inTransaction(this.#db, () => {
      for (const row of rows) {
        if (gone.size >= give) break;
        if (gone.has(row.n)) continue;
        if (before_wall_us !== null && row.put_wall_us >= before_wall_us) continue;
        for (const n of this.#expendable(row, request)) {
          gone.add(n);
          this.#rows.remove(n);
        }
      }
    });
    const last = rows.at(-1);
    return { given: gone.size, next: last && rows.length === limit ? last.place : null };
  }

  #expendable(row: Candidate, { adapter, tier }: TrimRequest): number[] {
    const later = () =>
      (this.#later.all(adapter, row.alarm_id, row.place) as unknown as { n: number }[]).map(
        ({ n }) => n,
      );
    if (tier === 'between') {
      return row.opens || row.clears || later().length === 0 ? [] : [row.n];
    }
    if (tier === 'opening') {
      if (!row.opens || row.clears || !this.#end.get(adapter, row.alarm_id)) return [];
      const [next] = later();
      if (next !== undefined) this.#open.run(next);
      return [row.n];
    }
    return row.opens && row.clears ? [row.n, ...later()] : [];
  }
}
