/**
 * The frames that the helper sends and the requests that it takes: the single truth about the wire.
 * native/frame.h mirrors it. Framing: UTF-8 JSON `{"type":…,"data":{…}}` ended by a form feed (0x0C).
 * Times are µs of CLOCK_MONOTONIC on this host unless a name says otherwise.
 */
import * as z from 'zod';

const us = z.int().min(0);
const ifindex = z.int().min(1).max(0x7fffffff);
const text = z.string().max(256);
const ip = z.union([z.ipv4(), z.ipv6()]);
const count = z.int().min(0);

/** Carried by every frame. (boot_id, epoch, seq) names it for ever; seq rises by one within an epoch. */
const head = {
  boot_id: z.uuid(),
  /** µs at which the helper started. */
  epoch: us,
  /** 0 for frames made for one client (hello, refused), which are never replayed. */
  seq: count,
  /** Taken where the event is: in the kernel if it can be, else in the helper. */
  t_us: us,
};

const frame = <const T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), data: z.object({ ...head, ...shape }) });

const hop = z.object({
  ifindex,
  gateway: ip.nullable(),
  weight: z.int().min(1).max(256),
  dead: z.boolean(),
  linkdown: z.boolean(),
});

const flowEnds = {
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

export const frameSchema = z.discriminatedUnion('type', [
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
  frame('link', {
    ifindex,
    ifname: z.string().min(1).max(15),
    /** IFLA_INFO_KIND: bond, veth, bridge, tun…; null: a plain NIC. */
    kind: text.nullable(),
    /** IFLA_INFO_SLAVE_KIND. */
    member_kind: text.nullable(),
    master_ifindex: ifindex.nullable(),
    iflink: count,
    mac: text.nullable(),
    mtu: count,
    parent_dev: text.nullable(),
    parent_bus: text.nullable(),
    loopback: z.boolean(),
    admin_up: z.boolean(),
    carrier: z.boolean(),
    /** IF_OPER_* of linux/if.h (RFC 2863). */
    operstate: z.int().min(0).max(255),
    carrier_up_count: count,
    carrier_down_count: count,
    bond: z
      .object({
        mode: count,
        active_ifindex: ifindex.nullable(),
        miimon_ms: count,
      })
      .nullable(),
    bond_member: z
      .object({ state: count, mii_status: count, link_failure_count: count })
      .nullable(),
    gone: z.boolean(),
  }),
  /** Carrier or administrative state moved, ahead of netlink; also the carrier source's snapshot. */
  frame('carrier', {
    ifindex,
    carrier: z.boolean(),
    admin_up: z.boolean(),
    carrier_up_count: count,
    carrier_down_count: count,
    via: text,
  }),
  frame('address', {
    ifindex,
    address: ip,
    prefix_len: z.int().min(0).max(128),
    gone: z.boolean(),
  }),
  /** Told with two hops or more or with a next hop object, and from then on always; one with a single hop is not. */
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
  /** The helper made the kernel look at a link that had lost its carrier, or got it back, at cause_us. */
  frame('nudge', {
    ifindex,
    how: z.enum(['ask', 'operstate']),
    errno: count,
    honoured: z.boolean(),
    cause_us: us,
  }),
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
  /** Trace: first progress after a pause, or after a switch; since_us is the progress (or demand) before it. */
  frame('flow_progress', {
    ...flowEnds,
    after: z.enum(['pause', 'switch']),
    since_us: us,
  }),
  frame('trace', {
    trace: count,
    phase: z.enum(['begin', 'end']),
    reason: z.enum(['request', 'carrier', 'link']),
    for_ms: count,
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
  frame('leg_probe', {
    ifindex,
    target: ip,
    answering: z.boolean(),
    /** Send time of the first lost echo, or receive time of the first answer. */
    since_us: us,
    sent: count,
    answered: count,
    rtt_us: us,
  }),
  /** The helper did not take a request. */
  frame('refused', { request: text, reason: text }),
]);

export type Frame = z.infer<typeof frameSchema>;
export type FrameType = Frame['type'];
export type FrameOf<T extends FrameType> = Extract<Frame, { type: T }>;

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
            interval_ms: z.int().min(20).max(10_000),
            lost_after: z.int().min(1).max(20),
          }),
        )
        .max(64),
    }),
  }),
  z.object({
    type: z.literal('trace'),
    data: z.object({ for_ms: z.int().min(100).max(30_000) }),
  }),
  z.object({ type: z.literal('snapshot'), data: z.object({}) }),
]);

export type HelperRequest = z.infer<typeof requestSchema>;
