/** Frames in few words. Times are ms of the test's own clock, which starts far from 0. */
import { type Frame, type FrameOf, type FrameType, frameSchema } from '../../../agent/wire.ts';

export const BOOT = '11111111-2222-4333-8444-555555555555';
/** µs of ms 0. */
export const ZERO_US = 1_000_000_000;
export const WALL_OFFSET_US = 1_700_000_000_000_000;

/** µs of a time in ms, with fractions. */
export const us = (ms: number): number => ZERO_US + Math.round(ms * 1000);

/** What a frame says, without what every frame has. */
export type Fields<T extends FrameType> = Omit<
  FrameOf<T>['data'],
  'boot_id' | 'epoch' | 'seq' | 't_us'
>;

/** A helper's life: frames of one epoch, numbered. Each builder takes the time in ms first. */
export class Helper {
  readonly epoch: number;
  #seq = 0;

  constructor(epochMs = -1000) {
    this.epoch = us(epochMs);
  }

  frame<T extends FrameType>(ms: number, type: T, fields: Fields<T>): FrameOf<T> {
    const seq = type === 'hello' ? 0 : ++this.#seq;
    const data = { boot_id: BOOT, epoch: this.epoch, seq, t_us: us(ms), ...fields };
    // A test that builds what the wire does not carry proves nothing.
    return frameSchema.parse({ type, data }) as FrameOf<T>;
  }

  hello(ms: number, fields: Partial<Fields<'hello'>> = {}) {
    return this.frame(ms, 'hello', {
      version: '0.1.0',
      kernel: '6.18.0',
      pid: 100,
      netns: 4026531840,
      wall_offset_us: WALL_OFFSET_US,
      carrier: { strategy: 'timer', interval_us: 2000 },
      nudge: 'ask',
      steering: [],
      restores: [],
      sources: ['rtnl', 'carrier', 'tcp', 'prober'].map(name => ({
        name,
        state: 'ok' as const,
        reason: null,
      })),
      resumed: false,
      ...fields,
    });
  }

  heartbeat(ms: number) {
    return this.frame(ms, 'heartbeat', {
      wall_offset_us: WALL_OFFSET_US,
      cpu_us: 0,
      bpf_us: 0,
      dropped: { bpf: 0, netlink: 0, ring: 0 },
    });
  }

  /** These frames as a snapshot of a source. */
  snapshot(ms: number, source: string, frames: Frame[], complete = true): Frame[] {
    return [
      this.frame(ms, 'snapshot', { source, phase: 'begin', complete: true }),
      ...frames,
      this.frame(ms, 'snapshot', { source, phase: 'end', complete }),
    ];
  }

  lost(ms: number, source: string, count = 0) {
    return this.frame(ms, 'lost', { source, count, reason: 'the queue was full' });
  }

  link(ms: number, ifindex: number, ifname: string, fields: Partial<Fields<'link'>> = {}) {
    return this.frame(ms, 'link', {
      ifindex,
      ifname,
      kind: 'veth',
      member_kind: null,
      master_ifindex: null,
      iflink: ifindex,
      vlan: null,
      mac: null,
      mtu: 1500,
      parent_dev: null,
      parent_bus: null,
      pci: null,
      loopback: false,
      admin_up: true,
      carrier: true,
      operstate: 6,
      carrier_up_count: 1,
      carrier_down_count: 1,
      bond: null,
      bond_member: null,
      gone: false,
      moved: false,
      ...fields,
    });
  }

  /** An active-backup bond with a 100 ms MII monitor, unless `bond` says otherwise. */
  bond(
    ms: number,
    ifindex: number,
    ifname: string,
    bond: Partial<NonNullable<Fields<'link'>['bond']>>,
    fields: Partial<Fields<'link'>> = {},
  ) {
    return this.link(ms, ifindex, ifname, {
      kind: 'bond',
      bond: {
        mode: 1,
        active_ifindex: null,
        miimon_ms: 100,
        updelay_ms: 0,
        downdelay_ms: 0,
        arp_interval_ms: 0,
        arp_missed_max: 2,
        peer_notify_count: 1,
        peer_notify_delay_ms: 0,
        lacp: null,
        ...bond,
      },
      ...fields,
    });
  }

  /** A physical NIC in the bond `master`; up, unless `member` says otherwise. */
  member(
    ms: number,
    ifindex: number,
    ifname: string,
    master: number,
    member: Partial<NonNullable<Fields<'link'>['bond_member']>> = {},
    fields: Partial<Fields<'link'>> = {},
  ) {
    return this.link(ms, ifindex, ifname, {
      kind: null,
      parent_dev: `0000:3b:00.${ifindex}`,
      member_kind: 'bond',
      master_ifindex: master,
      bond_member: {
        state: 0,
        mii_status: 0,
        link_failure_count: 0,
        perm_mac: null,
        lacp: null,
        ...member,
      },
      ...fields,
    });
  }

  activeMember(
    ms: number,
    ifindex: number,
    from: number | null,
    to: number | null,
    via: 'fentry' | 'netlink' = 'fentry',
  ) {
    return this.frame(ms, 'active_member', { ifindex, from_ifindex: from, to_ifindex: to, via });
  }

  announce(ms: number, ifindex: number, kind: 'garp' | 'na' = 'garp', address = '10.5.0.1') {
    return this.frame(ms, 'announce', { ifindex, kind, address });
  }

  lacpPort(ms: number, ifindex: number, bond: number, fields: Partial<Fields<'lacp_port'>> = {}) {
    return this.frame(ms, 'lacp_port', {
      ifindex,
      bond_ifindex: bond,
      aggregator_id: 1,
      actor_churn: 'none',
      partner_churn: 'none',
      actor_churned_count: 0,
      partner_churned_count: 0,
      partner: { system: '02:00:00:00:00:99', key: 1, port: 1, state: 0x3d },
      gone: false,
      ...fields,
    });
  }

  /** Ports as `41u` (link up) or `41d`, with `-` at its end if it is not enabled. */
  team(
    ms: number,
    ifindex: number,
    active: number | null,
    ports: string[],
    fields: Partial<Fields<'team'>> = {},
  ) {
    return this.frame(ms, 'team', {
      ifindex,
      mode: 'activebackup',
      active_ifindex: active,
      ports: ports.map(port => ({
        ifindex: Number.parseInt(port, 10),
        linkup: port.includes('u'),
        enabled: !port.endsWith('-'),
      })),
      gone: false,
      ...fields,
    });
  }

  nicMode(ms: number, ifindex: number, fields: Partial<Fields<'nic_mode'>> = {}) {
    return this.frame(ms, 'nic_mode', {
      ifindex,
      speed_mbps: 25_000,
      duplex: 'full',
      autoneg: true,
      advertised_mbps: 25_000,
      gone: false,
      ...fields,
    });
  }

  nicErrors(ms: number, ifindex: number, fields: Partial<Fields<'nic_errors'>> = {}) {
    return this.frame(ms, 'nic_errors', {
      ifindex,
      rx_packets: 0,
      tx_packets: 0,
      rx_errors: 0,
      tx_errors: 0,
      rx_crc_errors: 0,
      rx_frame_errors: 0,
      tx_carrier_errors: 0,
      symbol_errors: null,
      fec_corrected: null,
      fec_uncorrectable: null,
      gone: false,
      ...fields,
    });
  }

  module(ms: number, ifindex: number, pages: Fields<'module_eeprom'>['pages'], gone = false) {
    return this.frame(ms, 'module_eeprom', { ifindex, pages, gone });
  }

  /** `state`: u = up, d = no carrier, D = administratively down. */
  carrier(ms: number, ifindex: number, state: 'u' | 'd' | 'D', ups: number, downs: number) {
    return this.frame(ms, 'carrier', {
      ifindex,
      carrier: state === 'u',
      admin_up: state !== 'D',
      carrier_up_count: ups,
      carrier_down_count: downs,
      via: 'timer',
    });
  }

  address(ms: number, ifindex: number, cidr: string, gone = false) {
    const [address = '', length] = cidr.split('/');
    return this.frame(ms, 'address', { ifindex, address, prefix_len: Number(length), gone });
  }

  /** Hops as `31@10.77.1.2`, a dead one with `!` at its end, one without gateway as `31`. */
  route(ms: number, dst: string, hops: string[], fields: Partial<Fields<'route'>> = {}) {
    return this.frame(ms, 'route', {
      family: dst.includes(':') ? 6 : 4,
      dst,
      table: 254,
      metric: 0,
      protocol: 3,
      prefsrc: null,
      nhid: null,
      nexthops: hops.map(hop => {
        const [ifindex = '', gateway] = hop.replace('!', '').split('@');
        const dead = hop.endsWith('!');
        return {
          ifindex: Number(ifindex),
          gateway: gateway ?? null,
          weight: 1,
          dead,
          linkdown: dead,
        };
      }),
      lone: false,
      gone: false,
      ...fields,
    });
  }

  nexthop(ms: number, id: number, of: string | number[], fields: Partial<Fields<'nexthop'>> = {}) {
    const [ifindex, gateway] = typeof of === 'string' ? of.split('@') : [];
    return this.frame(ms, 'nexthop', {
      id,
      ifindex: ifindex === undefined ? null : Number(ifindex),
      gateway: gateway ?? null,
      protocol: 3,
      dead: false,
      linkdown: false,
      group: typeof of === 'string' ? null : of.map(one => ({ id: one, weight: 1 })),
      gone: false,
      ...fields,
    });
  }

  /** A client on port 40000 + number, from 10.77.9.1 to 10.77.9.2:3260. */
  flow(
    ms: number,
    flow: number,
    out: number | null,
    into: number | null,
    fields: Partial<Fields<'flow'>> = {},
  ) {
    return this.frame(ms, 'flow', {
      flow,
      local: '10.77.9.1',
      local_port: 40000 + flow,
      remote: '10.77.9.2',
      remote_port: 3260,
      role: 'client',
      out_ifindex: out,
      in_ifindex: into,
      srtt_us: 100,
      closed: false,
      ...fields,
    });
  }

  stall(
    ms: number,
    flow: number,
    sinceMs: number,
    out: number | null,
    into: number | null,
    reason: Fields<'flow_stall'>['reason'] = 'unacked',
  ) {
    return this.frame(ms, 'flow_stall', {
      flow,
      reason,
      since_us: us(sinceMs),
      out_ifindex: out,
      in_ifindex: into,
      threshold_us: 50_000,
    });
  }

  resume(
    ms: number,
    flow: number,
    sinceMs: number,
    out: number | null,
    into: number | null,
    reason: Fields<'flow_resume'>['reason'] = 'unacked',
  ) {
    return this.frame(ms, 'flow_resume', {
      flow,
      reason,
      since_us: us(sinceMs),
      out_ifindex: out,
      in_ifindex: into,
    });
  }

  switch(ms: number, flow: number, direction: 'out' | 'in', from: number | null, to: number) {
    return this.frame(ms, 'flow_switch', { flow, direction, from_ifindex: from, to_ifindex: to });
  }

  progress(ms: number, flow: number, after: 'pause' | 'switch', sinceMs: number) {
    return this.frame(ms, 'flow_progress', { flow, after, since_us: us(sinceMs) });
  }

  trace(ms: number, phase: 'begin' | 'end', trace = 1) {
    return this.frame(ms, 'trace', { trace, phase, reason: 'carrier', for_ms: 5000 });
  }

  /** Its longest pause from and to, ms. */
  account(ms: number, flow: number, from: number, to: number, count = 500, spacingMs = 10) {
    return this.frame(ms, 'trace_flow', {
      flow,
      trace: 1,
      pause_from_us: us(from),
      pause_to_us: us(to),
      pause_open: false,
      progress_count: count,
      spacing_us: Math.round(spacingMs * 1000),
    });
  }

  probe(ms: number, ifindex: number, answering: boolean, sinceMs: number, target = '10.77.1.2') {
    return this.frame(ms, 'leg_probe', {
      ifindex,
      target,
      method: 'icmp',
      answering,
      since_us: us(sinceMs),
      sent: 100,
      answered: 90,
      rtt_us: 60,
    });
  }
}
