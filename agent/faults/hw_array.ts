/** array-degraded: an array (md) has lost a member. One that is being rebuilt is degraded still. */
import type { HwDiskObservation } from '../types.ts';
import { damp, dropLevel, dropMissing, type Levels, setLevel } from './damped.ts';
import { diskCauses, wholeDisk } from './hw_causes.ts';
import { hardwareLimits } from './hw_limits.ts';
import { type Family, type Judgement, makeFault } from './set.ts';

type Seen = Extract<HwDiskObservation, { aspect: 'array' }>;
type Told = Exclude<Seen['value'], string>;

const DEGRADED = 'array-degraded';

export const arrayFamily: Family<Levels> = (levels, input, now, context) =>
  damp(DEGRADED, levels, input, now, context, (before, then) => {
    if (input.probe === 'hw_disk' && input.aspect === 'array') return observe(before, input);
    const arrays = input.probe === 'census' ? (input.hardware?.md ?? null) : null;
    if (input.probe !== 'census' || arrays === null) return [before, []];
    return dropMissing(before, DEGRADED, arrays, input.t, then);
  });

function observe(levels: Levels, seen: Seen): [Levels, Judgement[]] {
  const { subject: object, value, t } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, DEGRADED, object, t);
  const bad = value.degraded > 0 || isDead(value);
  const fault = makeFault({
    type: DEGRADED,
    object,
    t,
    details: detailsOf(value),
    causes: faulty(value).flatMap(one => diskCauses(wholeDisk(one.disk))),
    severity: isDead(value) ? 'CRITICAL' : null,
  });
  const clear_after = hardwareLimits.array.clear_after_us;
  return [setLevel(levels, fault, bad, bad ? 0 : clear_after), []];
}

/** It has lost more than it can do without; or it is not running although it has members that were lost. */
const isDead = ({ state, degraded }: Told): boolean =>
  state === 'broken' || (state === 'inactive' && degraded > 0);

const faulty = ({ members }: Told): Told['members'] =>
  members.filter(({ state }) => state.split(',').includes('faulty'));

/** For a moment after a member has failed md says `recover`, with nothing to recover to. */
const isRebuilt = ({ action, members }: Told): boolean =>
  action === 'resync' ||
  (action === 'recover' && members.some(({ state }) => state.split(',').includes('spare')));

function detailsOf(told: Told): string[] {
  const { level, raid_disks, degraded, state } = told;
  const failed = faulty(told).map(({ disk, fru }) =>
    [`${disk} has failed`, ...(fru === null ? [] : [fru])].join(': '),
  );
  return [
    `${level ?? 'array'}: ${raid_disks - degraded} of ${raid_disks} members in use`,
    ...failed,
    ...(isRebuilt(told) ? ['it is being rebuilt'] : []),
    ...(isDead(told) ? [`it does not work: ${state}`] : []),
  ];
}
