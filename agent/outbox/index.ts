/**
 * The outbox: the duty to tell every destination about every alarm change that is for it. Its promises:
 *
 * 1. Changes, notices, the agent's state and its cursor are written in one transaction, and are read back after any
 *    death.
 * 2. A notice leaves when it is on disk, or after 20 ms without that, marked uncommitted; a disk that is slow, full or
 *    gone delays no alarm.
 * 3. Each notice is delivered at least once, or refused by its receiver and kept among the dead letters, or given up
 *    because too many wait, or for too long, or the disk is full: that is counted, logged, reported as state `full`,
 *    shows as a hole in `sequence`, and the destination is told that its list may have a hole (post.ts, trim.ts).
 * 4. Of one alarm, changes arrive in order (lane.ts), wherever they wait (backlog.ts). Memory holds a bounded number.
 * 5. A destination that does not take notices, or not in time, is reported (watch.ts), and holds up no other.
 */
import type { Outbox, OutboxLimits, OutboxOptions } from './api.ts';
import { SpooledOutbox } from './outbox.ts';
import { Spool, within } from './spool.ts';

export type { DeliveryState, JournalEntry, Outbox, OutboxOptions } from './api.ts';
export type { SpoolState } from './health.ts';

/**
 * How long the start waits for what is on disk. Without it the agent knows nothing of alarms that it raised before, so
 * this is long; a disk that hangs for ever must not keep it blind for ever either.
 */
const OPEN_WAIT_MS = 30_000;
const CLOSE_WAIT_MS = 2000;

const DEFAULT_LIMITS: OutboxLimits = {
  in_memory: 2000,
  notices: 200_000,
  disk_bytes: 256 << 20,
  age_ms: 7 * 86_400_000,
  dead_letters: 1000,
  journal: 10_000,
};

/** @throws Error when another agent uses the spool. A broken, slow or full disk is no error but told by onState. */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const spool = new Spool(
    {
      dir: options.dir,
      max_bytes: limits.disk_bytes,
      adapters: options.destinations.map(({ name }) => name),
      journal: limits.journal,
      dead_letters: limits.dead_letters,
    },
    // Its notices are still owed; its state is older than what this agent knows by then.
    late => outbox.recover(late, false),
  );
  const opening = spool.open();
  const opened = await within(opening, OPEN_WAIT_MS);
  if (opened?.locked) {
    await spool.close(CLOSE_WAIT_MS);
    throw new Error(`${opened.problem}; stop the other agent or set state_dir`);
  }
  const outbox = new SpooledOutbox(options, limits, spool);
  // Before they are sent what was found on disk.
  for (const destination of options.destinations) destination.start?.(options.active);
  if (opened) {
    outbox.recover(opened, true);
  } else {
    outbox.fail('the disk does not answer');
    opening.then(late => outbox.recover(late, false));
  }
  return outbox;
}
