/** What an adapter of the kind `o2ims` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { hostKey, httpKeys, together, warmKey } from '../shared/http-settings.ts';

const uuid = z.guid().describe('a UUID');

export const o2imsSettings = z
  .strictObject({
    kind: z.literal('o2ims').describe('o2ims'),
    ...adapterKeys,
    /** `url` is the callback of the consumer's subscription. */
    ...httpKeys,
    warm_s: warmKey,
    host: hostKey,
    /** The O-Cloud, as the SMO names it. */
    global_cloud_id: uuid,
    /** The consumer's own name of its subscription. */
    consumer_subscription_id: uuid.optional(),
    /** Under which the alarms can be read, for `objectRef`: `https://10.0.0.5:8443/v1/alarms`. */
    alarms_url: z
      .string()
      .max(1024)
      .regex(/^https?:\/\/[^\s?#]+[^\s?#/]$/)
      .optional()
      .describe('an http or https URL without a slash at its end'),
  })
  .superRefine(together);

export type O2imsSettings = z.output<typeof o2imsSettings>;
