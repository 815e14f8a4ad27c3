/**
 * The outbox: the duty to tell every destination about every alarm change. Its promises:
 *
 * 1. Notices, the agent's state and its cursor are written in one transaction, and are read back after any death.
 * 2. A notice leaves when it is on disk, or after 20 ms without that, marked uncommitted; a disk that is slow, full or
 *    gone delays no alarm.
 * 3. Each notice is delivered at least once, or refused by its receiver, or given up because too many wait; the last
 *    is logged, reported as state `full`, and shows as a hole in `sequence`.
 * 4. Of one alarm, changes arrive in order (lane.ts).
 */
import { type Log, silentLog } from '../log.ts';
import { type Clock, clamp, systemClock } from '../time.ts';
import type { AlarmChange, Notice } from '../types.ts';
import type { Outbox, OutboxLimits, OutboxOptions, PendingOf, Recovered } from './api.ts';
import { Health } from './health.ts';
import { type Entry, Lane } from './lane.ts';
import { type Opened, Spool } from './spool.ts';
import type { SpoolRow } from './spool-protocol.ts';
import { expendable } from './trim.ts';
import { Writer } from './writer.ts';

export type { Outbox, OutboxLimits, OutboxOptions, PendingOf, Recovered } from './api.ts';
export type { Attempt, Destination } from './destination.ts';
export type { SpoolState } from './health.ts';

/** How long a first attempt waits for its commit. */
const COMMIT_WAIT_MS = 20;
/** Delivered notices are removed from disk with the next commit, or after this; a death in between repeats them. */
const SWEEP_MS = 200;
/** Giving up makes this much room at once, as a share of the limit. */
const TRIM_TO = 0.9;
/** How often a disk that failed or was slow is tried again. */
const PROBE_MS = 1000;
/**
 * How long the start waits for what is on disk. Without it the agent knows nothing of alarms that it raised before, so
 * this is long; a disk that hangs for ever must not keep it blind for ever either.
 */
const OPEN_WAIT_MS = 30_000;
const CLOSE_WAIT_MS = 2000;
/** Attempts under way at the end may still succeed. */
const LAST_ATTEMPTS_MS = 300;
/** A clock that was wrong before must not make a notice older than this. */
const AGE_MAX_US = 30 * 86_400 * 1e6;

const DEFAULT_LIMITS: OutboxLimits = { notices: 10_000, bytes: 16 << 20, disk_bytes: 64 << 20 };

/** @throws Error when another agent uses the spool. A broken, slow or full disk is no error but told by onState. */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const spool = new Spool({ dir: options.dir, max_bytes: limits.disk_bytes }, late =>
    // Its notices are still owed; its state is older than what this agent knows by then.
    outbox.recover(late, false),
  );
  const opening = spool.open();
  let timer: NodeJS.Timeout | undefined;
  const opened = await Promise.race([
    opening,
    new Promise<null>(resolve => {
      timer = setTimeout(() => resolve(null), OPEN_WAIT_MS);
    }),
  ]);
  clearTimeout(timer);
  if (opened?.locked) {
    await spool.close(CLOSE_WAIT_MS);
    throw new Error(`${opened.problem}; stop the other agent or set state_dir`);
  }
  const outbox = new SpooledOutbox(options, limits, spool);
  if (opened) {
    outbox.recover(opened, true);
  } else {
    outbox.fail('the disk does not answer');
    opening.then(late => outbox.recover(late, false));
  }
  for (const destination of options.destinations) destination.start?.();
  return outbox;
}

class SpooledOutbox implements Outbox {
  recovered: Recovered = { state: null, cursor: null };
  readonly #options: OutboxOptions;
  readonly #limits: OutboxLimits;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health;
  readonly #lanes: Lane[];
  readonly #writer: Writer;
  /** Lanes in which notices are being given up. */
  readonly #overflowing = new Set<Lane>();
  #sweeping = false;
  #probing = false;
  #closed = false;

  constructor(options: OutboxOptions, limits: OutboxLimits, spool: Spool) {
    this.#options = options;
    this.#limits = limits;
    this.#spool = spool;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#writer = new Writer(spool, this.#clock);
    this.#health = new Health(this.#clock, (state, reason) => {
      if (state === 'ok') this.#log.info('the spool keeps up again');
      else this.#log.error({ state, reason }, 'the spool does not keep up');
      this.#call(() => options.onState(state, reason));
    });
    this.#lanes = options.destinations.map(
      destination =>
        new Lane({
          destination,
          trimAbove: limits.notices,
          source: options.source,
          clock: this.#clock,
          log: this.#log,
          onTold: told => this.#call(() => options.onTold(told)),
          onDone: (entry, lane) => {
            this.#forget(entry);
            this.#relax(lane);
          },
        }),
    );
  }

  /** Takes over what was on disk. */
  recover({ contents, problem, note }: Opened, withState: boolean): void {
    if (note) this.#log.error({ note }, 'notices were lost');
    if (problem !== null) this.fail(problem);
    const meta = new Map(contents.meta);
    if (withState) {
      this.recovered = { state: parsed(meta.get('state')), cursor: parsed(meta.get('cursor')) };
    }
    for (const lane of this.#lanes) {
      const last = Number(meta.get(`sequence:${lane.destination.name}`) ?? 0);
      lane.sequence = Math.max(lane.sequence, last);
    }
    let orphans = 0;
    // Rows that could not be written at once were written later; within an alarm the revision is the order.
    const rows = contents.rows
      .map((row, index) => ({ row, index }))
      .sort((a, b) =>
        a.row.alarm_id === b.row.alarm_id ? a.row.revision - b.row.revision : a.index - b.index,
      );
    for (const { row } of rows) if (!this.#restore(row)) orphans += 1;
    if (orphans > 0) this.#log.error({ orphans }, 'notices of removed adapters were given up');
    if (rows.length > orphans) {
      this.#log.info({ notices: rows.length - orphans }, 'undelivered notices were found');
    }
  }

  #restore(row: SpoolRow): boolean {
    const { adapter, key, sequence, body } = row;
    const lane = this.#lanes.find(({ destination }) => destination.name === adapter);
    const change = parsed(body) as AlarmChange | null;
    if (!lane || !change?.alarm?.id) {
      this.#writer.remove(row);
      this.#sweep();
      return false;
    }
    const age = clamp(this.#clock.wallUs() - row.put_wall_us, 0, AGE_MAX_US);
    const notice: Notice = { key, adapter, change, sequence, uncommitted: false };
    lane.add(notice, this.#clock.monoUs() - age, body.length, true);
    return true;
  }

  put({ changes, state, cursor }: Parameters<Outbox['put']>[0]): Promise<boolean> {
    try {
      const texts = [JSON.stringify(state ?? null), JSON.stringify(cursor ?? null)] as const;
      this.#writer.note('state', texts[0]);
      this.#writer.note('cursor', texts[1]);
    } catch (error) {
      // A mistake of ours must not hold back an alarm; the last state that could be written stays.
      this.#log.error({ err: error }, 'the state cannot be written');
    }
    const entries: { lane: Lane; entry: Entry }[] = [];
    const now = this.#clock.monoUs();
    for (const change of changes) {
      const key = `${change.alarm.id}/${change.revision}`;
      const bytes = JSON.stringify(change).length;
      for (const lane of this.#lanes) {
        const sequence = lane.sequence + 1;
        const adapter = lane.destination.name;
        const notice: Notice = { key, adapter, change, sequence, uncommitted: false };
        entries.push({ lane, entry: lane.add(notice, now, bytes, false) });
        this.#writer.note(`sequence:${adapter}`, String(sequence));
      }
    }
    const committed = this.#commit(
      entries.map(({ entry }) => entry),
      () => {
        for (const { lane, entry } of entries) this.#release(lane, entry);
      },
    );
    for (const lane of this.#lanes) this.#trim(lane);
    return committed;
  }

  /** `onEnd`: it is on disk, or it failed, or that takes too long; the last may be followed by one of the others. */
  async #commit(entries: readonly Entry[], onEnd: () => void): Promise<boolean> {
    const started = this.#clock.monoUs();
    let late = false;
    let ended = false;
    const timer = this.#clock.after(COMMIT_WAIT_MS, () => {
      // Perhaps it is only our own loop that is late.
      this.#spool.drain();
      // The drained reply settles a promise, so its turn comes first.
      setImmediate(() => {
        if (ended) return;
        late = true;
        onEnd();
        this.#health.late(`a commit has taken more than ${COMMIT_WAIT_MS} ms`);
        this.#probe();
      });
    });
    const error = await this.#writer.write(entries);
    ended = true;
    timer.cancel();
    const took = Math.round((this.#clock.monoUs() - started) / 1000);
    if (error !== null) this.fail(error);
    else if (late) this.#health.doneLate(`a commit took ${took} ms`);
    else this.#health.onTime();
    onEnd();
    return error === null;
  }

  #release(lane: Lane, entry: Entry): void {
    if (!entry.saved && !entry.released) entry.notice.uncommitted = true;
    lane.release(entry);
  }

  /** The spool takes nothing; it is tried again until it does. */
  fail(reason: string): void {
    this.#health.failed(reason);
    this.#probe();
  }

  /** While the disk is not well: writes what is not on disk yet, every second, one attempt at a time. */
  #probe(): void {
    if (this.#probing || this.#closed) return;
    this.#probing = true;
    this.#clock.after(PROBE_MS, async () => {
      if (!this.#closed) await this.#commit([], () => {});
      this.#probing = false;
      if (this.#health.diskState !== 'ok') this.#probe();
    });
  }

  /** No longer owed: off the disk, too. */
  #forget(entry: Entry): void {
    this.#writer.remove(entry.notice);
    this.#sweep();
  }

  #sweep(): void {
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    this.#clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      if (this.#writer.untidy && !this.#closed && this.#health.diskState === 'ok') {
        void this.#commit([], () => {});
      }
    });
  }

  #trim(lane: Lane): void {
    if (lane.count <= lane.trimAbove && lane.bytes <= this.#limits.bytes) return;
    const goal = (limit: number) => Math.floor(limit * TRIM_TO);
    const given = expendable(lane.alarms, {
      notices: lane.count - goal(this.#limits.notices),
      bytes: lane.bytes - goal(this.#limits.bytes),
    });
    for (const entry of given) lane.remove(entry);
    // If only active alarms are left, looking again soon finds nothing either.
    lane.trimAbove = Math.max(this.#limits.notices, Math.ceil(lane.count / TRIM_TO));
    if (given.length === 0) return;
    lane.givenUp += given.length;
    this.#overflowing.add(lane);
    const { name } = lane.destination;
    this.#health.overflow(
      `${lane.givenUp} notices for ${name} were given up: too many wait for it`,
    );
  }

  /** The receiver has caught up. */
  #relax(lane: Lane): void {
    if (lane.count > this.#limits.notices / 2 || !this.#overflowing.delete(lane)) return;
    if (this.#overflowing.size === 0) this.#health.overflow(null);
  }

  pending(): PendingOf[] {
    const now = this.#clock.monoUs();
    return this.#lanes.map(({ destination, count, oldest_us, lastError }) => ({
      adapter: destination.name,
      pending: count,
      oldest_ms: oldest_us === null ? null : Math.round((now - oldest_us) / 1000),
      last_error: lastError,
    }));
  }

  async close(): Promise<boolean> {
    this.#closed = true;
    await Promise.all(this.#lanes.map(lane => lane.stop(LAST_ATTEMPTS_MS)));
    await Promise.all(this.#options.destinations.map(destination => destination.close()));
    const timeout = AbortSignal.timeout(CLOSE_WAIT_MS);
    const late = new Promise<void>(resolve => timeout.addEventListener('abort', () => resolve()));
    await Promise.race([this.#writer.write([]), late]);
    return this.#spool.close(timeout.aborted ? 0 : CLOSE_WAIT_MS);
  }

  /** A callback that throws must not keep a notice from being sent. */
  #call(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ err: error }, 'a callback of the outbox failed');
    }
  }
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
