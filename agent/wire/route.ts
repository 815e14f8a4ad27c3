/** Routes and next hops. */
import * as z from 'zod';
import { count, frame, ifindex, ip } from './base.ts';

const hop = z.object({
  ifindex,
  gateway: ip.nullable(),
  weight: z.int().min(1).max(256),
  dead: z.boolean(),
  linkdown: z.boolean(),
});

export const routeFrames = [
  /**
   * Told with two hops or more or with a next hop object, and from then on always. Of those that never were such: one for
   * each gateway behind a bond or team, and those that lead to a storage peer that is reached by one (`lone`).
   */
  frame('route', {
    family: z.union([z.literal(4), z.literal(6)]),
    /** CIDR, e.g. 10.77.9.2/32. */
    dst: z.union([z.cidrv4(), z.cidrv6()]),
    table: count,
    metric: count,
    protocol: count,
    prefsrc: ip.nullable(),
    nhid: count.nullable(),
    nexthops: z.array(hop).max(16),
    lone: z.boolean(),
    gone: z.boolean(),
  }),
  frame('nexthop', {
    id: z.int().min(1),
    ifindex: ifindex.nullable(),
    gateway: ip.nullable(),
    protocol: count,
    dead: z.boolean(),
    linkdown: z.boolean(),
    group: z
      .array(z.object({ id: z.int().min(1), weight: count }))
      .max(16)
      .nullable(),
    gone: z.boolean(),
  }),
] as const;
