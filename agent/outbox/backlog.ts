/**
 * What waits for one destination, and where. Oldest first, but for alarms of which nothing waits on disk alone:
 *
 *   the lane    in memory, being delivered: at most `in_memory`
 *   far         on disk alone, as many as may be; the worker hands them over when the lane has room (far.ts)
 *   behind      in memory, until they are on disk and can be let go
 *
 * Of one alarm, those in the lane are older than those that are far, and these older than those behind.
 */
import type { Clock } from '../time.ts';
import type { AlarmChange, Notice, RebuiltNotice, Us } from '../types.ts';
import { type Entry, isOfChange, newEntry } from './entry.ts';
import { Far } from './far.ts';
import type { Lane } from './lane.ts';
import { type Known, Routes } from './routes.ts';
import type { Spool } from './spool.ts';
import type { StoredNotice } from './spool-protocol.ts';
import { storedEntry, withoutHops } from './stored-entry.ts';
import { expendable } from './trim.ts';
import type { Writer } from './writer.ts';

export interface BacklogOptions {
  lane: Lane;
  spool: Spool;
  writer: Writer;
  clock: Clock;
  /** Of the lane. */
  in_memory: number;
  /** Entries come into the lane: they go out when that is on disk, or takes too long. */
  onNear(entries: readonly Entry[]): void;
  /** What is on disk of a notice is none: it is removed. */
  onUnreadable(): void;
}

export class Backlog {
  readonly routes = new Routes();
  readonly far: Far;
  /** Sequence number of the last notice. */
  sequence = 0;
  /** Notices with this number or a higher one were made in this run. */
  ownFrom = 0;
  readonly #options: BacklogOptions;
  readonly #lane: Lane;
  readonly #behind: Entry[] = [];
  #busy = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#lane = options.lane;
    this.far = new Far(options.lane.destination.name, options.spool, options.clock);
  }

  get waiting(): number {
    return this.inMemory + this.far.count;
  }

  get inMemory(): number {
    return this.#lane.count + this.#behind.length;
  }

  get oldest_us(): Us | null {
    return this.#lane.oldest_us ?? this.#behind[0]?.since_us ?? null;
  }

  /** Null: it is not for this destination. `n` numbers the notice, `journal` the change. */
  put(change: AlarmChange, journal: number, n: () => number): Entry | null {
    const { writer, clock } = this.#options;
    const adapter = this.#lane.destination.name;
    const { id, alarmRaisedTime } = change.alarm;
    const isKnown = this.routes.isKnown(id, alarmRaisedTime.wall_us);
    if (change.held || !(isKnown || this.#wants(change))) return null;
    let known = this.routes.get(id);
    if (!known) {
      // Of an alarm that has ended once there may still be something far.
      known = change.kind === 'raised' ? { behind: 0, far: 0 } : this.#newKnown(id);
      this.routes.add(id, known);
      writer.route(adapter, id, true);
    }
    const clears = change.kind === 'cleared';
    if (clears) {
      this.routes.forget(id);
      writer.route(adapter, id, false);
    }
    const notice: Notice = {
      key: `${id}/${change.revision}`,
      adapter,
      change,
      sequence: this.#count(),
      uncommitted: false,
    };
    return this.#place(
      newEntry({
        n: n(),
        notice,
        alarm: id,
        change: journal,
        hops: change.hops,
        since_us: clock.monoUs(),
        clears,
        opens: !isKnown,
        known,
      }),
    );
  }

  /** A mistake of an adapter's must not keep an alarm from it, nor from the others. */
  #wants(change: AlarmChange): boolean {
    try {
      return this.#lane.destination.wants(change);
    } catch {
      return true;
    }
  }

  /** Nobody keeps an order with it, and it must not wait: it is what tells of a hole. */
  putRebuilt(fields: Pick<RebuiltNotice, 'key' | 'reason' | 'at'>, n: number): Entry {
    const adapter = this.#lane.destination.name;
    const since_us = this.#options.clock.monoUs();
    const notice = { ...fields, adapter, sequence: this.#count(), uncommitted: false };
    const entry = newEntry({
      n,
      notice,
      alarm: fields.key,
      change: null,
      hops: withoutHops(since_us),
      since_us,
      clears: false,
      opens: false,
      known: { behind: 0, far: 0 },
    });
    this.#lane.add(entry);
    return entry;
  }

  /** A dead letter is owed once more, behind what waits for the same alarm. */
  putAgain(row: StoredNotice, place: number): Entry | null {
    const known = this.routes.get(row.alarm_id) ?? this.#newKnown(row.alarm_id);
    const entry = this.#stored({ ...row, place }, known);
    return entry && this.#place(Object.assign(entry, { released: false, saved: false }));
  }

  #count(): number {
    this.sequence += 1;
    this.#options.writer.note(`sequence:${this.#lane.destination.name}`, String(this.sequence));
    return this.sequence;
  }

  /** It was told of this alarm before. */
  knows(alarm: string): void {
    if (!this.routes.get(alarm)) this.routes.add(alarm, this.#newKnown(alarm));
  }

  /** Of an alarm that is not new. */
  #newKnown(alarm: string): Known {
    // Two counts of one alarm would let what waits overtake each other.
    const before = this.#behind.find(entry => entry.alarm === alarm);
    if (before) return before.known;
    const known = { behind: 0, far: 0 };
    if (this.far.count > 0) this.far.mayHold(known);
    return known;
  }

  #place(entry: Entry): Entry {
    const { known } = entry;
    const room = this.#lane.count < this.#options.in_memory;
    entry.near = room && known.behind === 0 && !this.far.holds(known);
    if (entry.near) {
      this.#lane.add(entry);
    } else {
      known.behind += 1;
      this.#behind.push(entry);
    }
    return entry;
  }

  /** Takes over what was on disk at the start: some of it, and how many more wait up to which place. */
  restore(near: readonly StoredNotice[], far: { count: number; up_to: number } | undefined): void {
    if (far) this.far.restore(far.count, far.up_to);
    for (const row of near) this.#handOver(row);
  }

  /** To be called whenever something was written or has gone: moves what can move on. */
  settle(): void {
    if (this.#busy) return;
    this.#moveUp();
    this.#letGo();
    const { in_memory } = this.#options;
    if (this.#lane.count > in_memory / 2) return;
    const room = Math.floor(in_memory * 0.75) - this.#lane.count;
    this.far.page(
      room,
      rows => this.#take(rows),
      () => this.settle(),
    );
  }

  /** From behind into the lane, as far as nothing of the same alarm is before it on disk. */
  #moveUp(): void {
    const moved: Entry[] = [];
    for (let i = 0; i < this.#behind.length; i++) {
      const entry = this.#behind[i];
      if (!entry || this.#lane.count + moved.length >= this.#options.in_memory) break;
      if (this.far.holds(entry.known)) continue;
      this.#behind.splice(i, 1);
      i -= 1;
      moved.push(entry);
    }
    for (const entry of moved) {
      entry.known.behind -= 1;
      entry.near = true;
      entry.released = false;
      this.#options.writer.near(entry);
      this.#lane.add(entry);
    }
    if (moved.length > 0) this.#options.onNear(moved);
  }

  #letGo(): void {
    let count = 0;
    for (const entry of this.#behind) {
      if (!entry.saved) break;
      count += 1;
      entry.known.behind -= 1;
      this.far.letGo(entry);
    }
    this.#behind.splice(0, count);
  }

  /** Some are not far after all when a mark or a removal is not written yet. */
  #take(rows: readonly StoredNotice[]): number {
    const near = this.#options.writer.unwritten();
    for (const { n } of this.#lane.entries()) near.add(n);
    const far = rows.filter(({ n }) => !near.has(n));
    for (const row of far) this.#handOver(row);
    return far.length;
  }

  /** The worker has given them up. */
  gaveUp(count: number): void {
    this.far.gone(count);
    this.settle();
  }

  /** The worker has removed one that waited, wherever. */
  dropped(n: number): void {
    const near = [...this.#lane.entries()].find(one => one.n === n);
    const behind = this.#behind.find(one => one.n === n);
    if (near) this.#lane.remove(near);
    else if (behind) this.#removeBehind(behind);
    else if (!this.#options.writer.unwritten().has(n)) this.gaveUp(1);
  }

  #removeBehind(entry: Entry): void {
    entry.done = true;
    entry.known.behind -= 1;
    this.#behind.splice(this.#behind.indexOf(entry), 1);
  }

  /** Gives up about `excess` of those in memory, if the policy allows it, and says how many. `old`: which may go. */
  shed(excess: number, old: (entry: Entry) => boolean): number {
    const { writer } = this.#options;
    const owed = new Map<string, Entry[]>();
    for (const entry of [...this.#lane.entries(), ...this.#behind]) {
      if (!isOfChange(entry.notice)) continue;
      const list = owed.get(entry.alarm);
      if (list) list.push(entry);
      else owed.set(entry.alarm, [entry]);
    }
    const all = [...owed.values()].flat();
    const opened = new Set(all.filter(({ opens }) => opens));
    // What is far lies between those in the lane and those behind, so the next in memory is not the next.
    const torn = (of: readonly Entry[]) => of.some(({ known }) => this.far.holds(known));
    const given = expendable(owed.values(), excess, { old, torn });
    this.#busy = true;
    for (const entry of given) {
      if (entry.near) this.#lane.remove(entry);
      else this.#removeBehind(entry);
      writer.forget(entry);
    }
    this.#busy = false;
    for (const entry of all) {
      if (entry.opens && !entry.done && !opened.has(entry)) writer.rewrite(entry);
    }
    this.settle();
    return given.length;
  }

  #handOver(row: StoredNotice): void {
    const known = this.routes.get(row.alarm_id) ?? { behind: 0, far: 0 };
    const entry = this.#stored(row, known);
    if (entry) this.#lane.add(entry);
  }

  #stored(row: StoredNotice, known: Known): Entry | null {
    const { clock, writer, onUnreadable } = this.#options;
    const entry = storedEntry(row, known, row.n >= this.ownFrom, clock);
    if (entry === null) {
      writer.remove(row.n);
      // When all that were read with it are in their places.
      queueMicrotask(onUnreadable);
    }
    return entry;
  }
}
