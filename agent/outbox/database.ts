/** The spool's SQLite database; used inside the worker only, since every call may wait for the disk. */
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SpoolBatch, SpoolContents, SpoolRow } from './spool-protocol.ts';

const FILE = 'outbox.db';

/** PRAGMA user_version of what this program writes. */
const VERSION = 1;

/** SQLite result codes (sqlite.org/rescode.html); the low byte of an extended one. */
const BUSY = 5;
const CORRUPT = 11;
const NOTADB = 26;

/** Long enough for an agent that was killed to lose its lock, short enough to notice a living one. */
const LOCK_WAIT_MS = 2000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS notice (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    adapter TEXT NOT NULL,
    key TEXT NOT NULL,
    alarm_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    put_wall_us INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (adapter, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Another agent uses the same spool. */
export class SpoolLockedError extends Error {
  override name = 'SpoolLockedError';
}

export class SpoolDatabase {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #setMeta: StatementSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
    // A row that was written in an attempt whose outcome we did not learn is written again.
    this.#insert = db.prepare(
      `INSERT OR IGNORE INTO notice (adapter, key, alarm_id, revision, sequence, put_wall_us, body)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = db.prepare('DELETE FROM notice WHERE adapter = ? AND key = ?');
    this.#setMeta = db.prepare(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
  }

  /**
   * Opens or makes the database in `dir` and locks it for as long as it is open. A broken one is put aside.
   * @throws SpoolLockedError, or an Error of SQLite or the file system
   */
  static open(dir: string, maxBytes: number): { database: SpoolDatabase; note: string | null } {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const file = path.join(dir, FILE);
    try {
      return { database: SpoolDatabase.#openFile(file, maxBytes), note: null };
    } catch (error) {
      const code = resultCode(error);
      if (code === BUSY) throw new SpoolLockedError(`${file}: another agent uses it`);
      if (code !== CORRUPT && code !== NOTADB) throw error;
      const aside = `${file}.broken-${Date.now()}`;
      renameSync(file, aside);
      rmSync(`${file}-wal`, { force: true });
      rmSync(`${file}-shm`, { force: true });
      const note = `the spool was broken (${(error as Error).message}) and is now ${aside}`;
      return { database: SpoolDatabase.#openFile(file, maxBytes), note };
    }
  }

  static #openFile(file: string, maxBytes: number): SpoolDatabase {
    const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
    try {
      // Before WAL, so that no shared-memory file is needed and the lock is held until the end.
      db.exec('PRAGMA locking_mode = EXCLUSIVE');
      db.exec('PRAGMA journal_mode = WAL');
      db.exec('PRAGMA synchronous = FULL');
      db.exec('PRAGMA journal_size_limit = 4194304');
      const { user_version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
      if (user_version > VERSION) {
        throw new Error(`${file}: written by a newer version (${user_version}); move it away`);
      }
      // The write lock is taken here, by writing.
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT`);
      const { page_size } = db.prepare('PRAGMA page_size').get() as { page_size: number };
      db.exec(`PRAGMA max_page_count = ${Math.max(16, Math.floor(maxBytes / page_size))}`);
      chmodSync(file, 0o600);
      return new SpoolDatabase(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Everything that is in it. */
  contents(): SpoolContents {
    const rows = this.#db
      .prepare(
        'SELECT adapter, key, alarm_id, revision, sequence, put_wall_us, body FROM notice ORDER BY n',
      )
      .all() as unknown as SpoolRow[];
    const meta = this.#db.prepare('SELECT name, value FROM meta').all() as unknown as {
      name: string;
      value: string;
    }[];
    return { rows, meta: meta.map(({ name, value }) => [name, value]) };
  }

  /** The batch in one transaction, durable when it returns. @throws Error when nothing of it was written */
  commit({ done, rows, meta }: SpoolBatch): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      // Removing first gives room on a spool that is nearly full.
      for (const { adapter, key } of done) this.#remove.run(adapter, key);
      for (const row of rows) {
        const { adapter, key, alarm_id, revision, sequence, put_wall_us, body } = row;
        this.#insert.run(adapter, key, alarm_id, revision, sequence, put_wall_us, body);
      }
      for (const [name, value] of meta) this.#setMeta.run(name, value);
      this.#db.exec('COMMIT');
    } catch (error) {
      // Some errors (full disk, I/O) have rolled back already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

/** SQLite's primary result code of an error, or null. */
export function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : null;
}
