/** What the next run of the agent is to know: gathered, and written together with the alarm changes that follow from it. */
import type { Outbox } from '../outbox/api.ts';
import type { AlarmChange, FailoverRecord } from '../types.ts';
import type { Cursor } from './helper.ts';
import type { Middle } from './middle.ts';
import { Ring } from './ring.ts';
import { makeSaved, type Saved } from './store.ts';

/** Kept for those who ask. */
const CLEARED_MAX = 200;
const RECORDS_MAX = 100;

export interface KeeperParts {
  middle: Middle;
  outbox: Outbox;
  saved: Saved | null;
  cursor(): Cursor | null;
}

export class Keeper {
  /** The latest. */
  readonly cleared: Ring<AlarmChange>;
  readonly records: Ring<FailoverRecord>;
  readonly #parts: KeeperParts;
  /** Alarm changes since the last writing. */
  #changes: AlarmChange[] = [];
  /** What the last written state was made of. */
  #written: readonly unknown[];
  #maintenance: Middle['alarms']['maintenance'];

  constructor(parts: KeeperParts) {
    const { middle, saved } = parts;
    this.#parts = parts;
    this.cleared = new Ring(CLEARED_MAX, change => change.alarm.id, saved?.cleared);
    this.records = new Ring(RECORDS_MAX, record => record.id, saved?.records);
    this.#written = this.#durable();
    this.#maintenance = middle.alarms.maintenance;
  }

  note(changes: readonly AlarmChange[]): void {
    for (const change of changes) if (change.kind === 'cleared') this.cleared.put(change);
    this.#changes.push(...changes);
  }

  /** Writes what cannot wait: alarm changes, and the operator's word, which nobody could see again. */
  putUrgent(): void {
    if (this.#changes.length > 0 || this.#maintenance !== this.#parts.middle.alarms.maintenance) {
      this.put();
    }
  }

  /** Writes what has changed in any way. */
  putNews(): void {
    if (this.#durable().some((part, i) => part !== this.#written[i])) this.put();
  }

  put(): void {
    const { middle, outbox, cursor } = this.#parts;
    const state = makeSaved({
      ...middle.durable,
      cleared: this.cleared.list(),
      records: this.records.list().filter(record => record.state !== 'open'),
    });
    this.#written = this.#durable();
    this.#maintenance = middle.alarms.maintenance;
    const changes = this.#changes;
    this.#changes = [];
    void outbox.put({ changes, state, cursor: cursor() });
  }

  #durable(): readonly unknown[] {
    const { faults, alarms, topology } = this.#parts.middle;
    return [faults.active, faults.scene, faults.link, alarms, topology.memory];
  }
}
