/** Storage connections. */
import * as z from 'zod';
import { count, frame, ifindex, ip, us } from './base.ts';

export const flowEnds = {
  /** Unique within an epoch. */
  flow: count,
};

const stallReason = z.enum(['unacked', 'unsent', 'unanswered']);

const change = {
  ...flowEnds,
  reason: stallReason,
  /** Since when there was no progress. */
  since_us: us,
  /** Device by which its packets leave and come, null when not known yet. */
  out_ifindex: ifindex.nullable(),
  in_ifindex: ifindex.nullable(),
};

export const flowFrames = [
  /** A storage connection of our network namespace. Told when it opens, changes its legs or closes. */
  frame('flow', {
    ...flowEnds,
    local: ip,
    local_port: z.int().min(0).max(65535),
    remote: ip,
    remote_port: z.int().min(0).max(65535),
    role: z.enum(['client', 'server']),
    out_ifindex: ifindex.nullable(),
    in_ifindex: ifindex.nullable(),
    srtt_us: us,
    closed: z.boolean(),
  }),
  frame('flow_stall', { ...change, threshold_us: us }),
  /** t_us is the progress that ended it. */
  frame('flow_resume', change),
  /** First packet of the flow on another device; outside a trace, when a look each 100 ms found it there. */
  frame('flow_switch', {
    ...flowEnds,
    direction: z.enum(['out', 'in']),
    from_ifindex: ifindex.nullable(),
    to_ifindex: ifindex,
  }),
  /** What a flow's socket knows; one for each flow, as answer to the request `flow_stats`. */
  frame('flow_stats', {
    ...flowEnds,
    srtt_us: us,
    rttvar_us: us,
    /** How often the retransmission time-out has expired, and doubled, since the last progress (RFC 6298 5.5). */
    backoff: count,
    retransmits: count,
    unacked_segments: count,
    /** The last time that something was acknowledged or came; 0: never. */
    progress_us: us,
    bytes_acked: count,
    bytes_received: count,
    out_ifindex: ifindex.nullable(),
    in_ifindex: ifindex.nullable(),
    /** Member of a bond or team that a trace has seen last. */
    member_ifindex: ifindex.nullable(),
  }),
] as const;
