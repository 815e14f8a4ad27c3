/** What the outbox needs of whatever it delivers to. An adapter is one. */
import type { Notice, SendResult } from '../types.ts';

export interface Attempt {
  /** ms that this attempt has; then it must end with `retry` (its connection is given up). */
  deadline_ms: number;
  /** Not on a connection that may hang where the attempt before this one hangs. */
  fresh: boolean;
}

export interface Destination {
  /** Unique; names the notices on disk. */
  readonly name: string;
  /** Its acknowledgement is the `told` of a failover record. */
  readonly primary: boolean;
  /** ms after which the outbox sends the same notice again on a fresh connection. */
  readonly timeout_ms: number;
  /** Pure: what goes over the wire for a notice of this source. */
  map(notice: Notice, source: string): unknown;
  /** Sends what `map` made. Never rejects, and settles within the deadline. */
  send(payload: unknown, attempt: Attempt): Promise<SendResult>;
  /** Opens connections, begins heartbeats. */
  start?(): void;
  /** Gives up what is in flight and closes. */
  close(): Promise<void>;
}
