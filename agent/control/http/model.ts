/** What the alarm stream needs of the agent, and how it is set up. */
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Outbox } from '../../outbox/api.ts';
import type { Alarm, FailoverRecord, Verdict } from '../../types.ts';
import type { Status } from '../protocol.ts';

/** An alarm as its last change left it. */
export interface KnownAlarm {
  alarm: Alarm;
  revision: number;
  /** Maintenance holds its notices back. */
  held: boolean;
}

export interface ApiModel {
  status(): Status;
  /** Active ones; `all`: also those that were cleared lately. It changes in the same synchronous run as the outbox's journal. */
  alarms(of: { all: boolean }): readonly KnownAlarm[];
  /** The newest first. */
  failovers(of: { limit: number }): readonly FailoverRecord[];
  /** Failover records that were closed since the start. */
  verdicts(): Record<Verdict, number>;
  /** Active alarms, by id; acknowledged false takes it back. Rejects when it cannot be. */
  ack(ids: string[], acknowledged: boolean, user: string): unknown;
  outbox: Pick<Outbox, 'journal' | 'follow' | 'histograms'>;
}

export interface ApiOptions {
  /** Folder of the unix socket. */
  run_dir: string;
  api: Config['api'];
  model: ApiModel;
  /** Told every token, so that no log shows it. */
  hide?(secret: string): void;
  /** Group of the unix socket, default pathwarden; if it does not exist only root and the agent may connect. */
  group?: string;
  log?: Log;
  /** ms between two beats of a stream, and between two looks at the files. Default 10,000 and 1,000; for tests. */
  beat_ms?: number;
  poll_ms?: number;
}

export interface Api {
  /** Of the network listener; null: there is none, or its address cannot be had yet. */
  readonly address: AddressInfo | null;
  /** Ends all streams and connections. */
  close(): Promise<void>;
}
