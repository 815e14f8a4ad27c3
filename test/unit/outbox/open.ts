/** An outbox for a test, with its real worker and database, closed when the test ends. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type OutboxOptions, openOutbox, type SpoolState } from '../../../agent/outbox/index.ts';
import type { Told } from '../../../agent/types.ts';
import { Queue } from '../support/events.ts';
import type { ScriptedDestination } from './script.ts';

interface Test {
  teardown(end: () => unknown): void;
}

export async function open(
  t: Test,
  dir: string,
  destinations: ScriptedDestination[],
  more: Partial<OutboxOptions> = {},
) {
  const told = new Queue<Told>();
  const states = new Queue<[SpoolState, string]>();
  const outbox = await openOutbox({
    dir,
    source: 'urn:test',
    destinations,
    onTold: told.push,
    onState: (state, reason) => states.push([state, reason]),
    ...more,
  });
  let closed: Promise<boolean> | null = null;
  const close = () => {
    closed ??= outbox.close();
    return closed;
  };
  t.teardown(close);
  return { outbox, told, states, close };
}

/** What lies on disk, once the outbox is closed. */
export function onDisk(dir: string): string[] {
  const db = new DatabaseSync(path.join(dir, 'outbox.db'));
  const rows = db.prepare('SELECT adapter, key FROM notice ORDER BY n').all() as {
    adapter: string;
    key: string;
  }[];
  db.close();
  return rows.map(({ adapter, key }) => `${adapter} ${key}`);
}

/** The reason of the next `wanted` state; a disk that is slow at the moment may tell others before. */
export async function reached(
  states: Queue<[SpoolState, string]>,
  wanted: SpoolState,
): Promise<string> {
  for (;;) {
    const [state, reason] = await states.next();
    if (state === wanted) return reason;
  }
}

/** For puts in which the changes are what counts. */
export const some = { state: { alarms: 1 }, cursor: { epoch: 1, seq: 2 } };
