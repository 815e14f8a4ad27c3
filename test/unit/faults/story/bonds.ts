/** Bonds and their members. */
import { lacpState } from '../../../../agent/topology/members.ts';
import type { BondMember, Observation, Us } from '../../../../agent/types.ts';
import { ms, type Of } from './base.ts';

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
