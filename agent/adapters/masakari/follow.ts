/**
 * Follows notifications that Masakari has taken until it has carried them out or given up: that it took one says nothing.
 * Behind everything else, and forgotten with the process: after a restart those that still run are found in its list.
 */
import type { Log } from '../../log.ts';
import type { SendResult } from '../../types.ts';
import type { Notifications } from './notifications.ts';

/** Between two looks: the first, and the longest; it doubles. */
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;
/** Of one request; nobody waits for it. */
const REQUEST_MS = 5000;
/** Evacuating a full host takes its time. */
const GIVE_UP_MS = 3_600_000;
/** At a time. */
const FOLLOWED_MAX = 64;

/** Masakari's own words; all others go on: new, running, error (it tries again). */
const ENDS: Record<string, 'ok' | 'failed' | 'ignored'> = {
  finished: 'ok',
  failed: 'failed',
  ignored: 'ignored',
};

export interface FollowOptions {
  name: string;
  notifications: Notifications;
  log: Log;
  report(state: 'ok' | 'failed', reason: string): void;
  firstMs?: number;
}

interface Followed {
  uuid: string;
  alarm: string | null;
  since: number;
  wait_ms: number;
  timer: NodeJS.Timeout | null;
}

export class Follower {
  readonly #options: FollowOptions;
  readonly #followed = new Map<string, Followed>();
  /** Alarms whose recovery failed. */
  readonly #failed = new Set<string | null>();
  #closed = false;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** `alarm`: the one that it was sent for; null: of a run before. */
  follow(uuid: string, alarm: string | null): void {
    if (this.#closed || this.#followed.has(uuid)) return;
    if (this.#followed.size >= FOLLOWED_MAX) {
      const [oldest] = this.#followed.values();
      if (oldest) this.#end(oldest);
    }
    const wait_ms = this.#options.firstMs ?? FIRST_MS;
    const one: Followed = { uuid, alarm, since: performance.now(), wait_ms, timer: null };
    this.#followed.set(uuid, one);
    this.#later(one);
  }

  /** The alarm is over: that its recovery failed is of no interest any more. */
  over(alarm: string): void {
    this.#failed.delete(alarm);
    this.#failed.delete(null);
    if (this.#failed.size === 0) this.#options.report('ok', '');
  }

  close(): void {
    this.#closed = true;
    for (const one of [...this.#followed.values()]) this.#end(one);
  }

  #later(one: Followed): void {
    one.timer = setTimeout(() => void this.#look(one), one.wait_ms);
    one.timer.unref();
    one.wait_ms = Math.min(2 * one.wait_ms, LONGEST_MS);
  }

  async #look(one: Followed): Promise<void> {
    const { notifications } = this.#options;
    const status = await notifications.status(one.uuid, { deadline_ms: REQUEST_MS, fresh: false });
    if (this.#closed || !this.#followed.has(one.uuid)) return;
    const end = typeof status === 'string' ? ENDS[status] : undefined;
    if (end === 'failed') this.#fail(one, 'failed');
    else if (status === null) this.#fail(one, 'is not known there any more');
    else if (end !== undefined) this.#well(one, end);
    else if (performance.now() - one.since > GIVE_UP_MS)
      this.#fail(one, 'has not ended in an hour');
    else this.#later(one);
  }

  #fail(one: Followed, how: string): void {
    this.#end(one);
    this.#failed.add(one.alarm);
    // Of alarms whose clear was given up.
    const [first = null] = this.#failed;
    if (this.#failed.size > FOLLOWED_MAX) this.#failed.delete(first);
    const { name, log, report } = this.#options;
    const reason = `Masakari's notification ${one.uuid} ${how}`;
    log.error({ adapter: name, notification: one.uuid, alarm: one.alarm }, reason);
    report('failed', reason);
  }

  #well(one: Followed, how: 'ok' | 'ignored'): void {
    this.#end(one);
    const { name, log, report } = this.#options;
    const fields = { adapter: name, notification: one.uuid, alarm: one.alarm };
    if (how === 'ignored') {
      log.warn(fields, 'Masakari has ignored the notification');
      return;
    }
    log.info(fields, 'Masakari has finished the recovery');
    this.#failed.clear();
    report('ok', '');
  }

  #end(one: Followed): void {
    if (one.timer) clearTimeout(one.timer);
    this.#followed.delete(one.uuid);
  }
}

/** Follows what still runs of the run before. Resolved with null, or with why that is not known. */
export async function resume(
  notifications: Notifications,
  follower: Follower,
): Promise<string | null> {
  const attempt = { deadline_ms: REQUEST_MS, fresh: false };
  const host = await notifications.host(attempt);
  if (host === null) return 'no segment of Masakari has this host';
  if (typeof host !== 'string') return reasonOf(host);
  for (const status of ['new', 'running', 'error']) {
    const found = await notifications.list(host, status, attempt);
    if (!Array.isArray(found)) return reasonOf(found);
    for (const { notification_uuid } of found) follower.follow(notification_uuid, null);
  }
  return null;
}

const reasonOf = (result: SendResult): string =>
  result.outcome === 'delivered' ? '' : result.reason;
