/** What an adapter of the kind `alertmanager` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { hostKey, httpKeys, seconds, together } from '../shared/http-settings.ts';

/** Labels that the adapter sets itself. */
const OWN_LABELS = new Set([
  'alertname',
  'severity',
  'host',
  'object',
  'object_kind',
  'event_type',
  'source',
]);

export const alertmanagerSettings = z
  .strictObject({
    kind: z.literal('alertmanager').describe('alertmanager'),
    ...adapterKeys,
    /** `url` is that of the alerts: `http://alertmanager.example:9093/api/v2/alerts`. */
    ...httpKeys,
    /** The label `host`. */
    host: hostKey,
    /** Labels beside those that the adapter sets, e.g. the region; they belong to an alert's identity. */
    labels: z
      .record(
        z
          .string()
          .regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,63}$/)
          .refine(name => !OWN_LABELS.has(name)),
        z.string().min(1).max(256).describe('a text of 1 to 256 characters'),
      )
      .default({})
      .describe('a map from label names to their values, none of those that the agent sets itself'),
    /** Alerts that fire are sent again this often; one that is not for three times as long resolves itself. */
    resend_s: seconds(1, 3600).default(60),
  })
  .superRefine(together);

export type AlertmanagerSettings = z.output<typeof alertmanagerSettings>;
