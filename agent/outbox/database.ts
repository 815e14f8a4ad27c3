/** The spool's SQLite database; used inside the worker only, since every call may wait for the disk. */
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepare, VERSION } from './schema.ts';

const FILE = 'outbox.db';

/** SQLite result codes (sqlite.org/rescode.html); the low byte of an extended one. */
const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

/** Long enough for an agent that was killed to lose its lock, short enough to notice a living one. */
const LOCK_WAIT_MS = 2000;

/** Another agent uses the same spool. */
export class SpoolLockedError extends Error {
  override name = 'SpoolLockedError';
}

/**
 * Opens or makes the database in `dir`, locks it for as long as it is open, and reads it with `read`. One that is
 * broken, as far as that shows in either, is put aside, which `note` tells of.
 * @throws SpoolLockedError, or an Error of SQLite or the file system
 */
export function openDatabase<T>(
  dir: string,
  maxBytes: number,
  read: (db: DatabaseSync) => T,
): { content: T; note: string | null } {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = path.join(dir, FILE);
  const open = () => openFile(file, maxBytes, read);
  try {
    return { content: open(), note: null };
  } catch (error) {
    if (resultCode(error) === BUSY) throw new SpoolLockedError(`${file}: another agent uses it`);
    if (!isBroken(error)) throw error;
    const aside = `${file}.broken-${Date.now()}`;
    renameSync(file, aside);
    rmSync(`${file}-wal`, { force: true });
    rmSync(`${file}-shm`, { force: true });
    const note = `the spool was broken (${(error as Error).message}) and is now ${aside}`;
    return { content: open(), note };
  }
}

function openFile<T>(file: string, maxBytes: number, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    // Before WAL, so that no shared-memory file is needed and the lock is held until the end.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA journal_size_limit = 4194304');
    db.exec('PRAGMA temp_store = MEMORY');
    const { user_version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (user_version > VERSION) {
      throw new Error(`${file}: written by a newer version (${user_version}); move it away`);
    }
    // The write lock is taken here, by writing.
    inTransaction(db, () => {
      prepare(db, user_version, Date.now() * 1000);
      db.exec(`PRAGMA user_version = ${VERSION}`);
    });
    const { page_size } = db.prepare('PRAGMA page_size').get() as { page_size: number };
    db.exec(`PRAGMA max_page_count = ${Math.max(16, Math.floor(maxBytes / page_size))}`);
    chmodSync(file, 0o600);
    return read(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Durable when it returns. @throws what `work` or SQLite throws; nothing of it was written then */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors (full disk, I/O) have rolled back already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** What SQLite found is no database, or is one no longer. */
export function isBroken(error: unknown): boolean {
  const code = resultCode(error);
  return code === CORRUPT || code === NOTADB;
}

/** There is no room, which leaves the database as it was. */
export const isFull = (error: unknown): boolean => resultCode(error) === FULL;

/** SQLite's primary result code of an error, or null. */
function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : null;
}
