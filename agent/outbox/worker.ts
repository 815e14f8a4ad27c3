/**
 * The thread that owns the spool's database: all waiting for the disk happens here. Started by spool.ts with a port and
 * WorkerSettings.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'node:worker_threads';
import { isFull, openDatabase, SpoolLockedError } from './database.ts';
import { Rows } from './rows.ts';
import {
  nothingStored,
  type SpoolReply,
  type SpoolRequest,
  type SpoolUse,
  type WorkerSettings,
} from './spool-protocol.ts';
import { TrimRows } from './trim-rows.ts';

const { port, settings } = workerData as { port: MessagePort; settings: WorkerSettings };

let open: { db: DatabaseSync; rows: Rows; trim: TrimRows } | null = null;
let told = false;

function reply(message: SpoolReply): void {
  port.postMessage(message);
}

/** Tells what was in it, the first time that it can be opened. @throws Error of SQLite or the file system */
function opened(): NonNullable<typeof open> {
  if (open) return open;
  const { content, note } = openDatabase(settings.dir, settings.max_bytes, db => {
    const rows = new Rows(db, settings);
    const contents = told ? null : rows.contents();
    return { db, rows, trim: new TrimRows(db, rows), contents };
  });
  open = content;
  told = true;
  const { contents } = content;
  if (contents) reply({ op: 'opened', contents, problem: null, locked: false, note });
  return open;
}

function begin(): void {
  try {
    opened();
  } catch (error) {
    reply({
      op: 'opened',
      contents: nothingStored(),
      problem: text(error),
      locked: error instanceof SpoolLockedError,
      note: null,
    });
  }
}

function answer(request: SpoolRequest): unknown {
  switch (request.op) {
    case 'commit':
      return opened().rows.commit(request.ask);
    case 'page':
      return opened().rows.page(request.ask);
    case 'trim':
      return opened().trim.trim(request.ask);
    case 'letters':
      return opened().rows.letters(request.ask);
    case 'dead':
      return opened().rows.dead(request.ask);
    case 'drop':
      return opened().rows.drop(request.ask);
    case 'journal':
      return opened().rows.journal(request.ask);
    case 'close':
      open?.db.close();
      return null;
  }
}

/** How full it is: perhaps that is why a commit failed. */
function useNow(): SpoolUse | null {
  try {
    return open?.rows.use() ?? null;
  } catch {
    return null;
  }
}

/** An I/O error may have left the connection unusable; the next request opens anew. */
function giveUp(): void {
  try {
    open?.db.close();
  } catch {
    // What failed before is told already.
  }
  open = null;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

port.on('message', (request: SpoolRequest) => {
  const { id } = request;
  try {
    reply({ op: 'result', id, error: null, answer: answer(request) });
  } catch (error) {
    const use = request.op === 'commit' ? useNow() : null;
    if (!isFull(error)) giveUp();
    reply({ op: 'result', id, error: text(error), answer: use });
  }
  if (request.op === 'close') port.close();
});
begin();
