/** What a client may ask of the helper. */
import * as z from 'zod';
import { count, ifindex, ip, text, us, vlan } from './base.ts';
import { probeMethod } from './probing.ts';

export const requestSchema = z.discriminatedUnion('type', [
  /** Must be the first. With a cursor: replay what followed it, if the ring still has it. */
  z.object({
    type: z.literal('attach'),
    data: z.object({ cursor: z.object({ epoch: us, seq: count }).nullable() }),
  }),
  /** Replaces what was asked before. */
  z.object({
    type: z.literal('configure'),
    data: z.object({
      ports: z.array(z.tuple([z.int().min(1).max(65535), z.int().min(1).max(65535)])).max(32),
      unacked_ms: z.int().min(10).max(10_000),
      unanswered_ms: z.int().min(50).max(60_000),
      probes: z
        .array(
          z.object({
            ifindex,
            source: ip.nullable(),
            target: ip,
            method: probeMethod,
            interval_ms: z.int().min(20).max(10_000),
            /** The interval for 2 s after any flow has stalled. */
            burst_ms: z.int().min(20).max(10_000),
            lost_after: z.int().min(1).max(20),
            /** By `arp` and `nd`: the 802.1Q tag that it is sent with; absent: none. */
            vlan: vlan.optional(),
          }),
        )
        .max(64),
      /** BFD sessions (RFC 5880 asynchronous, RFC 5881 single hop, RFC 7130 on members of an aggregate). */
      bfd: z
        .array(
          z.object({
            ifindex,
            local: ip,
            remote: ip,
            micro: z.boolean(),
            /** Desired Min TX Interval and Required Min RX Interval of a session that is up. */
            interval_ms: z.int().min(10).max(10_000),
            detect_mult: z.int().min(1).max(50),
          }),
        )
        .max(32),
      /** Floor of io_stall: age of the oldest request in flight. */
      io_stalled_ms: z.int().min(50).max(60_000),
    }),
  }),
  /** One `flow_stats` for each flow, between the marks of the snapshot source `flow_stats`. */
  z.object({ type: z.literal('flow_stats'), data: z.object({}) }),
  /** Take a leg out of use. The helper's root-owned configuration and its own probes decide; answered by `steering`. */
  z.object({
    type: z.literal('steer'),
    data: z.object({
      group: text,
      /** undo: back before the hold time is over, by an operator. */
      action: z.enum(['leave', 'undo']),
      ifindex,
      reason: text,
    }),
  }),
  z.object({
    type: z.literal('trace'),
    data: z.object({ for_ms: z.int().min(100).max(30_000) }),
  }),
  z.object({ type: z.literal('snapshot'), data: z.object({}) }),
]);

export type HelperRequest = z.infer<typeof requestSchema>;
