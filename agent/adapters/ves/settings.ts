/** What an adapter of the kind `ves` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { hostKey, httpKeys, seconds, together } from '../shared/http-settings.ts';

export const vesSettings = z
  .strictObject({
    kind: z.literal('ves').describe('ves'),
    ...adapterKeys,
    /** `url` is the listener's, up to its version: `https://ves.example:8443/eventListener/v7`. */
    ...httpKeys,
    /** sourceName and reportingEntityName. */
    host: hostKey,
    /** Beside the fault: what it means for the leg or group. */
    state_change: z.boolean().default(false).describe('true or false'),
    heartbeat_s: seconds(1, 3600, 'no heartbeats').default(30),
    /** Events that come within this go as one eventBatch. */
    batch_ms: z
      .int()
      .min(0)
      .max(100)
      .default(2)
      .describe('a whole number of milliseconds from 1 to 100, or 0 for no batches'),
  })
  .superRefine(together);

export type VesSettings = z.output<typeof vesSettings>;
