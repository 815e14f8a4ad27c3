/** All about one destination: what it is owed, how that goes, and what of it was given up. */
import type { Log } from '../log.ts';
import { type Clock, clamp } from '../time.ts';
import type { AlarmChange, DeliveryHops, RebuiltNotice, Told, Us } from '../types.ts';
import type { DeliveryState, LatencyHistogram, OutboxLimits, PendingOf } from './api.ts';
import { Backlog } from './backlog.ts';
import type { Committer } from './committer.ts';
import type { Destination } from './destination.ts';
import { type Entry, isOfChange } from './entry.ts';
import { GivingUp } from './giving-up.ts';
import { Lane } from './lane.ts';
import { Histograms } from './latency.ts';
import type { Spool } from './spool.ts';
import type { SpoolContents, StoredNotice } from './spool-protocol.ts';
import { Watch } from './watch.ts';

export interface PostOptions {
  destination: Destination;
  source: string;
  limits: OutboxLimits;
  budget_ms: number;
  spool: Spool;
  committer: Committer;
  clock: Clock;
  log: Log;
  /** The number of the next notice. */
  number(): number;
  onTold(told: Told): void;
  onDelivery(state: DeliveryState): void;
  /** So many were given up in all because too many wait; null: few wait now. */
  onOverflow(post: Post, given: number | null): void;
}

export class Post {
  readonly destination: Destination;
  readonly lane: Lane;
  readonly backlog: Backlog;
  readonly watch: Watch;
  readonly givingUp: GivingUp;
  readonly #options: PostOptions;
  readonly #histograms = new Histograms();
  #counts = { delivered: 0, refused: 0, given_up: 0, dead: 0 };
  /** Notices were given up; that is over when so few wait. */
  #relaxAt: number | null = null;
  #rebuilt: Entry | null = null;

  constructor(options: PostOptions) {
    const { destination, limits, clock, spool, committer, source, log } = options;
    this.#options = options;
    this.destination = destination;
    const in_memory = clamp(limits.in_memory, 1, Math.max(1, Math.floor(limits.notices / 4)));
    this.lane = new Lane({
      destination,
      source,
      clock,
      log,
      onDelivered: (...of) => this.#delivered(...of),
      onRefused: entry => this.#refused(entry),
      onFailed: entry => {
        committer.writer.tried(entry);
        this.watch.failed(entry.error ?? '');
      },
      onGone: () => this.#gone(),
    });
    this.backlog = new Backlog({
      lane: this.lane,
      spool,
      writer: committer.writer,
      clock,
      in_memory,
      onNear: entries => void committer.commit([], () => this.release(entries)),
      onUnreadable: () => this.#gaveUp(1, 'what is on disk of it cannot be read'),
    });
    this.givingUp = new GivingUp({
      adapter: destination.name,
      backlog: this.backlog,
      limits,
      in_memory,
      spool,
      writer: committer.writer,
      clock,
      log,
      onGiven: (count, why) => this.#gaveUp(count, why),
    });
    this.watch = new Watch({
      adapter: destination.name,
      clock,
      budget_us: options.budget_ms * 1000,
      waiting: () => this.backlog.waiting,
      onState: options.onDelivery,
    });
  }

  put(change: AlarmChange, journal: number): Entry | null {
    return this.backlog.put(change, journal, this.#options.number);
  }

  /** Alarms that it knows of and that no longer exist: an agent that lost its state never says that they have ended. */
  forgetStale(active: () => readonly AlarmChange[]): void {
    const { routes } = this.backlog;
    for (const alarm of routes.stale(() => active().map(change => change.alarm.id))) {
      routes.forget(alarm);
      this.#options.committer.writer.route(this.destination.name, alarm, false);
    }
  }

  /** They were written, or that takes too long. */
  release(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!entry.near) continue;
      if (!entry.saved && !entry.released) entry.notice.uncommitted = true;
      this.lane.release(entry);
    }
    this.backlog.settle();
    this.givingUp.limitAll();
  }

  restore(contents: SpoolContents): void {
    const { name } = this.destination;
    const of = <T extends { adapter: string }>(rows: readonly T[]) =>
      rows.filter(({ adapter }) => adapter === name);
    const [far] = of(contents.far);
    const last = contents.meta.find(([key]) => key === `sequence:${name}`);
    this.backlog.sequence = Math.max(this.backlog.sequence, Number(last?.[1] ?? 0));
    this.#counts.dead += far?.dead ?? 0;
    this.backlog.restore(of(contents.near), far);
    for (const { alarm_id } of of(contents.routes)) this.backlog.knows(alarm_id);
    this.backlog.settle();
  }

  /** Tells it that what it knows may have a hole, if it has a word for that. One that was not tried yet says it already. */
  rebuilt(reason: string, at: RebuiltNotice['at']): Entry | null {
    if (!this.destination.mapRebuilt) return null;
    const before = this.#rebuilt;
    if (before && !before.done && before.tries === 0) return null;
    if (before && !before.done && before.inFlight === 0) {
      this.lane.remove(before);
      this.#options.committer.forget(before);
    }
    const key = `rebuilt/${Math.round(at.wall_us)}`;
    this.#rebuilt = this.backlog.putRebuilt({ key, reason, at }, this.#options.number());
    return this.#rebuilt;
  }

  /** It tells of an alarm whose end this destination was told of, or is owed. */
  hasEnded({ alarm_id, change }: StoredNotice): boolean {
    return change !== null && !this.backlog.routes.get(alarm_id);
  }

  /** A dead letter goes out again. */
  again(row: StoredNotice): Entry | null {
    const entry = this.backlog.putAgain(row, this.#options.number());
    if (entry) this.#counts.dead -= 1;
    return entry;
  }

  dropped(n: number, state: StoredNotice['state']): void {
    if (state === 'dead') this.#counts.dead -= 1;
    else this.backlog.dropped(n);
  }

  #delivered(entry: Entry, send_us: Us, acknowledged_us: Us): void {
    this.#counts.delivered += 1;
    this.#options.committer.forget(entry);
    const { event_us, alarm_us } = entry.hops;
    const hops: DeliveryHops = {
      ...entry.hops,
      commit_us: entry.notice.uncommitted ? null : entry.commit_us,
      first_send_us: entry.first_send_us ?? send_us,
      send_us,
      acknowledged_us,
    };
    this.#histograms.record(hops, entry.restored);
    const { key, adapter } = entry.notice;
    if (isOfChange(entry.notice)) {
      const alarm_id = entry.alarm;
      this.#options.onTold({ key, adapter, alarm_id, acknowledged_us, hops });
    }
    this.watch.took(acknowledged_us - (event_us ?? alarm_us));
  }

  #refused(entry: Entry): void {
    const { limits, committer } = this.#options;
    this.#counts.refused += 1;
    this.#counts.dead += 1;
    if (this.#counts.dead > limits.dead_letters) {
      this.#counts.dead = limits.dead_letters;
      this.#counts.given_up += 1;
    }
    committer.bury(entry);
    this.watch.took(null);
  }

  #gone(): void {
    this.backlog.settle();
    const { waiting } = this.backlog;
    if (waiting === 0) this.watch.idle();
    if (this.#relaxAt !== null && waiting <= this.#relaxAt) {
      this.#relaxAt = null;
      this.#options.onOverflow(this, null);
    }
  }

  /** What is given up is counted, and told to whoever may now have a hole. */
  #gaveUp(count: number, why: string): void {
    if (count === 0) return;
    const { committer, clock, log, onOverflow } = this.#options;
    const { name } = this.destination;
    this.#counts.given_up += count;
    log.error({ adapter: name, count, why }, 'notices were given up');
    const at = committer.stamp(clock.wallUs());
    const entry = this.rebuilt(`${count} notices were given up: ${why}`, at);
    if (entry) void committer.commit([entry], () => this.release([entry]));
    this.#relaxAt = Math.min(this.#options.limits.notices, this.backlog.waiting) / 2;
    onOverflow(this, this.#counts.given_up);
  }

  pending(now: Us): PendingOf {
    const { name, kind, primary } = this.destination;
    const { waiting, oldest_us } = this.backlog;
    return {
      adapter: name,
      kind,
      primary,
      pending: waiting,
      oldest_ms: oldest_us === null ? null : Math.round((now - oldest_us) / 1000),
      last_error: this.lane.lastError,
      state: this.watch.value,
      ...this.#counts,
      latency: this.watch.latency,
    };
  }

  histogram(): LatencyHistogram {
    return this.#histograms.of(this.destination.name);
  }

  async stop(timeoutMs: number): Promise<void> {
    this.watch.stop();
    await this.lane.stop(timeoutMs);
  }
}
