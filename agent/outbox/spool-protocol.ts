/** What the outbox and its worker say to each other. Plain data, copied from thread to thread. */

export interface SpoolRow {
  adapter: string;
  /** Notice.key; (adapter, key) names the row. */
  key: string;
  alarm_id: string;
  revision: number;
  sequence: number;
  /** When it was put, µs since 1970. */
  put_wall_us: number;
  /** The AlarmChange as JSON. */
  body: string;
}

export type RowName = Pick<SpoolRow, 'adapter' | 'key'>;

/** Written in one transaction: rows gone, rows new, and named values replaced. */
export interface SpoolBatch {
  done: RowName[];
  rows: SpoolRow[];
  meta: [name: string, value: string][];
}

export type SpoolRequest =
  | { op: 'commit'; id: number; batch: SpoolBatch }
  /** Closes the database; the reply is the last. */
  | { op: 'close'; id: number };

export interface SpoolContents {
  /** In the order in which they were put. */
  rows: SpoolRow[];
  meta: [name: string, value: string][];
}

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
  | { op: 'result'; id: number; error: string | null };

export interface WorkerSettings {
  dir: string;
  max_bytes: number;
}
