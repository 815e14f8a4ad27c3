/**
 * Whatever happens to the disk, the receiver, the thread and the agent, in whatever order: in the end the receiver knows
 * what is so. The outbox against a model of it, by a clock and a disk that stand still until they are moved.
 */
import t, { type Test } from 'tap';
import type { Destination } from '../../../agent/outbox/destination.ts';
import { SpooledOutbox } from '../../../agent/outbox/outbox.ts';
import type { AlarmChange, Notice, SendResult } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { HandClock, settled } from '../support/clock.ts';
import { runSeed, seeded } from '../support/random.ts';
import { emptyDatabase, HandSpool } from './hand-spool.ts';
import { quiet } from './open.ts';
import { DELIVERED, REFUSED, RETRY } from './script.ts';

t.setTimeout(400_000);

const STORIES = Number(process.env.STORIES ?? 60);
const STEPS = 120;

/** What a story has in it. */
interface Plot {
  in_memory: number;
  notices: number;
  refusals: boolean;
  deaths: boolean;
  kills: boolean;
  drops: boolean;
}

class Story {
  readonly plot: Plot;
  readonly clock = new HandClock();
  readonly db = emptyDatabase();
  readonly random: () => number;
  /** All that was ever put; the state is how many of them. */
  readonly log: AlarmChange[] = [];
  /** So many are known to be on disk. */
  durable = 0;
  /** What the receiver took, whether that was acknowledged or not. */
  readonly heard: Notice[] = [];
  readonly refused = new Set<string>();
  readonly dropped = new Set<string>();
  /** Those that may come once more out of their turn: letters, and what a killed agent does not know to be refused. */
  readonly again = new Set<string>();
  /** Alarms told just before a kill, while the disk did not say yet that they may have been. */
  readonly unmarked = new Set<string>();
  /** How often something was owed, and how often that ended. */
  owed = 0;
  ended = 0;
  given_up = 0;
  killed = false;
  /** How the receiver is: the share that it takes. */
  mood = 1;
  hanging: (() => void)[] = [];
  spool!: HandSpool;
  outbox!: SpooledOutbox;
  readonly #alive = new Map<string, number>();
  #ids = 0;

  constructor(random: () => number, plot: Plot) {
    this.random = random;
    this.plot = plot;
    this.begin();
  }

  upTo = (n: number): number => Math.floor(this.random() * n);

  begin(): void {
    this.spool = new HandSpool(this.db, ['vim']);
    const { in_memory, notices } = this.plot;
    const limits = {
      in_memory,
      notices,
      disk_bytes: 1e9,
      age_ms: 1e12,
      dead_letters: 100_000,
      journal: 50,
    };
    this.outbox = new SpooledOutbox(
      { ...quiet, dir: '', source: '', destinations: [this.#destination()], clock: this.clock },
      limits,
      this.spool.spool,
    );
    this.outbox.recover(this.spool.opened, true);
    // Those that come after the state are seen again.
    const from = Number(this.outbox.recovered.state ?? 0);
    if (from < this.durable) throw new Error(`state ${from}, but ${this.durable} were on disk`);
    for (let i = from; i < this.log.length; i++) this.#put(this.log.slice(i, i + 1), i + 1);
  }

  #destination(): Destination {
    const { spool } = this;
    return {
      name: 'vim',
      kind: 'model',
      primary: true,
      timeout_ms: 300,
      wants: () => true,
      map: notice => ({ ...notice }),
      send: payload => {
        // The agent of before has no network any more.
        if (spool !== this.spool) return new Promise(() => {});
        return this.#receive(payload as Notice);
      },
      close: async () => {},
    };
  }

  #receive(notice: Notice): Promise<SendResult> {
    if (this.random() > this.mood) {
      if (this.random() < 0.3) this.heard.push(notice);
      if (this.random() < 0.5) return Promise.resolve(RETRY);
      return new Promise(resolve => this.hanging.push(() => resolve(RETRY)));
    }
    if (this.plot.refusals && this.mood < 1 && this.random() < 0.1) {
      this.refused.add(notice.key);
      return Promise.resolve(REFUSED);
    }
    this.heard.push(notice);
    this.refused.delete(notice.key);
    return Promise.resolve(DELIVERED);
  }

  #put(changes: AlarmChange[], state: number): void {
    this.owed += changes.length;
    const { spool } = this;
    void this.outbox.put({ changes, state, cursor: state }).then(committed => {
      if (committed && spool === this.spool) this.durable = Math.max(this.durable, state);
    });
  }

  /** Some alarms are raised, change and end. */
  news(): void {
    const changes: AlarmChange[] = [];
    for (let i = this.upTo(6); i >= 0; i--) {
      const ids = [...this.#alive.keys()];
      const id = ids[this.upTo(ids.length * 1.3)] ?? `a${this.#ids++}`;
      const revision = (this.#alive.get(id) ?? 0) + 1;
      const clears = revision > 1 && this.random() < 0.5;
      if (clears) this.#alive.delete(id);
      else this.#alive.set(id, revision);
      changes.push(change(id, revision, clears ? 'cleared' : undefined));
    }
    this.log.push(...changes);
    this.#put(changes, this.log.length);
  }

  async disk(): Promise<void> {
    for (let i = this.upTo(5); i > 0; i--) {
      if (this.random() < 0.6) this.spool.work();
      else this.spool.reply();
      await settled();
    }
  }

  /** The disk is well, and does all that it was asked. */
  async write(): Promise<void> {
    this.spool.failing = false;
    while (!this.spool.idle) {
      this.spool.work();
      this.spool.reply();
      await settled();
    }
  }

  /** Something that asks the disk more than once. */
  async act<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    while (!done) {
      await this.write();
      await settled();
    }
    return ended;
  }

  async letters(): Promise<void> {
    const letters = await this.act(this.outbox.letters({ limit: 1000 }));
    const some = letters.filter(() => this.random() < 0.3);
    const dead = some.filter(({ state }) => state === 'dead');
    if (this.plot.drops && this.random() < 0.3) {
      const gone = some.slice(0, 3);
      for (const { key } of gone) this.dropped.add(key);
      const before = gone.filter(({ state }) => state === 'waiting').map(({ n }) => n);
      // Beside the news: some may be delivered before they are dropped.
      this.ended += await this.act(this.outbox.drop(before));
      return;
    }
    for (const { key } of dead) this.again.add(key);
    const numbers = dead.map(({ n }) => n);
    const twice = [this.outbox.retry(numbers), this.outbox.retry(numbers)];
    for (const count of await this.act(Promise.all(twice))) this.owed += count;
  }

  #count(): void {
    for (const { delivered, refused, given_up } of this.outbox.pending()) {
      this.ended += delivered + refused + given_up;
      this.given_up += given_up;
    }
  }

  async restart(): Promise<void> {
    await this.write();
    const closed = this.outbox.close();
    for (const end of this.hanging.splice(0)) end();
    await this.act(closed);
    this.#count();
    this.begin();
  }

  kill(): void {
    this.killed = true;
    for (const key of this.refused) this.again.add(key);
    const far = this.db.prepare('SELECT alarm_id FROM notice WHERE near = 0').all();
    const unmarked = new Set(far.map(row => row.alarm_id));
    for (const { change } of this.heard) {
      if (unmarked.has(change.alarm.id)) this.unmarked.add(change.alarm.id);
    }
    this.given_up += this.outbox.pending()[0]?.given_up ?? 0;
    this.spool.kill();
    this.hanging = [];
    this.begin();
  }

  async step(): Promise<void> {
    const dice = this.random();
    if (dice < 0.45) this.news();
    else if (dice < 0.5) this.mood = this.random() * 0.99;
    else if (dice < 0.54) this.spool.failing = !this.spool.failing;
    else if (dice < 0.57) await this.letters();
    else if (dice < 0.58) await this.restart();
    else if (dice < 0.6 && this.plot.deaths) this.spool.die();
    else if (dice < 0.61 && this.plot.kills) this.kill();
    else if (dice < 0.65) for (const end of this.hanging.splice(0, 3)) end();
    else if (dice < 0.8) await this.clock.advance(this.upTo(60));
    else if (dice < 0.82) await this.clock.advance(this.upTo(4000));
    await this.disk();
  }

  get pending(): number {
    return this.outbox.pending()[0]?.pending ?? 0;
  }

  /** The receiver takes everything, and the disk is well: how many are left after a quarter of an hour. */
  async end(): Promise<number> {
    this.mood = 1;
    for (const end of this.hanging.splice(0)) end();
    for (let i = 0; i < 900; i++) {
      await this.write();
      await this.clock.advance(1000);
      if (this.pending === 0 && this.spool.idle && i > 3) break;
    }
    await this.write();
    const left = this.pending;
    await this.restart();
    return left;
  }

  get active(): Map<string, number> {
    return this.#alive;
  }
}

async function tell(t: Test, seed: number): Promise<void> {
  const random = seeded(seed);
  const real = Math.random;
  Math.random = random;
  t.teardown(() => {
    Math.random = real;
  });
  const chance = (share: number) => random() < share;
  const story = new Story(random, {
    in_memory: chance(0.7) ? 1 + Math.floor(random() * 8) : 1000,
    notices: chance(0.4) ? 40 : 100_000,
    refusals: chance(0.5),
    deaths: chance(0.5),
    kills: chance(0.4),
    drops: chance(0.3),
  });
  for (let i = 0; i < STEPS; i++) await story.step();
  const name = `SEED=${seed} ${JSON.stringify(story.plot)}`;
  t.equal(await story.end(), 0, `${name}: nothing is left`);
  const waiting = story.db.prepare('SELECT * FROM notice WHERE state = 0').all();
  t.same(waiting, [], `${name}: nor on disk`);

  const alarmOf = (key: string) => key.slice(0, key.indexOf('/'));
  const unsure = new Set([...story.refused, ...story.dropped, ...story.again].map(alarmOf));
  // What a killed agent gave up, or told before it was on disk, the next one does not know.
  const forgotten = story.killed && story.given_up > 0;
  for (const id of forgotten ? story.unmarked : []) unsure.add(id);
  for (const { uncommitted, key } of story.heard) {
    if (forgotten && uncommitted) unsure.add(alarmOf(key));
  }
  const last = new Map<string, AlarmChange>();
  const seen = new Set<string>();
  const outOfOrder: string[] = [];
  for (const { key, change } of story.heard) {
    const { id } = change.alarm;
    const back = change.revision < (last.get(id)?.revision ?? 0);
    // Only a kill repeats what was told before something else.
    if (back && !unsure.has(id) && !(story.killed && (seen.has(key) || forgotten))) {
      outOfOrder.push(key);
    }
    seen.add(key);
    last.set(id, change);
  }
  t.same(outOfOrder, [], `${name}: in order`);
  const active = [...story.active].filter(([id]) => !unsure.has(id));
  const taken = [...last.values()]
    .filter(({ kind, alarm }) => kind !== 'cleared' && !unsure.has(alarm.id))
    .map(({ alarm, revision }) => [alarm.id, revision]);
  t.same(taken.sort(), active.sort(), `${name}: it knows what is active, by its last word`);
  for (const id of new Set([...story.again].map(alarmOf))) {
    const doubtful = [...story.refused, ...story.dropped].some(one => alarmOf(one) === id);
    if (story.killed || doubtful || story.active.has(id)) continue;
    t.equal(last.get(id)?.kind ?? 'cleared', 'cleared', `${name}: ${id} did not come back`);
  }
  // A thread that died did not say what it had given up; and what was dropped may have been delivered beside that.
  const unsaid = story.plot.deaths && story.given_up > 0;
  if (story.killed || unsaid || story.plot.drops) return;
  t.equal(story.ended, story.owed, `${name}: each is counted once`);
  if (story.given_up > 0 || story.plot.refusals) return;
  const sequences = new Set(story.heard.map(({ sequence }) => sequence));
  t.equal(sequences.size, story.log.length, `${name}: every number came`);
  t.equal(Math.max(0, ...sequences), story.log.length, `${name}: and no other`);
}

const first = runSeed();
t.comment(`SEED=${first}`);
for (let i = 0; i < STORIES; i++) {
  await t.test(`story ${first + i}`, t => tell(t, first + i));
}
