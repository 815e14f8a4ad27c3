/** What the helper did to a group. */
import * as z from 'zod';
import { frame, ifindex, text, us } from './base.ts';

export const steeringFrames = [
  /**
   * The helper has moved a group's traffic off a leg, or back, or has refused to: each request `steer` is answered by
   * one. In the snapshot: what is steered now. `restored`: nexthop objects that the kernel had deleted with their link
   * are there again, by the helper itself (so are then a `refused` and a `failed` of which `how` is `nexthops`).
   */
  frame('steering', {
    /** As in the request: `bond:bond0`, `ecmp:10.77.9.2/32`. */
    group: text,
    outcome: z.enum(['steered', 'undone', 'refused', 'failed', 'steering', 'restored']),
    /** null with refused: it had not come to that. */
    how: z.enum(['active-member', 'route', 'link-down', 'nexthops']).nullable(),
    /** The leg that is (or was to be) left; nexthops: of which they are. */
    from_ifindex: ifindex,
    /** The leg now in use where one is; null: all that are left. */
    to_ifindex: ifindex.nullable(),
    /** When it was asked for, and when the kernel had done it (t_us); null: by itself, at the end of the hold time. */
    asked_us: us.nullable(),
    /** Routes or active member, before and after, as iproute2 would write them. */
    before: text,
    after: text,
    /** It goes back at the end of the hold time; false: nothing is to be undone (a bond without primary, a team). */
    lasts: z.boolean(),
    /** For people: evidence, or why it was refused. */
    reason: text,
  }),
] as const;
