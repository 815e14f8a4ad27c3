/**
 * bond-member-down: a bond's own monitor, MII or ARP, says that it cannot use a member. If the link is down, too, that
 * explains it; if not, this is the finding: the ARP monitor sees what no carrier shows.
 */
import { faultKey, type Observation } from '../types.ts';
import { blackholeCauses, linkCauses, linkFaults } from './causes.ts';
import { damp, dropLevel, dropMissing, isBad, type Levels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import { type Context, type Family, type Judgement, makeFault } from './set.ts';

type Member = Extract<Observation, { probe: 'bond'; aspect: 'member' }>;

const DOWN = 'bond-member-down';

export const bondMemberFamily: Family<Levels> = (levels, input, now, context) =>
  damp(DOWN, levels, input, now, context, (before, then) => {
    if (input.probe === 'bond' && input.aspect === 'member') return observe(before, input, then);
    if (input.probe === 'census' && input.legs !== null) {
      return dropMissing(before, DOWN, input.legs, input.t, then);
    }
    return [before, []];
  });

function observe(levels: Levels, seen: Member, context: Context): [Levels, Judgement[]] {
  const { value, subject: object, t, group, mode } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, DOWN, object, t);
  // It has come back and waits for updelay: as bad as it was.
  const down = value.mii === 'going-back' ? isBad(levels, object) : value.mii !== 'up';
  const leg = object.slice('leg/'.length);
  const lost = linkFaults(leg).some(key => context.active[key] !== undefined);
  // What was said at the raise stays: the wait for downdelay, and its end, are no news.
  const known = context.active[faultKey({ type: DOWN, object })];
  const details = known?.details ?? [
    `${group} (${mode}) does not use it`,
    lost
      ? 'it has no link'
      : 'it has carrier: the bond has no answer by it, or waits for its monitor',
  ];
  const fault = makeFault({
    type: DOWN,
    object,
    t,
    details,
    group,
    leg,
    failover: context.scene.failovers[group]?.id ?? null,
    causes: [...linkCauses(leg, context.scene), ...blackholeCauses(leg)],
  });
  const delay = down ? 0 : limits.bond_member.clear_after_us;
  return [setLevel(levels, fault, down, delay), []];
}
