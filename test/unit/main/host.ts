/**
 * A host that tells of itself in frames, for tests that need no root: two legs (c-a, c-b), an ECMP route to a storage
 * target, one flow on leg c-a. As directly cabled legs in the lab behave.
 */
import type { Frame, FrameOf, FrameType } from '../../../agent/wire.ts';
import { frameSchema } from '../../../agent/wire.ts';

export const BOOT = '11111111-2222-4333-8444-555555555555';
export const GROUP = 'ecmp:10.77.9.2/32';
export const TARGET = 'target/ecmp:10.77.9.2/32/10.77.9.2';
export const FLOW = '10.77.9.1:40112-10.77.9.2:3260';
export const s = 1_000_000;
export const ms = 1_000;

const INDEX = { 'c-a': 31, 'c-b': 32 } as const;
type LegName = keyof typeof INDEX;

export class Host {
  t = 100 * s;
  seq = 0;
  epoch = 50 * s;
  readonly frames: Frame[] = [];
  readonly legs = {
    'c-a': { carrier: true, admin_up: true, ups: 1, downs: 0 },
    'c-b': { carrier: true, admin_up: true, ups: 1, downs: 0 },
  };
  flow: { out: LegName; in: LegName; stalled_since: number | null } | null = {
    out: 'c-a',
    in: 'c-a',
    stalled_since: null,
  };
  /** PCI functions that legs are behind. */
  readonly pci: Partial<Record<LegName, string>> = {};
  /** Next hops that the kernel has dropped from the route. */
  readonly dropped = new Set<LegName>();
  #beatAt = 0;

  /** Time passes, and the helper's heart beats. */
  wait(us: number): this {
    const end = this.t + us;
    while (this.#beatAt > 0 && this.#beatAt <= end) {
      this.t = Math.max(this.t, this.#beatAt);
      this.heartbeat();
    }
    this.t = end;
    return this;
  }

  say<K extends FrameType>(
    type: K,
    data: Omit<FrameOf<K>['data'], 'boot_id' | 'epoch' | 'seq' | 't_us'>,
    own = false,
  ): this {
    const head = { boot_id: BOOT, epoch: this.epoch, seq: own ? 0 : ++this.seq, t_us: this.t };
    this.frames.push(frameSchema.parse({ type, data: { ...head, ...data } }));
    return this;
  }

  hello(resumed = false): this {
    const source = (name: string) => ({ name, state: 'ok' as const, reason: null });
    return this.say(
      'hello',
      {
        version: '0.1.0',
        kernel: '6.18.0',
        pid: 42,
        netns: 4026531840,
        wall_offset_us: 1_700_000_000 * s,
        carrier: { strategy: 'timer', interval_us: 2000 },
        nudge: 'ask',
        steering: [],
        restores: [],
        sources: ['rtnl', 'carrier', 'tcp', 'prober'].map(source),
        resumed,
      },
      true,
    );
  }

  heartbeat(dropped = { bpf: 0, netlink: 0, ring: 0 }): this {
    this.#beatAt = this.t + s;
    const wall_offset_us = 1_700_000_000 * s;
    return this.say('heartbeat', { wall_offset_us, cpu_us: 0, bpf_us: 0, dropped });
  }

  /** As after an attach without a cursor. */
  attach(): this {
    return this.hello().snapshot().heartbeat();
  }

  snapshot(...sources: ('rtnl' | 'carrier' | 'tcp' | 'prober')[]): this {
    for (const source of sources.length > 0 ? sources : ['rtnl', 'carrier', 'tcp', 'prober']) {
      this.say('snapshot', { source, phase: 'begin', complete: false });
      if (source === 'rtnl') this.tellLinks().tellRoute();
      if (source === 'carrier') for (const leg of this.legNames()) this.tellCarrier(leg);
      if (source === 'tcp') this.tellFlow();
      if (source === 'prober') for (const leg of this.legNames()) this.tellProbe(leg, true);
      this.say('snapshot', { source, phase: 'end', complete: true });
    }
    return this;
  }

  legNames = (): LegName[] => Object.keys(this.legs) as LegName[];

  tellLinks(): this {
    for (const name of this.legNames()) {
      const { carrier, admin_up, ups, downs } = this.legs[name];
      this.say('link', {
        ifindex: INDEX[name],
        ifname: name,
        kind: 'veth',
        member_kind: null,
        master_ifindex: null,
        iflink: INDEX[name],
        vlan: null,
        mac: null,
        mtu: 1500,
        parent_dev: null,
        parent_bus: null,
        pci: this.pci[name] ?? null,
        loopback: false,
        admin_up,
        carrier,
        operstate: carrier ? 6 : 2,
        carrier_up_count: ups,
        carrier_down_count: downs,
        bond: null,
        bond_member: null,
        gone: false,
        moved: false,
      });
      this.say('address', {
        ifindex: INDEX[name],
        address: name === 'c-a' ? '10.77.1.1' : '10.77.2.1',
        prefix_len: 30,
        gone: false,
      });
    }
    return this;
  }

  tellRoute(): this {
    const nexthops = this.legNames()
      .filter(name => !this.dropped.has(name))
      .map(name => {
        const up = this.#isUp(name);
        const gateway = name === 'c-a' ? '10.77.1.2' : '10.77.2.2';
        return { ifindex: INDEX[name], gateway, weight: 1, dead: !up, linkdown: !up };
      });
    return this.say('route', {
      family: 4,
      dst: '10.77.9.2/32',
      table: 254,
      metric: 0,
      protocol: 3,
      prefsrc: '10.77.9.1',
      nhid: null,
      nexthops,
      lone: false,
      gone: false,
    });
  }

  #isUp(name: LegName): boolean {
    return this.legs[name].carrier && this.legs[name].admin_up;
  }

  tellCarrier(name: LegName): this {
    const { carrier, admin_up, ups, downs } = this.legs[name];
    return this.say('carrier', {
      ifindex: INDEX[name],
      carrier,
      admin_up,
      carrier_up_count: ups,
      carrier_down_count: downs,
      via: 'timer',
    });
  }

  tellProbe(name: LegName, answering: boolean): this {
    return this.say('leg_probe', {
      ifindex: INDEX[name],
      target: name === 'c-a' ? '10.77.1.2' : '10.77.2.2',
      method: 'icmp',
      answering,
      since_us: this.t,
      sent: 10,
      answered: 10,
      rtt_us: 100,
    });
  }

  tellFlow(): this {
    if (this.flow === null) return this;
    const { out, in: from, stalled_since } = this.flow;
    this.say('flow', { flow: 1, ...ENDS, ...this.#devices(), srtt_us: 200, closed: false });
    if (stalled_since !== null) this.tellStall(stalled_since);
    void out;
    void from;
    return this;
  }

  #devices() {
    return { out_ifindex: INDEX[this.flow!.out], in_ifindex: INDEX[this.flow!.in] };
  }

  tellStall(since_us: number): this {
    return this.say('flow_stall', {
      flow: 1,
      reason: 'unacked',
      since_us,
      ...this.#devices(),
      threshold_us: 50 * ms,
    });
  }

  /** A leg loses its carrier, unseen if nothing tells of it. */
  lose(name: LegName): this {
    Object.assign(this.legs[name], { carrier: false, downs: this.legs[name].downs + 1 });
    return this;
  }

  heal(name: LegName): this {
    const { ups } = this.legs[name];
    Object.assign(this.legs[name], { carrier: true, admin_up: true, ups: ups + 1 });
    return this;
  }

  stall(): this {
    this.flow!.stalled_since = this.t - 50 * ms;
    return this.tellStall(this.flow!.stalled_since);
  }

  resume(): this {
    const since_us = this.flow!.stalled_since!;
    this.flow!.stalled_since = null;
    return this.say('flow_resume', { flow: 1, reason: 'unacked', since_us, ...this.#devices() });
  }

  move(leg: LegName): this {
    const from_ifindex = INDEX[this.flow!.out];
    Object.assign(this.flow!, { out: leg, in: leg });
    for (const direction of ['out', 'in'] as const) {
      this.say('flow_switch', { flow: 1, direction, from_ifindex, to_ifindex: INDEX[leg] });
    }
    return this.tellFlow();
  }

  close(): this {
    this.say('flow', { flow: 1, ...ENDS, ...this.#devices(), srtt_us: 200, closed: true });
    this.flow = null;
    return this;
  }
}

const ENDS = {
  local: '10.77.9.1',
  local_port: 40112,
  remote: '10.77.9.2',
  remote_port: 3260,
  role: 'client' as const,
};
