/** The outbox over its parts: takes changes, has them written, and lets each destination's post deliver them. */
import { type Log, silentLog } from '../log.ts';
import { bootId, type Clock, systemClock } from '../time.ts';
import type { Us } from '../types.ts';
import type {
  JournalEntry,
  LatencyHistogram,
  Letter,
  Outbox,
  OutboxLimits,
  OutboxOptions,
  PendingOf,
  Recovered,
} from './api.ts';
import { Committer } from './committer.ts';
import type { Entry } from './entry.ts';
import { Health } from './health.ts';
import { Journal } from './journal.ts';
import { Letters } from './letters.ts';
import { Post } from './post.ts';
import { Room } from './room.ts';
import { type Opened, type Spool, within } from './spool.ts';

const CLOSE_WAIT_MS = 2000;
/** Attempts under way at the end may still succeed. */
const LAST_ATTEMPTS_MS = 300;

export class SpooledOutbox implements Outbox {
  recovered: Recovered = { state: null, cursor: null, lost: false, unclean: false };
  readonly #options: OutboxOptions;
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health;
  readonly #committer: Committer;
  readonly #journal: Journal;
  readonly #posts: Post[];
  readonly #letters: Letters;
  readonly #room: Room;
  #number = 0;

  constructor(options: OutboxOptions, limits: OutboxLimits, spool: Spool) {
    this.#options = options;
    this.#spool = spool;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#log = options.log ?? silentLog;
    this.#health = new Health(clock, (state, reason) => {
      if (state === 'ok') this.#log.info('the spool keeps up again');
      else this.#log.error({ state, reason }, 'the spool does not keep up');
      this.#call(() => options.onState(state, reason));
    });
    this.#committer = new Committer({
      spool,
      clock,
      health: this.#health,
      log: this.#log,
      boot_id: bootId(),
      journal: limits.journal,
      onUse: ({ used, journal_first }) => {
        this.#journal.firstIs(journal_first);
        this.#room.used(used);
      },
    });
    this.#room = new Room(clock, this.#health, () => this.#posts);
    this.#journal = new Journal(spool, this.#committer.writer, run => this.#call(run));
    this.#posts = options.destinations.map(
      destination =>
        new Post({
          destination,
          source: options.source,
          limits,
          budget_ms: options.budget_ms,
          spool,
          committer: this.#committer,
          clock,
          log: this.#log,
          number: () => this.#nextNumber(),
          onTold: told => this.#call(() => options.onTold(told)),
          onDelivery: state => this.#call(() => options.onDelivery(state)),
          onOverflow: (post, given) => this.#room.overflow(post, given),
        }),
    );
    this.#letters = new Letters(spool, this.#committer, this.#posts);
  }

  /** Takes over what was on disk. withState: also the state; else this agent knows more by now than that. */
  recover({ contents, problem, note }: Opened, withState: boolean): void {
    if (note) this.#log.error({ note }, 'notices were lost');
    if (problem !== null) {
      this.fail(problem);
      return;
    }
    const { numbers, journal_first, clean, orphans, near, far } = contents;
    const meta = new Map(contents.meta);
    if (withState) {
      const state = parsed(meta.get('state'));
      const cursor = parsed(meta.get('cursor'));
      const lost = note !== null || !state.readable || !cursor.readable;
      this.recovered = { state: state.value, cursor: cursor.value, lost, unclean: !clean };
      if (lost) this.#log.error('what was known of alarms is lost');
    }
    this.#number = Math.max(this.#number, numbers.notice, Number(meta.get('number') ?? 0));
    const changes = Math.max(numbers.change, Number(meta.get('journal') ?? 0));
    this.#journal.restore(changes, journal_first, clean);
    const told_before = meta.get('told_before');
    for (const post of this.#posts) {
      if (withState) post.backlog.ownFrom = this.#number + 1;
      if (told_before !== undefined) post.backlog.routes.knowsAllBefore(Number(told_before));
      post.restore(contents);
    }
    if (orphans > 0) this.#log.error({ orphans }, 'notices of removed adapters were given up');
    const waiting = near.length + far.reduce((sum, { count }) => sum + count, 0);
    if (waiting > 0) this.#log.info({ notices: waiting }, 'undelivered notices were found');
  }

  /** The disk could not be read: nothing is known of what is on it. */
  fail(reason: string): void {
    this.recovered = { ...this.recovered, lost: true };
    // ms since 1970 are beyond all numbers that were counted from 1.
    const beyond = Math.floor(this.#clock.wallUs() / 1000);
    this.#number = Math.max(this.#number, beyond);
    this.#journal.beginAt(beyond);
    for (const post of this.#posts) post.backlog.ownFrom = this.#number + 1;
    this.#committer.fail(reason);
  }

  #nextNumber(): number {
    this.#number += 1;
    this.#committer.writer.note('number', String(this.#number));
    return this.#number;
  }

  put({ changes, state, cursor }: Parameters<Outbox['put']>[0]): Promise<boolean> {
    const { writer } = this.#committer;
    try {
      const texts = [JSON.stringify(state ?? null), JSON.stringify(cursor ?? null)] as const;
      writer.note('state', texts[0]);
      writer.note('cursor', texts[1]);
    } catch (error) {
      // A mistake of ours must not hold back an alarm; the last state that could be written stays.
      this.#log.error({ err: error }, 'the state cannot be written');
    }
    const owed = new Map<Post, Entry[]>(this.#posts.map(post => [post, []]));
    for (const change of changes) {
      const n = this.#journal.add(change);
      for (const [post, entries] of owed) {
        const entry = post.put(change, n);
        if (entry) entries.push(entry);
      }
    }
    const committed = this.#committer.commit([...owed.values()].flat(), () => {
      // Once: what was released is not held any longer, should the disk hang.
      for (const [post, entries] of owed) post.release(entries.splice(0));
    });
    if (changes.length > 0) this.#tidy();
    return committed;
  }

  #tidy(): void {
    for (const post of this.#posts) {
      post.givingUp.limitMemory();
      post.forgetStale(() => this.#options.active());
    }
  }

  pending(): PendingOf[] {
    const now = this.#clock.monoUs();
    return this.#posts.map(post => post.pending(now));
  }

  histograms(): LatencyHistogram[] {
    return this.#posts.map(post => post.histogram());
  }

  failing(): Record<string, Us | null> {
    return Object.fromEntries(
      this.#posts.map(({ destination, watch }) => [destination.name, watch.failing_us]),
    );
  }

  letters(of: { state?: Letter['state']; adapter?: string; limit: number }): Promise<Letter[]> {
    return this.#letters.list(of);
  }

  retry(letters: readonly number[]): Promise<number> {
    return this.#letters.retry(letters);
  }

  drop(letters: readonly number[]): Promise<number> {
    return this.#letters.drop(letters);
  }

  journal(after: number, limit: number): ReturnType<Outbox['journal']> {
    return this.#journal.read(after, limit);
  }

  follow(listener: (entry: JournalEntry) => void): () => void {
    return this.#journal.follow(listener);
  }

  rebuilt(reason: string): void {
    const at = this.#committer.stamp(this.#clock.wallUs());
    const owed = this.#posts.map(post => ({ post, entry: post.rebuilt(reason, at) }));
    const entries = owed.flatMap(({ entry }) => entry ?? []);
    if (entries.length === 0) return;
    void this.#committer.commit(entries, () => {
      for (const { post, entry } of owed) if (entry) post.release([entry]);
    });
  }

  async close(): Promise<boolean> {
    this.#room.close();
    this.#committer.stop();
    await Promise.all(this.#posts.map(post => post.stop(LAST_ATTEMPTS_MS)));
    await Promise.all(this.#options.destinations.map(destination => destination.close()));
    const { writer } = this.#committer;
    writer.note('closed', '1');
    const error = await within(
      writer.write([]).then(error => ({ error })),
      CLOSE_WAIT_MS,
    );
    return this.#spool.close(error === null ? 0 : CLOSE_WAIT_MS);
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

function parsed(text: string | undefined): { value: unknown; readable: boolean } {
  if (text === undefined) return { value: null, readable: true };
  try {
    return { value: JSON.parse(text), readable: true };
  } catch {
    return { value: null, readable: false };
  }
}
