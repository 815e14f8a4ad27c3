/** Links, groups, and whether a leg passes packets. */
import type { Census } from '../../../../agent/faults/step.ts';
import type { Observation, Us } from '../../../../agent/types.ts';
import { ms, type Of } from './base.ts';

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

export const legs = (
  group: string,
  t: Us,
  up: string[],
  down: string[] = [],
  missing: string[] = [],
): Observation => ofGroup(group, t, { up, down, missing });

/** Nobody can say what legs it has, or it is gone. */
export const groupIs = (group: string, t: Us, value: 'unknown' | 'absent'): Observation =>
  ofGroup(group, t, value);

const ofGroup = (group: string, t: Us, value: Of<'link', 'legs'>['value']): Observation => ({
  probe: 'link',
  aspect: 'legs',
  subject: `group/${group}`,
  value,
  kind: 'ecmp',
  active: null,
  t,
});

/** Of leg a to 10.0.1.2, of b to 10.0.2.2; asked each 100 ms. */
export const answers = (
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

export const census = (t: Us, legs: string[], groups: string[] = ['g', 'bond:bond0']): Census => ({
  probe: 'census',
  t,
  legs,
  groups,
  flows: [],
});
