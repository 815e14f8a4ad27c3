/** What an adapter of the kind `sol` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { hostKey, httpKeys, together, warmKey } from '../shared/http-settings.ts';

const identifier = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,255}$/u)
  .describe('an identifier of 1 to 255 characters without spaces');

export const solSettings = z
  .strictObject({
    kind: z.literal('sol').describe('sol'),
    ...adapterKeys,
    /** `url` is the callback of the subscription. */
    ...httpKeys,
    warm_s: warmKey,
    host: hostKey,
    interface: z
      .enum(['sol003', 'sol005'])
      .default('sol003')
      .describe('sol003 (VNFM to NFVO) or sol005 (NFVO to OSS)'),
    subscription_id: identifier,
    /** The agent's own alarm API, for the links: `https://10.0.0.5:8443/v1`. */
    api_url: z
      .string()
      .max(1024)
      .regex(/^https?:\/\/[^\s?#]+[^\s?#/]$/)
      .describe('an http or https URL without a slash at its end'),
    /** The VIM (vimConnectionId, with sol005 vimId) in which `host` is known. */
    vim_id: identifier,
    /** The VNF or NS instance that is affected; by default host and object of the alarm. */
    managed_object_id: identifier.optional(),
  })
  .superRefine(together);

export type SolSettings = z.output<typeof solSettings>;
