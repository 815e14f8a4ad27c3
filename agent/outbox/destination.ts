/** What the outbox needs of whatever it delivers to. An adapter is one. */
import type { AlarmChange, Notice, RebuiltNotice, SendResult } from '../types.ts';

export interface Attempt {
  /** ms that this attempt has; then it must end with `retry` (its connection is given up). */
  deadline_ms: number;
  /** Not on a connection that may hang where the attempt before this one hangs. */
  fresh: boolean;
}

export interface Destination {
  /** Unique; names the notices on disk. */
  readonly name: string;
  readonly kind: string;
  /** Its acknowledgement is the `told` of a failover record. */
  readonly primary: boolean;
  /** ms after which the outbox sends the same notice again on a fresh connection. */
  readonly timeout_ms: number;
  /**
   * Pure. Is this change something that it is to be told of? By its route and by what the kind can say at all. Once one
   * change of an alarm was for it, all that follow are, whatever this says.
   */
  wants(change: AlarmChange): boolean;
  /** Pure: what goes over the wire for a notice of this source. */
  map(notice: Notice, source: string): unknown;
  /** The same for a list that was rebuilt; absent: its receiver has no such word. */
  mapRebuilt?(notice: RebuiltNotice, source: string): unknown;
  /** Sends what `map` made. Never rejects, and settles within the deadline. */
  send(payload: unknown, attempt: Attempt): Promise<SendResult>;
  /** Opens connections, begins heartbeats. `active`: the alarms that are active now, each time it asks. */
  start?(active: () => readonly AlarmChange[]): void;
  /** Gives up what is in flight and closes. */
  close(): Promise<void>;
}
