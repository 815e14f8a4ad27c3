/** What the outbox and its worker say to each other. Plain data, copied from thread to thread. */

/** An alarm change as it was put: stored once, for the journal and for every notice of it. */
export interface ChangeRow {
  /** JournalEntry.n */
  n: number;
  /** The AlarmChange as JSON. */
  body: string;
}

export interface NoticeRow {
  /** Letter.n: names the row. */
  n: number;
  adapter: string;
  /** Its turn among the adapter's notices: n, until a dead letter is sent again. */
  place: number;
  sequence: number;
  /** What it keeps its order with; a notice of a rebuilt list has one of its own. */
  alarm_id: string;
  /** ChangeRow.n; null: it tells of a rebuilt list. */
  change: number | null;
  /** RebuiltNotice as JSON; null: it tells of a change. */
  body: string | null;
  /** When it was put, µs since 1970. */
  put_wall_us: number;
  state: 'waiting' | 'dead';
  /** It was in memory and may have been sent. Of one alarm, those that were come before those that were not. */
  near: boolean;
  /** The first of its alarm for this adapter, or all before it were given up unsent: nobody has heard of the alarm. */
  opens: boolean;
  /** It tells of the alarm's end. */
  clears: boolean;
  tries: number;
  error: string | null;
}

/** As it is read: with the change that it tells of. */
export interface StoredNotice extends NoticeRow {
  /** JSON of the change, or of the notice about a rebuilt list. */
  text: string;
}

/** An adapter that was told of an alarm is told of its end, too. */
export interface RouteRow {
  adapter: string;
  alarm_id: string;
  /** False: the alarm has ended. */
  on: boolean;
}

/** Written in one transaction, in this order. */
export interface SpoolBatch {
  /** Notices that are no longer owed. */
  done: number[];
  changes: ChangeRow[];
  /** New, or replaced. */
  notices: NoticeRow[];
  routes: RouteRow[];
  /** Notices that are in memory now. */
  near: number[];
  /** Attempts that failed. */
  tries: { n: number; tries: number; error: string | null }[];
  meta: [name: string, value: string][];
}

export const emptyBatch = (): SpoolBatch => ({
  done: [],
  changes: [],
  notices: [],
  routes: [],
  near: [],
  tries: [],
  meta: [],
});

/** How full the spool is after a commit. */
export interface SpoolUse {
  /** 0 to 1: share of the size that it may have. */
  used: number;
  /** The oldest change of the journal; 0: there is none. */
  journal_first: number;
}

export interface PageRequest {
  adapter: string;
  /** Places, after the one and up to the other. */
  after: number;
  up_to: number;
  limit: number;
}

export interface PageQuestion extends PageRequest {
  /** Also those that are marked as in memory: the answer to the question before this one did not come. */
  again: boolean;
}

/**
 * What is given up, one kind after the other: `between`: neither the first of an alarm, nor its end, nor the last word
 * about it; `opening`: unsent, and the end of the alarm waits and takes its place; `unheard`: alarms that have ended
 * and of which the receiver has not heard.
 */
export type TrimTier = 'between' | 'opening' | 'unheard';

export interface TrimRequest extends PageRequest {
  tier: TrimTier;
  /** Give up as many at most. */
  give: number;
  /** Only those that were put before, µs since 1970; null: whenever. */
  before_wall_us: number | null;
  /** Notices that are not on disk alone, although they are not marked so yet. */
  not: number[];
}

export interface Trimmed {
  given: number;
  /** Place to go on after; null: all were looked at. */
  next: number | null;
}

export interface LettersRequest {
  adapters: string[];
  state: NoticeRow['state'] | null;
  limit: number;
}

export interface Dropped {
  n: number;
  adapter: string;
  state: NoticeRow['state'];
}

/** Questions by their name, with what they are asked with and answered by. */
export interface SpoolQuestions {
  commit: { ask: SpoolBatch; answer: SpoolUse };
  /** The notices are in memory from then on. */
  page: { ask: PageQuestion; answer: StoredNotice[] };
  trim: { ask: TrimRequest; answer: Trimmed };
  letters: { ask: LettersRequest; answer: StoredNotice[] };
  /** Dead letters by their numbers. */
  dead: { ask: number[]; answer: StoredNotice[] };
  drop: { ask: number[]; answer: Dropped[] };
  journal: { ask: { after: number; limit: number }; answer: ChangeRow[] };
  /** Closes the database; the reply is the last. */
  close: { ask: null; answer: null };
}

export type SpoolQuestion = keyof SpoolQuestions;

export type SpoolRequest = {
  [Q in SpoolQuestion]: { op: Q; id: number; ask: SpoolQuestions[Q]['ask'] };
}[SpoolQuestion];

/** What is on disk when it is opened. */
export interface SpoolContents {
  /** Those that were in memory when the agent ended, in their order. */
  near: StoredNotice[];
  /** For each adapter: how many more wait, up to which place, and how many are dead. */
  far: { adapter: string; count: number; up_to: number; dead: number }[];
  routes: Pick<RouteRow, 'adapter' | 'alarm_id'>[];
  /** The highest number of a notice or place, and of a change. */
  numbers: { notice: number; change: number };
  journal_first: number;
  /** The last run closed it, and this one could write that it is open: numbers go on without a gap. */
  clean: boolean;
  /** Notices of adapters that are no more; they were given up. */
  orphans: number;
  meta: [name: string, value: string][];
}

export const nothingStored = (): SpoolContents => ({
  near: [],
  far: [],
  routes: [],
  numbers: { notice: 0, change: 0 },
  journal_first: 0,
  clean: false,
  orphans: 0,
  meta: [],
});

export type SpoolReply =
  /**
   * The first reply. problem: it could not be opened; then each commit tries again, and when it succeeds this comes once
   * more. locked: another agent has it.
   */
  | {
      op: 'opened';
      contents: SpoolContents;
      problem: string | null;
      locked: boolean;
      /** A broken database was put aside; its notices are lost. */
      note: string | null;
    }
  | { op: 'result'; id: number; error: string | null; answer: unknown };

export interface WorkerSettings {
  dir: string;
  max_bytes: number;
  /** Names of the destinations; notices of others are given up. */
  adapters: string[];
  /** Changes that the journal keeps, and refused notices of each adapter. */
  journal: number;
  dead_letters: number;
}
