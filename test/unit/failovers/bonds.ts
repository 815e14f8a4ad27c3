/** Observations of a bond or team with the members ens1 and ens2, in few words. Times are ms of the test's clock. */
import type {
  BondMember,
  BondMode,
  FailoverRecord,
  GroupKind,
  Observation,
} from '../../../agent/types.ts';
import { us } from '../support/frames.ts';
import { cut, healed, Story } from '../support/story.ts';

export const FLOW = '10.5.0.1:40001-10.5.0.2:3260';
const OTHER: Record<string, string> = { ens1: 'ens2', ens2: 'ens1' };

interface Settings {
  kind?: GroupKind;
  mode?: BondMode;
  /** Null: miimon 0 and no ARP monitor. */
  monitor_ms?: number | null;
  flow?: boolean;
}

export class Bond {
  readonly story = new Story();
  readonly id: string;
  readonly #kind: GroupKind;
  readonly #mode: BondMode;
  readonly #monitor_ms: number | null;

  constructor({
    kind = 'bond',
    mode = 'active-backup',
    monitor_ms = 100,
    flow = true,
  }: Settings = {}) {
    this.#kind = kind;
    this.#mode = mode;
    this.#monitor_ms = monitor_ms;
    this.id = kind === 'team' ? 'team:team0' : 'bond:bond0';
    const oneLeg = kind === 'team' || mode === 'active-backup';
    this.story.play(
      this.legs(-900, ['ens1', 'ens2'], [], oneLeg ? 'ens1' : null),
      ...['ens1', 'ens2'].flatMap(leg => [
        this.carrier(-890, leg, 'up', 1),
        ...(kind === 'team' ? [] : [this.member(-890, leg, 'up')]),
      ]),
    );
    if (flow) this.story.play(this.moving(-880, -900));
  }

  get record(): FailoverRecord {
    return this.story.record;
  }

  play(...items: (Observation | Observation[])[]): this {
    this.story.play(...items);
    return this;
  }

  legs(at: number, up: string[], down: string[], active: string | null): Observation {
    return {
      probe: 'link',
      aspect: 'legs',
      subject: `group/${this.id}`,
      value: { up, down, missing: [] },
      kind: this.#kind,
      active,
      t: us(at),
    };
  }

  /** `ups`: how often it has come up by now. */
  carrier(at: number, leg: string, value: 'up' | 'down', ups: number): Observation {
    return {
      probe: 'link',
      aspect: 'carrier',
      subject: `leg/${leg}`,
      value,
      t: us(at),
      ups,
      downs: value === 'up' ? ups : ups + 1,
      uncertainty_us: 0,
      via: 'fentry',
    };
  }

  member(
    at: number,
    leg: string,
    mii: BondMember['mii'],
    lacp: BondMember['lacp'] = null,
  ): Observation {
    return {
      probe: 'bond',
      aspect: 'member',
      subject: `leg/${leg}`,
      value: {
        mii,
        state: lacp?.actor.distributing === false ? 'backup' : 'active',
        failures: 0,
        lacp,
      },
      group: this.id,
      mode: this.#mode,
      monitor_us: this.#monitor_ms === null ? null : this.#monitor_ms * 1000,
      partner_systems: null,
      t: us(at),
    };
  }

  /** What the bond's messages say of a member that its monitor has given up, or taken back. */
  judged(at: number, leg: string, mii: 'up' | 'down', active: string): Observation[] {
    const other = OTHER[leg]!;
    const legs =
      mii === 'up'
        ? this.legs(at, ['ens1', 'ens2'], [], active)
        : this.legs(at, [other], [leg], active);
    return [legs, this.member(at, leg, mii)];
  }

  switched(
    at: number,
    from: string | null,
    to: string | null,
    via: 'fentry' | 'netlink' = 'fentry',
  ): Observation {
    return {
      probe: 'bond',
      aspect: 'switch',
      subject: `group/${this.id}`,
      value: { from, to },
      via,
      announce_within_us: null,
      t: us(at),
    };
  }

  announced(at: number): Observation {
    return {
      probe: 'bond',
      aspect: 'announcement',
      subject: `group/${this.id}`,
      value: { kind: 'garp', address: '10.5.0.1' },
      t: us(at),
    };
  }

  moving(at: number, since: number): Observation {
    return this.#progress(at, 'moving', since);
  }

  stalled(at: number, since: number): Observation {
    return this.#progress(at, 'stalled', since);
  }

  #progress(at: number, value: 'moving' | 'stalled', since: number): Observation {
    return {
      probe: 'storage_flow',
      aspect: 'progress',
      subject: `flow/${FLOW}`,
      value,
      t: us(at),
      since_us: us(since),
      srtt_us: 200,
      group: this.id,
      target: '10.5.0.2',
      role: 'client',
      leg_out: null,
      leg_in: null,
    };
  }

  /** The trace's account: its longest pause. */
  traced(at: number, from: number, to: number): Observation {
    return this.#passage(at, {
      kind: 'traced',
      pause_from_us: us(from),
      pause_to_us: us(to),
      pause_open: false,
      progress_count: 400,
      spacing_us: 10_000,
    });
  }

  progressed(at: number, since: number): Observation {
    return this.#passage(at, { kind: 'progressed', after: 'pause', since_us: us(since) });
  }

  /** A trace sees by which member the flow leaves; from null: its first packet. */
  by(at: number, from: string | null, to: string): Observation {
    const kind = from === null ? 'legs' : 'switched';
    return this.#passage(at, { kind, direction: 'out', from, to });
  }

  #passage(at: number, value: Extract<Observation, { aspect: 'passage' }>['value']): Observation {
    const subject = `flow/${FLOW}` as const;
    return { probe: 'storage_flow', aspect: 'passage', subject, group: this.id, value, t: us(at) };
  }

  /** A probe of the bond's own address. */
  echo(at: number, value: 'yes' | 'no', since: number): Observation {
    return {
      probe: 'leg_probe',
      aspect: 'answering',
      subject: 'leg/bond0',
      value,
      t: us(at),
      since_us: us(since),
      uncertainty_us: 50_000,
      target: '10.5.0.2',
      method: 'icmp',
    };
  }

  cut(at: number, leg: string, kind: string) {
    return { ...cut(at, { leg, kind }), group: this.id } as Observation;
  }

  healed(at: number, leg: string, kind: string) {
    return { ...healed(at, { leg, kind }), group: this.id } as Observation;
  }
}
