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

/**
 * How a leg is asked. icmp: an echo (RFC 792, RFC 4443). arp: an ARP probe (RFC 5227: sender address 0.0.0.0). nd: a
 * neighbour solicitation (RFC 4861 4.3). The last two go out by a member of a bond or team, untagged, from its permanent
 * MAC or, where that is in use by the bond or another member, one made of it: no switch or host changes what it knows of an
 * address in use.
 */
const probeMethod = z.enum(['icmp', 'arp', 'nd']);
const bfdState = z.enum(['admin-down', 'down', 'init', 'up']);
/** Name of a block device under /sys/block. */
const disk = z.string().min(1).max(31);

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
    /** Groups that the root-owned configuration allows to be steered, as ids: `bond:bond0`, `ecmp:10.77.9.2/32`. */
    steering: z.array(text).max(64),
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
        /** IFLA_BOND_MODE: 0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 -tlb, 6 -alb. */
        mode: z.int().min(0).max(6),
        active_ifindex: ifindex.nullable(),
        /** 0: the link is not monitored by MII. */
        miimon_ms: count,
        updelay_ms: count,
        downdelay_ms: count,
        /** 0: no ARP monitor. */
        arp_interval_ms: count,
        arp_missed_max: count,
        /** Gratuitous ARPs and unsolicited NAs after a switch. */
        peer_notify_count: count,
        peer_notify_delay_ms: count,
        /** 802.3ad: the aggregator in use; null: another mode, or none yet. */
        lacp: z
          .object({
            rate_fast: z.boolean(),
            aggregator_id: count,
            port_count: count,
            actor_key: count,
            partner_key: count,
            partner_mac: text,
          })
          .nullable(),
      })
      .nullable(),
    bond_member: z
      .object({
        /** IFLA_BOND_SLAVE_STATE: 0 active, 1 backup. */
        state: count,
        /** IFLA_BOND_SLAVE_MII_STATUS: 0 up, 1 going down (downdelay), 2 down, 3 going back (updelay). */
        mii_status: count,
        link_failure_count: count,
        perm_mac: text.nullable(),
        /** 802.3ad; the states are the octets of IEEE 802.1AX 6.4.2.3. */
        lacp: z
          .object({
            aggregator_id: count,
            actor_state: z.int().min(0).max(255),
            partner_state: z.int().min(0).max(255),
          })
          .nullable(),
      })
      .nullable(),
    gone: z.boolean(),
    /** With gone: it left for another network namespace, and is not removed. */
    moved: z.boolean(),
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
  /**
   * Trace: the flow's packets are handed to this member of a bond or team. Told with the first packet of a trace and
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
    method: probeMethod,
    answering: z.boolean(),
    /** Send time of the first lost echo, or receive time of the first answer. */
    since_us: us,
    sent: count,
    answered: count,
    rtt_us: us,
  }),
  /** A BFD session (RFC 5880, asynchronous mode) on one leg; told when its state changes, and in the snapshot. */
  frame('bfd', {
    ifindex,
    local: ip,
    remote: ip,
    /** RFC 7130: on a member of an aggregate, to port 6784. */
    micro: z.boolean(),
    state: bfdState,
    remote_state: bfdState,
    /** RFC 5880 4.1: 0 none, 1 detection time expired, 3 neighbour signalled session down, 7 administratively down. */
    diagnostic: z.int().min(0).max(31),
    remote_diagnostic: z.int().min(0).max(31),
    /** In this state since; after a loss: when the last packet came. */
    since_us: us,
    /** As agreed with the other end now. */
    tx_us: us,
    detect_us: us,
    gone: z.boolean(),
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
  /** A session with a storage target that the kernel itself keeps (sysfs); its connection is a `flow`, too. */
  frame('session', {
    /** Unique while it lasts: `iscsi:session1`, `nvme:nvme0`. */
    session: text,
    protocol: z.enum(['iscsi', 'nvme-tcp', 'nfs', 'nbd', 'drbd', 'ceph']),
    /** IQN, subsystem NQN, export; null: not readable. */
    target: text.nullable(),
    local: ip.nullable(),
    /** null: the kernel does not show it (NBD, DRBD); remote_port is 0 then. */
    remote: ip.nullable(),
    remote_port: z.int().min(0).max(65535),
    /** As the kernel names it: LOGGED_IN, FAILED; live, connecting. */
    state: text,
    usable: z.boolean(),
    disks: z.array(disk).max(16),
    gone: z.boolean(),
  }),
  /** A block device that storage is behind: of the network, or made of such. Told when it differs. */
  frame('disk', {
    disk,
    major: count,
    minor: count,
    /** From its driver: iscsi, nvme-tcp, nbd, rbd, drbd, dm-multipath, nvme-multipath, local (NVMe, virtio, SCSI). */
    kind: z.enum([
      ...['iscsi', 'nvme-tcp', 'nbd', 'rbd', 'drbd', 'dm-multipath', 'nvme-multipath', 'local'],
    ] as const),
    /** `session` of the session that it belongs to; null: none. */
    session: text.nullable(),
    /** dm-multipath or NVMe multipath device above it; null: it is no path of one. */
    map: disk.nullable(),
    gone: z.boolean(),
  }),
  /** The oldest request that the device has been given is still without answer after threshold_us. */
  frame('io_stall', {
    disk,
    /** Issue of that request. */
    since_us: us,
    threshold_us: us,
    in_flight: count,
    operation: z.enum(['read', 'write', 'flush', 'discard', 'other']),
  }),
  /** t_us: the completion after which nothing was older than the threshold. */
  frame('io_resume', { disk, since_us: us }),
  /** Requests that ended with an error; at most one frame each 100 ms for a device. */
  frame('io_errors', {
    disk,
    /** Since the helper's start. */
    errors: count,
    /** BLK_STS_* of the last as an errno name: EIO, ENOLINK, ETIMEDOUT… */
    last: text,
  }),
  /** A multipath device with the state of each of its paths; told when one differs, and in the snapshot. */
  frame('multipath', {
    map: disk,
    /** The map's alias or the subsystem's NQN; null: none. */
    name: text.nullable(),
    kind: z.enum(['dm', 'nvme']),
    paths: z
      .array(
        z.object({
          /** sdb; for NVMe the controller's path device, nvme0c1n1. */
          disk,
          session: text.nullable(),
          usable: z.boolean(),
          /** dm: active, failed; NVMe: the controller's state (live, connecting…). */
          state: text,
          /** ANA or ALUA: optimized, non-optimized, inaccessible, persistent-loss, change; null: not told. */
          access: text.nullable(),
          /** How often it failed since the map was made; null: not told. */
          failures: count.nullable(),
        }),
      )
      .max(16),
    gone: z.boolean(),
  }),
  /**
   * The helper has moved a group's traffic off a leg, or back, or has refused to: each request `steer` is answered by
   * one. In the snapshot: what is steered now.
   */
  frame('steering', {
    /** As in the request: `bond:bond0`, `ecmp:10.77.9.2/32`. */
    group: text,
    outcome: z.enum(['steered', 'undone', 'refused', 'failed', 'steering']),
    /** null with refused: it had not come to that. */
    how: z.enum(['active-member', 'route', 'link-down']).nullable(),
    /** The leg that is (or was to be) left. */
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
  /**
   * A bond or team uses another member now; null: none. t_us is the kernel's (via fentry), or when its message was
   * read (via netlink). Told by one of the two, never by both.
   */
  frame('active_member', {
    ifindex,
    from_ifindex: ifindex.nullable(),
    to_ifindex: ifindex.nullable(),
    via: z.enum(['fentry', 'netlink']),
  }),
  /**
   * A gratuitous ARP (garp) or unsolicited neighbour advertisement (na) was handed to this device: how a bond tells the
   * switches that its address has moved. Per device and kind: the first after each quiet second, and after each switch.
   */
  frame('announce', { ifindex, kind: z.enum(['garp', 'na']), address: ip.nullable() }),
  /** What only /proc/net/bonding tells of an 802.3ad member; looked at each 250 ms, told when it differs. */
  frame('lacp_port', {
    ifindex,
    bond_ifindex: ifindex,
    aggregator_id: count,
    actor_churn: z.enum(['none', 'monitoring', 'churned']),
    partner_churn: z.enum(['none', 'monitoring', 'churned']),
    actor_churned_count: count,
    partner_churned_count: count,
    /** From the last LACPDU; null: the kernel shows it to CAP_NET_ADMIN only. 00:00:00:00:00:00: no partner. */
    partner: z
      .object({ system: text, key: count, port: count, state: z.int().min(0).max(255) })
      .nullable(),
    gone: z.boolean(),
  }),
  /** A team device, by generic netlink. */
  frame('team', {
    ifindex,
    /** Option "mode": activebackup, loadbalance, roundrobin, broadcast, random. */
    mode: text,
    /** Option "activeport" (activebackup only). */
    active_ifindex: ifindex.nullable(),
    ports: z
      .array(
        z.object({
          ifindex,
          /** As the team's link watch sees it. */
          linkup: z.boolean(),
          /** Option "enabled"; null: not told. */
          enabled: z.boolean().nullable(),
        }),
      )
      .max(16),
    gone: z.boolean(),
  }),
  /** How the link runs (ethtool netlink, LINKMODES); told when it differs. */
  frame('nic_mode', {
    ifindex,
    /** null: unknown, e.g. without carrier. */
    speed_mbps: count.nullable(),
    duplex: z.enum(['half', 'full']).nullable(),
    autoneg: z.boolean().nullable(),
    /** The fastest mode that this end advertises; null: unknown. */
    advertised_mbps: count.nullable(),
    gone: z.boolean(),
  }),
  /**
   * Error counters since the driver's start, looked at each second and told when one moved, or after a loss. A counter
   * that the driver does not have is null. rtnl stats64 and ethtool netlink statistics (STATS_GET, FEC_GET).
   */
  frame('nic_errors', {
    ifindex,
    rx_packets: count,
    tx_packets: count,
    rx_errors: count,
    tx_errors: count,
    rx_crc_errors: count.nullable(),
    rx_frame_errors: count.nullable(),
    tx_carrier_errors: count.nullable(),
    symbol_errors: count.nullable(),
    fec_corrected: count.nullable(),
    fec_uncorrectable: count.nullable(),
    gone: z.boolean(),
  }),
  /**
   * The pluggable module's memory as far as its health is in it (ethtool netlink, MODULE_EEPROM_GET): SFF-8472 (A0h,
   * A2h), SFF-8636 and CMIS (lower page and the pages of thresholds and monitors). Looked at each 10 s and when the
   * link comes or goes, told when a byte differs.
   */
  frame('module_eeprom', {
    ifindex,
    pages: z
      .array(
        z.object({
          i2c_address: z.int().min(0).max(0x7f),
          bank: z.int().min(0).max(255),
          page: z.int().min(0).max(255),
          offset: z.int().min(0).max(255),
          /** Lower-case hex, two digits a byte. */
          bytes: z.string().regex(/^([0-9a-f]{2}){1,128}$/),
        }),
      )
      .max(8),
    gone: z.boolean(),
  }),
  /** The kernel's transmit watchdog (net_dev_xmit_timeout): a queue has not sent for the driver's time-out (5 s). */
  frame('tx_timeout', { ifindex, queue: count }),
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
            method: probeMethod,
            interval_ms: z.int().min(20).max(10_000),
            /** The interval for 2 s after any flow has stalled. */
            burst_ms: z.int().min(20).max(10_000),
            lost_after: z.int().min(1).max(20),
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
