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

/** What a test does not ask about. */
export const quiet = {
  budget_ms: 1000,
  active: () => [],
  onTold() {},
  onState() {},
  onDelivery() {},
};

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
    ...quiet,
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

/** Notices on disk, once the outbox is closed: `<adapter> <key>`, in their order; dead ones with a cross. */
export function onDisk(dir: string): string[] {
  const db = new DatabaseSync(path.join(dir, 'outbox.db'));
  const rows = db
    .prepare(
      `SELECT adapter, state, alarm_id || '/' || (change.body ->> '$.revision') AS key
       FROM notice LEFT JOIN change ON change.n = notice.change ORDER BY place`,
    )
    .all() as { adapter: string; key: string | null; state: number }[];
  db.close();
  return rows.map(
    ({ adapter, key, state }) => `${adapter} ${key ?? 'rebuilt'}${state === 1 ? ' ✗' : ''}`,
  );
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
