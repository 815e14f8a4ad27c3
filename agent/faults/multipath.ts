/**
 * redundancy-lost and storage-path-lost of multipath devices: fewer than two of the paths that one has or once had are
 * usable, or none is.
 */
import { type Fault, faultKey, type MultipathPath, type Observation } from '../types.ts';
import { pciCauses, sessionFaults } from './causes.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import {
  type Context,
  earliest,
  type Family,
  type FaultInput,
  failoverOf,
  type Judgement,
  makeFault,
} from './set.ts';

type Paths = Extract<Observation, { probe: 'multipath' }>;

export interface MultipathState {
  /** By object: so many paths it has had at once. */
  most: Readonly<Record<string, number>>;
  redundancy: Levels;
  lost: Levels;
}

export const noMaps: MultipathState = { most: {}, redundancy: noLevels, lost: noLevels };

const REDUNDANCY = 'redundancy-lost';
const LOST = 'storage-path-lost';

export const multipathFamily: Family<MultipathState> = (state, input, now, context) => {
  const own = ownMaps(context);
  const most = mostPaths(state.most, input);
  const level = (type: typeof REDUNDANCY | typeof LOST, levels: Levels) =>
    damp(type, levels, input, now, own, (before, then) => {
      if (input.probe === 'multipath') return observe(type, before, input, most, context);
      if (input.probe === 'census' && input.storage?.maps != null) {
        return dropMissing(before, type, input.storage.maps, input.t, then);
      }
      return [before, []];
    });
  // The lesser first: it explains nothing, but is there before what is worse.
  const [redundancy, some, wakeSome] = level(REDUNDANCY, state.redundancy);
  const [lost, all, wakeAll] = level(LOST, state.lost);
  return [{ most, redundancy, lost }, [...some, ...all], earliest(wakeSome, wakeAll)];
};

/** Groups and sessions have faults of the same types. */
const ownMaps = (context: Context): Context => ({
  ...context,
  active: Object.fromEntries(
    Object.entries(context.active).filter(([, { object }]) => object.startsWith('map/')),
  ),
});

function mostPaths(most: MultipathState['most'], input: FaultInput): MultipathState['most'] {
  if (input.probe === 'multipath' && typeof input.value !== 'string') {
    const paths = Math.max(most[input.subject] ?? 0, input.value.paths.length);
    return paths === most[input.subject] ? most : { ...most, [input.subject]: paths };
  }
  const present = input.probe === 'census' ? (input.storage?.maps ?? null) : null;
  const isHere = (object: string) =>
    input.probe === 'multipath' && input.value === 'absent'
      ? object !== input.subject
      : (present?.includes(object.slice('map/'.length)) ?? true);
  const left = Object.entries(most).filter(([object]) => isHere(object));
  return left.length === Object.keys(most).length ? most : Object.fromEntries(left);
}

function observe(
  type: typeof REDUNDANCY | typeof LOST,
  levels: Levels,
  seen: Paths,
  most: MultipathState['most'],
  context: Context,
): [Levels, Judgement[]] {
  const { subject: object, value, t } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, type, object, t);
  const usable = value.paths.filter(path => path.usable).length;
  const had = most[object] ?? 0;
  const bad = type === LOST ? usable === 0 && had > 0 : usable < 2 && had >= 2;
  const delay = bad ? 0 : limits.multipath.clear_after_us;
  return [setLevel(levels, mapFault(type, seen, value.paths, had, context), bad, delay), []];
}

function mapFault(
  type: string,
  { subject: object, name, driver, t }: Paths,
  paths: readonly MultipathPath[],
  had: number,
  { scene }: Context,
): Fault {
  const failed = paths.filter(path => !path.usable);
  const details = [
    `${driver === 'dm' ? 'dm-multipath' : 'NVMe'}${name === null ? '' : ` ${name}`}`,
    `${paths.length - failed.length} of ${Math.max(had, paths.length)} paths usable`,
  ];
  if (failed.length > 0) details.push(`not usable: ${failed.map(pathText).join(', ')}`);
  if (had > paths.length) details.push(`${had - paths.length} not there any more`);
  const sessions = [...new Set(failed.flatMap(path => path.session ?? []))];
  const group = sessions.map(one => scene.sessions[one]?.group).find(one => one != null) ?? null;
  return makeFault({
    type,
    object,
    t,
    details,
    group,
    ...failoverOf(scene, group),
    causes: [
      ...sessions.flatMap(session => sessionFaults(session, scene)),
      ...failed.flatMap(({ disk }) => pciCauses(`disk/${disk}`, scene)),
      ...(type === LOST ? [faultKey({ type: REDUNDANCY, object })] : []),
    ],
    severity: type === LOST ? 'CRITICAL' : null,
  });
}

const pathText = ({ disk, state, access }: MultipathPath): string =>
  `${disk} (${[state, ...(access === null ? [] : [access])].join(', ')})`;
