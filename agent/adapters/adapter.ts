/**
 * The contract of an adapter: it tells one VIM or receiver about alarm changes.
 *
 * To add one: a folder here with
 *   index.ts     exports `adapter: AdapterKind`; imports nothing heavy: it is loaded to check the configuration
 *   settings.ts  the schema of its entry in `adapters`
 *   map.ts       pure: notices to what goes over the wire
 *   client.ts    sends; imported by `create` alone, with whatever library it needs
 *   README.md    what it says to whom, what it needs there, and what it makes of each answer
 * and a line in `index.ts` of this folder, its name in no other place. What several share is in `shared/`.
 * test/unit/adapters/contract.test.ts runs over every folder.
 */
import type { z } from 'zod';
import type { AdapterSettings } from '../config.ts';
import type { Log } from '../log.ts';
import type { Destination } from '../outbox/destination.ts';
import type { AlarmChange, Notice, RebuiltNotice } from '../types.ts';

export interface AdapterContext {
  /** CloudEvents-style source URI of this host. */
  source: string;
  /** The host as its VIM names it, unless an adapter's settings say otherwise. */
  host: string;
  log: Log;
  /** Folder for what a client must remember, a small file named after the adapter; absent: it forgets. */
  state_dir?: string;
  /** Told every secret that it reads, so that no log shows it. */
  hide(secret: string): void;
  /** What the receiver took and did not carry out, or does again; becomes the alarm escalation-failed. */
  report(state: 'ok' | 'failed', reason: string): void;
}

export interface AdapterKind<S extends AdapterSettings = AdapterSettings> {
  readonly kind: string;
  /** Of one entry of `adapters` in the configuration; checked by agent/config.ts. */
  readonly schema: z.ZodType<S>;
  /** Pure. Can it say this at all, with these settings? The route is looked at elsewhere. */
  says(change: AlarmChange, settings: S): boolean;
  /** Pure: what goes over the wire for a notice. */
  map(notice: Notice, source: string, settings: S): unknown;
  /** Pure. Absent: its receiver has no such word. */
  mapRebuilt?(notice: RebuiltNotice, source: string, settings: S): unknown;
  /** Connects to nothing yet; `start` does. Rejects when a file named in the settings cannot be used. */
  create(settings: S, context: AdapterContext): Promise<AdapterClient>;
}

/** What a kind makes: index.ts of this folder adds the rest (name, route, map). */
export interface AdapterClient {
  send: Destination['send'];
  start?: Destination['start'];
  close: Destination['close'];
}
