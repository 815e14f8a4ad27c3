/** What an adapter of the kind `masakari` is configured with. */
import * as z from 'zod';
import { adapterKeys } from '../../config.ts';
import { proofPath } from '../shared/fencing.ts';
import { hostKey, httpKeys } from '../shared/http-settings.ts';
import { keystoneAuth } from '../shared/keystone-settings.ts';
import { routeOf } from '../shared/route-of.ts';

export const masakariSettings = z.strictObject({
  kind: z.literal('masakari').describe('masakari'),
  ...adapterKeys,
  /** An answer takes 50 to 400 ms, and what is asked again too early is looked at twice. */
  timeout_ms: adapterKeys.timeout_ms.unwrap().default(1000),
  /** Alarms that mean that the host, an instance or a service cannot go on. */
  route: routeOf(['path-lost', 'vm-*', 'process-*']),
  auth: keystoneAuth,
  /** Its name in its segment; default: the agent's. */
  host: hostKey.unwrap().optional(),
  /** Default: the catalogue's `instance-ha`. */
  endpoint: httpKeys.url
    .optional()
    .describe('an http or https URL such as https://vim.example:15868/v1'),
  /** Absent: no host is ever said to be fenced, so Masakari recovers none. */
  fencing_proof: proofPath.optional(),
});

export type MasakariSettings = z.output<typeof masakariSettings>;
