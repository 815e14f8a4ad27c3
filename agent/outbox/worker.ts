/**
 * The thread that owns the spool's database: all waiting for the disk happens here. Started by spool.ts with a port and
 * WorkerSettings.
 */
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'node:worker_threads';
import { SpoolDatabase, SpoolLockedError } from './database.ts';
import type { SpoolBatch, SpoolReply, SpoolRequest, WorkerSettings } from './spool-protocol.ts';

const { port, settings } = workerData as { port: MessagePort; settings: WorkerSettings };

let database: SpoolDatabase | null = null;
let told = false;

function reply(message: SpoolReply): void {
  port.postMessage(message);
}

/** Tells what was in it, the first time that it can be opened. @throws Error of SQLite or the file system */
function open(): SpoolDatabase {
  if (database) return database;
  const opened = SpoolDatabase.open(settings.dir, settings.max_bytes);
  database = opened.database;
  if (!told) {
    told = true;
    const contents = database.contents();
    reply({ op: 'opened', contents, problem: null, locked: false, note: opened.note });
  }
  return database;
}

function begin(): void {
  try {
    open();
  } catch (error) {
    reply({
      op: 'opened',
      contents: { rows: [], meta: [] },
      problem: text(error),
      locked: error instanceof SpoolLockedError,
      note: null,
    });
  }
}

function commit(batch: SpoolBatch): string | null {
  try {
    open().commit(batch);
    return null;
  } catch (error) {
    // An I/O error may have left the connection unusable; the next commit opens anew.
    close();
    database = null;
    return text(error);
  }
}

function close(): string | null {
  try {
    database?.close();
    return null;
  } catch (error) {
    return text(error);
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

port.on('message', (request: SpoolRequest) => {
  const error = request.op === 'commit' ? commit(request.batch) : close();
  reply({ op: 'result', id: request.id, error });
  if (request.op === 'close') port.close();
});
begin();
