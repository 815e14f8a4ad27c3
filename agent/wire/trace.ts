/** Traces: what is told of each flow meanwhile, and at the end. */
import * as z from 'zod';
import { count, frame, ifindex, us } from './base.ts';
import { flowEnds } from './flow.ts';

export const traceFrames = [
  frame('trace', {
    trace: count,
    phase: z.enum(['begin', 'end']),
    reason: z.enum(['request', 'carrier', 'link']),
    for_ms: count,
  }),
  /**
   * The flow's packets are handed to this member of a bond or team. Told with the first packet of a trace and
   * whenever it is another; from null: no other is known, of an earlier trace either. Where a master spreads one flow's
   * packets (balance-rr, broadcast; team roundrobin, random), with the first packet alone. `flow_switch` tells of route
   * devices only.
   */
  frame('flow_member', {
    ...flowEnds,
    master_ifindex: ifindex,
    from_ifindex: ifindex.nullable(),
    to_ifindex: ifindex,
  }),
  /** First progress after a pause, or after a switch; since_us is the progress (or demand) before it. */
  frame('flow_progress', {
    ...flowEnds,
    after: z.enum(['pause', 'switch']),
    since_us: us,
  }),
  /** At a trace's end, one for each flow: its longest time without progress while it had demand. */
  frame('trace_flow', {
    ...flowEnds,
    trace: count,
    pause_from_us: us,
    pause_to_us: us,
    pause_open: z.boolean(),
    progress_count: count,
    /** Median time between two progresses: a pause no longer than this is no pause. */
    spacing_us: us,
  }),
] as const;
