/** What the spool's database is asked for: everything but the giving up (trim-rows.ts). In the worker only. */
import type { DatabaseSync } from 'node:sqlite';
import { ChangeRows } from './change-rows.ts';
import { inTransaction, isBroken } from './database.ts';
import type {
  ChangeRow,
  Dropped,
  LettersRequest,
  NoticeRow,
  PageQuestion,
  RouteRow,
  SpoolBatch,
  SpoolContents,
  SpoolUse,
  StoredNotice,
  WorkerSettings,
} from './spool-protocol.ts';
import { Statements } from './statements.ts';

const WAITING = 0;
const DEAD = 1;

const STORED = `SELECT notice.*, COALESCE(notice.body, change.body) AS text
  FROM notice LEFT JOIN change ON change.n = notice.change`;

/** As SQLite has it. */
type Raw = Omit<StoredNotice, 'state' | 'near' | 'opens' | 'clears'> &
  Record<'state' | 'near' | 'opens' | 'clears', number>;

export class Rows {
  readonly #db: DatabaseSync;
  readonly #settings: WorkerSettings;
  readonly #sql: Statements;
  readonly #changes: ChangeRows;

  constructor(db: DatabaseSync, settings: WorkerSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#sql = new Statements(db);
    this.#changes = new ChangeRows(this.#sql, settings.journal);
  }

  /** Everything that the outbox has to know at the start. Notices of adapters that are no more are removed. */
  contents(): SpoolContents {
    const closed = this.#meta('closed');
    const fresh = this.#meta('journal') === undefined;
    const orphans = this.#begin();
    const far = this.#sql.all<SpoolContents['far'][number]>(
      `SELECT adapter, SUM(state = ${WAITING}) AS count, SUM(state = ${DEAD}) AS dead,
         COALESCE(MAX(CASE WHEN state = ${WAITING} THEN place END), 0) AS up_to
       FROM notice WHERE state = ${DEAD} OR near = 0 GROUP BY adapter`,
    );
    const numbers = this.#sql.get<SpoolContents['numbers']>(
      `SELECT (SELECT COALESCE(MAX(MAX(n), MAX(place)), 0) FROM notice) AS notice,
         (SELECT COALESCE(MAX(n), 0) FROM change) AS change`,
    );
    const near = `${STORED} WHERE state = ${WAITING} AND near = 1 ORDER BY place`;
    const meta = this.#sql.all<{ name: string; value: string }>('SELECT name, value FROM meta');
    return {
      near: this.#sql.all<Raw>(near).map(stored),
      far,
      routes: this.#sql.all<RouteRow>('SELECT adapter, alarm_id FROM route'),
      numbers: numbers ?? { notice: 0, change: 0 },
      journal_first: this.#changes.first,
      clean: orphans !== null && (closed === '1' || fresh),
      orphans: orphans ?? 0,
      meta: meta.map(({ name, value }) => [name, value]),
    };
  }

  #meta(name: string): string | undefined {
    return this.#sql.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value;
  }

  /** Forgets adapters that are no more: how many notices of theirs; null: the disk takes nothing. */
  #begin(): number | null {
    const names = JSON.stringify(this.#settings.adapters);
    const others = 'WHERE adapter NOT IN (SELECT value FROM json_each(?))';
    try {
      return inTransaction(this.#db, () => {
        this.#sql.run(`DELETE FROM route ${others}`, names);
        const orphans = this.#sql.run(`DELETE FROM notice ${others}`, names);
        this.#sql.run("INSERT OR REPLACE INTO meta VALUES ('closed', '0')");
        this.#changes.prune();
        return orphans;
      });
    } catch (error) {
      if (isBroken(error)) throw error;
      return null;
    }
  }

  /** The batch in one transaction, durable when it returns. @throws Error when nothing of it was written */
  commit(batch: SpoolBatch): SpoolUse {
    inTransaction(this.#db, () => {
      // Removing first gives room on a spool that is nearly full.
      for (const n of batch.done) this.remove(n);
      this.#changes.insert(batch.changes);
      for (const row of batch.notices) this.#write(row);
      for (const { adapter, alarm_id, on } of batch.routes) {
        const route = on
          ? 'INSERT OR IGNORE INTO route VALUES (?, ?)'
          : 'DELETE FROM route WHERE adapter = ? AND alarm_id = ?';
        this.#sql.run(route, adapter, alarm_id);
      }
      for (const n of batch.near) this.#isNear(n);
      for (const { n, tries, error } of batch.tries) {
        this.#sql.run('UPDATE notice SET tries = ?, error = ? WHERE n = ?', tries, error, n);
      }
      for (const [name, value] of batch.meta) {
        this.#sql.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value);
      }
      const dead = batch.notices.filter(({ state }) => state === 'dead');
      for (const adapter of new Set(dead.map(row => row.adapter))) this.#limitDead(adapter);
    });
    this.#changes.grew(batch.changes.length);
    return this.use();
  }

  #write(row: NoticeRow): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      row.n,
      row.adapter,
      row.place,
      row.sequence,
      row.alarm_id,
      row.change,
      row.body,
      row.put_wall_us,
      row.state === 'dead' ? DEAD : WAITING,
      Number(row.near),
      Number(row.opens),
      Number(row.clears),
      row.tries,
      row.error,
    );
  }

  #isNear(n: number): void {
    this.#sql.run('UPDATE notice SET near = 1 WHERE n = ?', n);
  }

  /** A notice, and its change if nothing needs it any more. In a transaction. */
  remove(n: number): void {
    const sql = 'DELETE FROM notice WHERE n = ? RETURNING change';
    const row = this.#sql.get<{ change: number | null }>(sql, n);
    if (row) this.#changes.release(row.change);
  }

  /** The oldest go. */
  #limitDead(adapter: string): void {
    const over = this.#sql.all<{ n: number }>(
      `SELECT n FROM notice WHERE adapter = ? AND state = ${DEAD} ORDER BY n DESC LIMIT -1 OFFSET ?`,
      adapter,
      this.#settings.dead_letters,
    );
    for (const { n } of over) this.remove(n);
  }

  use(): SpoolUse {
    const value = (name: string) =>
      Number(Object.values(this.#sql.get<object>(`PRAGMA ${name}`) ?? { none: 0 })[0]);
    const used = (value('page_count') - value('freelist_count')) / value('max_page_count');
    return { used, journal_first: this.#changes.first };
  }

  /** The next ones that are not in memory. They are marked as being so; a disk that is full does not keep them here. */
  page({ adapter, after, up_to, limit, again }: PageQuestion): StoredNotice[] {
    const rows = this.#sql.all<Raw>(
      `${STORED} WHERE adapter = ? AND state = ${WAITING} AND near IN (${again ? '0, 1' : '0'})
         AND place > ? AND place <= ? ORDER BY place LIMIT ?`,
      adapter,
      after,
      up_to,
      limit,
    );
    try {
      inTransaction(this.#db, () => {
        for (const { n } of rows) this.#isNear(n);
      });
    } catch {
      // Whoever asks goes on after the last of them.
    }
    return rows.map(stored);
  }

  letters({ adapters, state, limit }: LettersRequest): StoredNotice[] {
    const states = state === null ? '0, 1' : state === 'dead' ? '1' : '0';
    const rows = this.#sql.all<Raw>(
      `${STORED} WHERE adapter IN (SELECT value FROM json_each(?)) AND state IN (${states})
       ORDER BY notice.n LIMIT ?`,
      JSON.stringify(adapters),
      limit,
    );
    return rows.map(stored);
  }

  dead(numbers: readonly number[]): StoredNotice[] {
    const rows = this.#sql.all<Raw>(
      `${STORED} WHERE notice.n IN (SELECT value FROM json_each(?)) AND state = ${DEAD} ORDER BY notice.n`,
      JSON.stringify(numbers),
    );
    return rows.map(stored);
  }

  drop(numbers: readonly number[]): Dropped[] {
    const rows = this.#sql.all<{ n: number; adapter: string; state: number }>(
      'SELECT n, adapter, state FROM notice WHERE n IN (SELECT value FROM json_each(?))',
      JSON.stringify(numbers),
    );
    inTransaction(this.#db, () => {
      for (const { n } of rows) this.remove(n);
    });
    return rows.map(row => ({ ...row, state: row.state === DEAD ? 'dead' : 'waiting' }));
  }

  journal({ after, limit }: { after: number; limit: number }): ChangeRow[] {
    return this.#changes.read(after, limit);
  }
}

const stored = (row: Raw): StoredNotice => ({
  ...row,
  state: row.state === DEAD ? 'dead' : 'waiting',
  near: row.near === 1,
  opens: row.opens === 1,
  clears: row.clears === 1,
});
