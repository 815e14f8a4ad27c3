/**
 * A host that tells of a bond in frames, for tests that need no root: two NICs, an address on the bond, an announcement
 * for each switch. Times are ms.
 */
import type { Frame, FrameOf } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';

const NAMES = { 11: 'ens1f0', 12: 'ens1f1' } as const;
type Nic = keyof typeof NAMES;
const NICS: readonly Nic[] = [11, 12];
const BOND = 20;
const OTHER = { 11: 12, 12: 11 } as const;

type Bond = Parameters<Helper['bond']>[3];
type Member = NonNullable<Parameters<Helper['member']>[4]>;
type Link = Parameters<Helper['link']>[3];
type Port = Parameters<Helper['lacpPort']>[3];

export const LAG: NonNullable<NonNullable<FrameOf<'link'>['data']['bond']>['lacp']> = {
  rate_fast: true,
  aggregator_id: 1,
  port_count: 2,
  actor_key: 9,
  partner_key: 1,
  partner_mac: '02:00:00:00:00:99',
};
export const PORT = { aggregator_id: 1, actor_state: 0x3f, partner_state: 0x3d };

/** A host with one bond of two NICs and an address on it. */
export class BondHost {
  readonly #helper = new Helper();
  readonly frames: Frame[] = [];
  t = 0;
  #beatAt = 1000;
  #active: Nic | null = 11;
  readonly #bond: Bond;
  readonly #nics = {
    11: { up: true, ups: 1, downs: 1, member: {} as Partial<Member>, port: {} as Port },
    12: { up: true, ups: 1, downs: 1, member: { state: 1 } as Partial<Member>, port: {} as Port },
  };

  /** port: of each member, for a bond of mode 4. */
  constructor(bond: Bond = {}, port: Member['lacp'] = null) {
    this.#bond = bond;
    if (bond.mode !== undefined && bond.mode !== 1) this.#active = null;
    if (port !== null) for (const nic of NICS) this.#nics[nic].member = { lacp: port };
    const names = ['rtnl', 'carrier', 'tcp', 'prober', 'bond', 'lacp', 'team', 'ethtool', 'netdev'];
    const sources = names.map(name => ({ name, state: 'ok' as const, reason: null }));
    const carrier = { strategy: 'fentry' as const, interval_us: 50_000 };
    this.#say(this.#helper.hello(0, { sources, carrier }));
    this.snapshot();
  }

  /** Of all sources, as things are now. */
  snapshot(): this {
    const isLag = this.#bond.mode === 4;
    const address = this.#helper.address(this.t, BOND, '10.5.0.1/24');
    const modes = NICS.map(nic => this.#helper.nicMode(this.t, nic));
    this.#source('rtnl', [this.#master(), ...NICS.map(nic => this.#link(nic)), address]);
    this.#source(
      'carrier',
      NICS.map(nic => this.#carrier(nic)),
    );
    for (const source of ['tcp', 'prober', 'bond', 'team', 'netdev']) this.#source(source, []);
    this.#source('lacp', isLag ? NICS.map(nic => this.#port(nic)) : []);
    this.#source('ethtool', modes);
    return this;
  }

  #say = (...frames: Frame[]) => this.frames.push(...frames);
  #source = (source: string, frames: Frame[]) =>
    this.#say(...this.#helper.snapshot(this.t, source, frames));
  #master = () =>
    this.#helper.bond(this.t, BOND, 'bond0', { ...this.#bond, active_ifindex: this.#active });
  #link(nic: Nic, fields: Link = {}) {
    const { up, ups, downs, member } = this.#nics[nic];
    const counts = { carrier_up_count: ups, carrier_down_count: downs };
    const link = { carrier: up, operstate: up ? 6 : 2, ...counts, ...fields };
    return this.#helper.member(this.t, nic, NAMES[nic], BOND, member, link);
  }
  #carrier(nic: Nic) {
    const { up, ups, downs } = this.#nics[nic];
    return this.#helper.carrier(this.t, nic, up ? 'u' : 'd', ups, downs);
  }
  #port = (nic: Nic) => this.#helper.lacpPort(this.t, nic, BOND, this.#nics[nic].port);

  wait(ms: number): this {
    const end = this.t + ms;
    for (; this.#beatAt <= end; this.#beatAt += 1000) {
      this.#say(this.#helper.heartbeat(this.#beatAt));
    }
    this.t = end;
    return this;
  }

  /** Carrier as it happens. */
  carrier(nic: Nic, up: boolean): this {
    const state = this.#nics[nic];
    if (state.up !== up) state[up ? 'ups' : 'downs']++;
    state.up = up;
    this.#say(this.#carrier(nic));
    return this;
  }

  /** The bond's word on a member, by netlink. */
  member(nic: Nic, member: Partial<Member>): this {
    Object.assign(this.#nics[nic].member, member);
    this.#say(this.#link(nic));
    return this;
  }

  bond(fields: Bond): this {
    Object.assign(this.#bond, fields);
    this.#say(this.#master());
    return this;
  }

  /** What /proc/net/bonding says of a port; what is not named is as it should be. */
  port(nic: Nic, fields: Port): this {
    this.#nics[nic].port = fields;
    this.#say(this.#port(nic));
    return this;
  }

  /** The bond takes this member into use: the kernel's stamp, netlink a little later. */
  use(nic: Nic, announces = true): this {
    this.#say(this.#helper.activeMember(this.t, BOND, OTHER[nic], nic));
    this.#active = nic;
    if (announces) this.#say(this.#helper.announce(this.t, BOND));
    return this.wait(5).bond({});
  }

  unplug(nic: Nic): this {
    this.#say(this.#link(nic, { gone: true }));
    return this;
  }

  plug(nic: Nic): this {
    Object.assign(this.#nics[nic], { up: true, ups: 1, downs: 1, member: {} });
    this.#say(this.#link(nic), this.#carrier(nic), this.#helper.nicMode(this.t, nic));
    return this;
  }

  tell(make: (helper: Helper, ms: number) => Frame): this {
    this.#say(make(this.#helper, this.t));
    return this;
  }
}
