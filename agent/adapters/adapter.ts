/**
 * The contract of an adapter: it tells one VIM or receiver about alarm changes.
 *
 * To add one: a folder here with an `index.ts` that exports `adapter: AdapterKind`, a line in `index.ts` of this folder,
 * and its name in no other place. test/unit/adapters/contract.test.ts runs over every folder.
 */
import type { z } from 'zod';
import type { AdapterSettings } from '../config.ts';
import type { Log } from '../log.ts';
import type { Destination } from '../outbox/destination.ts';
import type { Notice } from '../types.ts';

export interface AdapterContext {
  /** CloudEvents-style source URI of this host. */
  source: string;
  log: Log;
  /** Told every secret that it reads, so that no log shows it. */
  hide(secret: string): void;
}

export interface Adapter extends Destination {
  readonly kind: string;
}

export interface AdapterKind<S extends AdapterSettings = AdapterSettings> {
  readonly kind: string;
  /** Of one entry of `adapters` in the configuration; checked by agent/config.ts. */
  readonly schema: z.ZodType<S>;
  /** Pure: what goes over the wire for a notice. */
  map(notice: Notice, source: string): unknown;
  /** Connects to nothing yet; `start` does. Rejects when a file named in the settings cannot be used. */
  create(settings: S, context: AdapterContext): Promise<Adapter>;
}
