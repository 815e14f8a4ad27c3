/** What an adapter of the kind `webhook` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { secretFile } from '../../secret.ts';
import { httpKeys, seconds, together } from '../shared/http-settings.ts';

export const webhookSettings = z
  .strictObject({
    kind: z.literal('webhook').describe('webhook'),
    ...adapterKeys,
    ...httpKeys,
    /** The secret of the signature in `x-pathwarden-signature`; read again while it runs. */
    hmac_file: secretFile.optional(),
    heartbeat_s: seconds(1, 3600, 'no heartbeats').default(10),
  })
  .superRefine(together);

export type WebhookSettings = z.output<typeof webhookSettings>;
