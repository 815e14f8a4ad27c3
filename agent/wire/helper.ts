/** The helper itself: who it is, how it is, what it missed. */
import * as z from 'zod';
import { count, frame, text, us } from './base.ts';

export const helperFrames = [
  /** First after an attach: who the helper is and what it can see. */
  frame('hello', {
    version: text,
    kernel: text,
    pid: z.int().min(1),
    /** Inode number of the network namespace that it watches. */
    netns: count,
    wall_offset_us: z.int(),
    carrier: z.object({
      strategy: z.enum(['fentry', 'timer', 'getlink', 'rtnl']),
      interval_us: us,
    }),
    nudge: z.enum(['ask', 'operstate', 'off']),
    /** Groups that the root-owned configuration allows to be steered, as ids: `bond:bond0`, `ecmp:10.77.9.2/32`. */
    steering: z.array(text).max(64),
    /** Groups of nexthop objects that the configuration allows to be put back: `nhg:10`. */
    restores: z.array(text).max(64).default([]),
    sources: z.array(
      z.object({
        name: text,
        state: z.enum(['ok', 'degraded', 'absent']),
        reason: text.nullable(),
      }),
    ),
    /** True: what follows continues after the cursor that the client gave. */
    resumed: z.boolean(),
  }),
  /** Every second. */
  frame('heartbeat', {
    /** CLOCK_REALTIME − CLOCK_MONOTONIC. */
    wall_offset_us: z.int(),
    cpu_us: us,
    bpf_us: us,
    dropped: z.object({ bpf: count, netlink: count, ring: count }),
  }),
  /** Around a source's complete state. What a complete snapshot does not name is absent. */
  frame('snapshot', {
    source: text,
    phase: z.enum(['begin', 'end']),
    complete: z.boolean(),
  }),
  /**
   * Events of this source are missing; a snapshot of it follows. count 0: unknown how many. Source `ring`: frames of
   * all sources are missing, up to this frame's own seq.
   */
  frame('lost', { source: text, count, reason: text }),
  /** The helper did not take a request. */
  frame('refused', { request: text, reason: text }),
] as const;
