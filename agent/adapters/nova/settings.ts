/** What an adapter of the kind `nova` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { proofPath } from '../shared/fencing.ts';
import { hostKey, httpKeys } from '../shared/http-settings.ts';
import { keystoneAuth } from '../shared/keystone-settings.ts';
import { routeOf } from '../shared/route-of.ts';

export const novaSettings = z
  .strictObject({
    kind: z.literal('nova').describe('nova'),
    ...adapterKeys,
    /** An answer of Nova takes 20 to 300 ms. */
    timeout_ms: adapterKeys.timeout_ms.unwrap().default(500),
    /** Alarms that mean that no instance can run here: what lies behind the group cannot be reached by any leg. */
    route: routeOf(['path-lost']),
    auth: keystoneAuth,
    /** As nova-compute names it; default: the agent's. */
    host: hostKey.unwrap().optional(),
    /** Default: the catalogue's `compute`. */
    endpoint: httpKeys.url
      .optional()
      .describe('an http or https URL such as https://vim.example:8774/v2.1'),
    /** fenced: only with a proof; always: the operator answers for it that no instance goes on running here. */
    force_down: z
      .enum(['never', 'fenced', 'always'])
      .default('fenced')
      .describe('one of never, fenced, always'),
    fencing_proof: proofPath.default('/run/pathwarden/fenced.json'),
    /** Also keep new instances away, for which no proof is needed. */
    disable: z.boolean().default(false).describe('true or false'),
  })
  .superRefine(({ force_down, disable }, context) => {
    if (force_down !== 'never' || disable) return;
    const message =
      'set it to true, or force_down to fenced or always: else there is nothing to tell';
    context.addIssue({ code: 'custom', path: ['disable'], message });
  });

export type NovaSettings = z.output<typeof novaSettings>;
