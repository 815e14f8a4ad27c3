/** A notice in memory, and what is known about its delivery. */
import type { Timer } from '../time.ts';
import type { Hops, Notice, RebuiltNotice, Us } from '../types.ts';
import type { Known } from './routes.ts';
import type { NoticeRow } from './spool-protocol.ts';

export interface Entry {
  /** Names it on disk, and its turn there. */
  readonly n: number;
  readonly place: number;
  readonly notice: Notice | RebuiltNotice;
  /** What it keeps its order with: an alarm's id; a notice of a rebuilt list has one of its own. */
  readonly alarm: string;
  /** Number of its change in the journal; null: it tells of a rebuilt list. */
  readonly change: number | null;
  /** Of the change, in this boot's time (for those from before a restart by wall time). */
  readonly hops: Hops;
  /** µs of CLOCK_MONOTONIC at which it was put. */
  readonly since_us: Us;
  readonly clears: boolean;
  /** What is known of its alarm's other notices. */
  readonly known: Known;
  /** NoticeRow.opens */
  opens: boolean;
  /** It came from the disk, so when it was committed is not known. */
  readonly restored: boolean;
  /** NoticeRow.near: it is in the lane, not behind others. */
  near: boolean;
  /** May go out: it is on disk, or has waited long enough for it. */
  released: boolean;
  /** It is on disk. */
  saved: boolean;
  commit_us: Us | null;
  /** Attempts of this run, and of those before. */
  tries: number;
  earlierTries: number;
  error: string | null;
  first_send_us: Us | null;
  /** Attempts that failed since the last one that was let wait. */
  failures: number;
  inFlight: number;
  /** The next attempt, or the overtaking of this one. */
  timer: Timer | null;
  /** The timer is a back-off of our own, so a receiver that is back cuts it short. */
  backingOff: boolean;
  /** The next attempt starts as soon as one of two that are under way has ended. */
  wants: boolean;
  done: boolean;
}

export type NewEntry = Pick<
  Entry,
  'n' | 'notice' | 'alarm' | 'change' | 'hops' | 'since_us' | 'clears' | 'opens' | 'known'
> &
  Partial<Entry>;

export const newEntry = (fields: NewEntry): Entry => ({
  place: fields.n,
  restored: false,
  near: true,
  released: false,
  saved: false,
  commit_us: null,
  tries: 0,
  earlierTries: 0,
  error: null,
  first_send_us: null,
  failures: 0,
  inFlight: 0,
  timer: null,
  backingOff: false,
  wants: false,
  done: false,
  ...fields,
});

/** It tells of a change, not of a rebuilt list. */
export const isOfChange = (notice: Notice | RebuiltNotice): notice is Notice => 'change' in notice;

export function rowOf(entry: Entry, put_wall_us: number, dead: boolean): NoticeRow {
  const { notice, n, place, alarm, change, near, opens, clears, tries, earlierTries } = entry;
  const rebuilt = isOfChange(notice) ? null : JSON.stringify(notice);
  return {
    n,
    adapter: notice.adapter,
    place,
    sequence: notice.sequence,
    alarm_id: alarm,
    change,
    body: rebuilt,
    put_wall_us: Math.round(put_wall_us),
    state: dead ? 'dead' : 'waiting',
    near: near && !dead,
    opens,
    clears,
    tries: tries + earlierTries,
    error: entry.error,
  };
}
