/** A story told to the faults: each line is an observation; what came of it is collected. */
import {
  type Census,
  type FaultInput,
  type FaultState,
  faultStep,
  initialFaults,
} from '../../../agent/faults/step.ts';
import { lacpState } from '../../../agent/topology/members.ts';
import type {
  BondMember,
  FailoverRecord,
  FaultChange,
  Observation,
  OpticsReading,
  Us,
} from '../../../agent/types.ts';

export const s = 1_000_000;
export const ms = 1_000;

export class Story {
  state: FaultState = initialFaults;
  wakeAt: Us | null = null;
  now: Us = 0;
  readonly changes: FaultChange[] = [];

  /** The observation is heard when it happens, or `late` µs after it. Ticks that are due before it are given first. */
  tell(input: FaultInput, late = 0): this {
    this.until((input.probe === 'tick' ? this.now : input.t) + late);
    return this.step(input);
  }

  /** Time passes; the room is woken when it asked for it. */
  until(t: Us): this {
    for (let i = 0; this.wakeAt !== null && this.wakeAt <= t; i++) {
      if (i > 100) throw new Error(`wakes for ever at ${this.wakeAt}`);
      this.now = Math.max(this.now, this.wakeAt);
      this.step({ probe: 'tick' });
    }
    this.now = Math.max(this.now, t);
    return this;
  }

  step(input: FaultInput): this {
    const [state, changes, wakeAt] = faultStep(this.state, input, this.now);
    this.state = state;
    this.wakeAt = wakeAt;
    this.changes.push(...changes);
    return this;
  }

  /** What happened since the last call, as `active link-down leg/a`. */
  said(): string[] {
    return this.changes
      .splice(0)
      .map(c => [c.kind, c.fault.type, c.fault.object, c.clearCause].filter(Boolean).join(' '));
  }

  active(): string[] {
    return Object.keys(this.state.active).sort();
  }
}

type LinkValue = 'up' | 'down' | 'unknown' | 'absent';

const link =
  (aspect: 'carrier' | 'admin') =>
  (leg: string, value: LinkValue, t: Us, ups: number, downs: number): Observation => ({
    probe: 'link',
    aspect,
    subject: `leg/${leg}`,
    value,
    t,
    ups,
    downs,
    uncertainty_us: 0,
    via: 'timer',
  });

export const carrier = link('carrier');
export const admin = link('admin');

export function legs(
  group: string,
  t: Us,
  up: string[],
  down: string[] = [],
  missing: string[] = [],
): Observation {
  const value = { up, down, missing };
  return {
    probe: 'link',
    aspect: 'legs',
    subject: `group/${group}`,
    value,
    kind: 'ecmp',
    active: null,
    t,
  };
}

export function groupIs(group: string, t: Us, value: 'unknown' | 'absent'): Observation {
  return {
    probe: 'link',
    aspect: 'legs',
    subject: `group/${group}`,
    value,
    kind: 'ecmp',
    active: null,
    t,
  };
}

export function flow(
  id: string,
  value: 'moving' | 'stalled' | 'slow' | 'unknown' | 'absent',
  t: Us,
  more: { group?: string | null; target?: string; leg?: string; since?: Us } = {},
): Observation {
  const leg = more.leg ?? 'a';
  return {
    probe: 'storage_flow',
    aspect: 'progress',
    subject: `flow/${id}`,
    value,
    t,
    since_us: more.since ?? t,
    srtt_us: 200,
    group: more.group === undefined ? 'g' : more.group,
    target: more.target ?? '10.0.0.2',
    role: 'client',
    leg_out: leg,
    leg_in: leg,
  };
}

export function record(what: Partial<FailoverRecord> & { t: Us }): Observation {
  const { t, ...over } = what;
  const value: FailoverRecord = {
    id: 'f1',
    group: 'g',
    kind: 'ecmp',
    opened: { boot_id: 'b', mono_us: t, wall_us: t },
    state: 'open',
    budget_ms: 1000,
    strategy: 'timer',
    nudge: 'ask',
    drill: null,
    legs: [{ leg: 'a', lost_us: t, healed_us: null, source: 'carrier' }],
    cut: { t_us: t, source: 'carrier', uncertainty_us: 0 },
    seen_us: t,
    switched_us: null,
    announced_us: null,
    phases: null,
    flowing_us: null,
    told_us: null,
    gap_us: null,
    gap_below_spacing: false,
    spacing_us: null,
    flows: [],
    verdict: 'NOT_MEASURED',
    reason: '',
    told_verdict: 'NOT_MEASURED',
    back: null,
    steered: null,
    findings: [],
    ...over,
  };
  return {
    probe: 'self',
    aspect: 'failover',
    subject: `failover/${value.id}`,
    value: value.state === 'open' ? 'open' : 'closed',
    t,
    record: value,
  };
}

export const helper = (value: 'connected' | 'lost', t: Us): Observation => ({
  probe: 'self',
  aspect: 'helper',
  subject: 'host',
  value,
  t,
  strategy: 'timer',
  nudge: 'ask',
  boot_id: '11111111-2222-4333-8444-555555555555',
  wall_offset_us: 0,
});

export const sight = (source: string, value: 'ok' | 'degraded' | 'blind', t: Us): Observation => ({
  probe: 'self',
  aspect: 'sight',
  subject: `source/${source}`,
  value,
  t,
  reason: `${source} is ${value}`,
});

export const spool = (value: 'ok' | 'slow' | 'full', t: Us): Observation => ({
  probe: 'self',
  aspect: 'spool',
  subject: 'host',
  value,
  t,
  reason: 'test',
});

type Of<P extends Observation['probe'], A> = Extract<Observation, { probe: P; aspect: A }>;
type Member = Of<'bond', 'member'>;

/** The partner's system, and an octet of our own and of its state as IEEE 802.1AX has them. */
export function lacp(
  of: { aggregator?: number; system?: string | null; actor?: number; partner?: number } & {
    churned?: ('actor' | 'partner')[];
  } = {},
): BondMember['lacp'] {
  const ends = of.churned ?? [];
  return {
    aggregator_id: of.aggregator ?? 1,
    actor: lacpState(of.actor ?? 0x3f),
    partner: lacpState(of.partner ?? 0x3d),
    partner_system: of.system === undefined ? '02:00:00:00:00:99' : of.system,
    churn: {
      actor: ends.includes('actor') ? 'churned' : 'none',
      partner: ends.includes('partner') ? 'churned' : 'none',
    },
  };
}

/** Of bond:bond0; with `lacp` an 802.3ad bond. */
export function member(
  leg: string,
  t: Us,
  value: Partial<BondMember> | 'unknown' | 'absent',
  more: Partial<Member> = {},
): Observation {
  const whole =
    typeof value === 'string'
      ? value
      : { mii: 'up' as const, state: 'active' as const, failures: 0, lacp: null, ...value };
  return {
    probe: 'bond',
    aspect: 'member',
    subject: `leg/${leg}`,
    t,
    value: whole,
    group: 'bond:bond0',
    mode: typeof whole === 'object' && whole.lacp !== null ? '802.3ad' : 'active-backup',
    monitor_us: 100 * ms,
    partner_systems: null,
    ...more,
  };
}

export const switched = (t: Us, more: Partial<Of<'bond', 'switch'>> = {}): Observation => ({
  probe: 'bond',
  aspect: 'switch',
  subject: 'group/bond:bond0',
  t,
  value: { from: 'a', to: 'b' },
  via: 'fentry',
  announce_within_us: 200 * ms,
  ...more,
});

export const announced = (t: Us): Observation => ({
  probe: 'bond',
  aspect: 'announcement',
  subject: 'group/bond:bond0',
  t,
  value: { kind: 'garp', address: '10.5.0.1' },
});

export const mode = (
  leg: string,
  t: Us,
  speed_mbps: number | null | 'unknown' | 'absent',
  more: { duplex?: 'half' | 'full'; advertised_mbps?: number | null } = {},
): Observation => ({
  probe: 'nic',
  aspect: 'mode',
  subject: `leg/${leg}`,
  t,
  value:
    typeof speed_mbps === 'string'
      ? speed_mbps
      : { speed_mbps, duplex: 'full', advertised_mbps: null, ...more },
});

export const errors = (
  leg: string,
  t: Us,
  value: Partial<Exclude<Of<'nic', 'errors'>['value'], string>> | 'unknown' | 'absent',
): Observation => ({
  probe: 'nic',
  aspect: 'errors',
  subject: `leg/${leg}`,
  t,
  value:
    typeof value === 'string'
      ? value
      : {
          packets: 0,
          rx_errors: 0,
          tx_errors: 0,
          crc: null,
          frame: null,
          carrier: null,
          symbol: null,
          fec_corrected: null,
          fec_uncorrectable: null,
          ...value,
        },
});

export const optics = (
  leg: string,
  t: Us,
  value: OpticsReading[] | 'unknown' | 'absent',
): Observation => ({
  probe: 'nic',
  aspect: 'optics',
  subject: `leg/${leg}`,
  t,
  value: typeof value === 'string' ? value : { readings: value },
});

export const bark = (leg: string, t: Us, queue = 0): Observation => ({
  probe: 'nic',
  aspect: 'tx-timeout',
  subject: `leg/${leg}`,
  t,
  value: { queue },
});

export const presence = (
  leg: string,
  t: Us,
  value: Of<'nic', 'presence'>['value'],
  more: Partial<Of<'nic', 'presence'>> = {},
): Observation => ({
  probe: 'nic',
  aspect: 'presence',
  subject: `leg/${leg}`,
  t,
  value,
  parent_dev: '0000:3b:00.0',
  had_link: true,
  ...more,
});

export const census = (t: Us, legs: string[], groups: string[] = ['g', 'bond:bond0']): Census => ({
  probe: 'census',
  t,
  legs,
  groups,
  flows: [],
});

/** Of leg a to 10.0.1.2, of b to 10.0.2.2; asked each 100 ms. */
export const leg_probe = (
  leg: string,
  value: 'yes' | 'no' | 'unknown' | 'absent',
  t: Us,
  more: { since_us?: Us } = {},
): Observation => ({
  probe: 'leg_probe',
  aspect: 'answering',
  subject: `leg/${leg}`,
  value,
  t,
  since_us: t,
  uncertainty_us: 100 * ms,
  target: leg === 'a' ? '10.0.1.2' : '10.0.2.2',
  method: 'icmp',
  ...more,
});

/** With 10.0.1.2. */
export const bfdSession = (
  leg: string,
  value: Of<'bfd', 'bfd-session'>['value'],
  t: Us,
  more: Partial<Of<'bfd', 'bfd-session'>> = {},
): Observation => ({
  probe: 'bfd',
  aspect: 'bfd-session',
  subject: `bfd/${leg}/10.0.1.2`,
  value,
  t,
  since_us: t,
  leg,
  remote: '10.0.1.2',
  remote_state: value === 'up' ? 'up' : 'down',
  diagnostic: 0,
  detect_us: 150 * ms,
  ...more,
});
