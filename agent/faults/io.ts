/** io-stalled: the oldest request that a disk was given is not answered, long before the kernel's own time-out. */
import { faultKey, type Observation } from '../types.ts';
import { pciCauses, sessionFaults } from './causes.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { diskCauses } from './hw_causes.ts';
import { limits } from './limits.ts';
import {
  type Context,
  type Family,
  type FaultInput,
  failoverOf,
  type Judgement,
  makeFault,
} from './set.ts';

type Io = Extract<Observation, { probe: 'block'; aspect: 'io' }>;

/** Where a disk belongs. */
interface Place {
  map: string | null;
  session: string | null;
}

export interface IoState {
  places: Readonly<Record<string, Place>>;
  stalled: Levels;
}

export const noDisks: IoState = { places: {}, stalled: noLevels };

const STALLED = 'io-stalled';

export const ioFamily: Family<IoState> = (state, input, now, context) => {
  const places = placesOf(state.places, input);
  const [stalled, judgements, wakeAt] = damp(
    STALLED,
    state.stalled,
    input,
    now,
    context,
    (before, then) => {
      if (isIo(input)) return observe(before, input, places, then);
      if (input.probe === 'census' && input.storage?.disks != null) {
        return dropMissing(before, STALLED, input.storage.disks, input.t, then);
      }
      return [before, []];
    },
  );
  return [{ places, stalled }, judgements, wakeAt];
};

const isIo = (input: FaultInput): input is Io => input.probe === 'block' && input.aspect === 'io';

function placesOf(places: IoState['places'], input: FaultInput): IoState['places'] {
  if (input.probe === 'census') {
    const disks = input.storage?.disks;
    if (disks == null) return places;
    return Object.fromEntries(Object.entries(places).filter(([disk]) => disks.includes(disk)));
  }
  if (!isIo(input)) return places;
  const disk = input.subject.slice('disk/'.length);
  if (input.value === 'absent') {
    const { [disk]: _gone, ...rest } = places;
    return rest;
  }
  const { map, session } = input;
  const known = places[disk];
  if (known?.map === map && known.session === session) return places;
  return { ...places, [disk]: { map, session } };
}

function observe(
  levels: Levels,
  seen: Io,
  places: IoState['places'],
  context: Context,
): [Levels, Judgement[]] {
  const { subject: object, value, t, since_us, in_flight } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, STALLED, object, t);
  const stalled = value === 'stalled';
  const sessions = sessionsBelow(object.slice('disk/'.length), places);
  const { scene } = context;
  const group = sessions.map(one => scene.sessions[one]?.group).find(one => one != null) ?? null;
  // What was said at the raise stays: each further look would be news.
  const known = context.active[faultKey({ type: STALLED, object })];
  const age = `${((t - since_us) / 1e6).toFixed(1)} s`;
  const fault = makeFault({
    type: STALLED,
    object,
    t: stalled ? since_us : t,
    details: known?.details ?? [`${in_flight} requests in flight, the oldest for ${age}`],
    group,
    ...failoverOf(scene, group),
    causes: causesOf(object.slice('disk/'.length), sessions, places, context),
  });
  return [setLevel(levels, fault, stalled, stalled ? 0 : limits.io.clear_after_us), []];
}

const pathsOf = (map: string, places: IoState['places']): string[] =>
  Object.keys(places).filter(disk => places[disk]!.map === map);

/** Its own, or those of the paths that it is made of. */
function sessionsBelow(disk: string, places: IoState['places']): string[] {
  const own = [disk, ...pathsOf(disk, places)].flatMap(one => places[one]?.session ?? []);
  return [...new Set(own)];
}

function causesOf(
  disk: string,
  sessions: readonly string[],
  places: IoState['places'],
  { scene }: Context,
): string[] {
  return [
    ...sessions.flatMap(session => sessionFaults(session, scene)),
    ...[disk, ...pathsOf(disk, places)].flatMap(one => [
      ...diskCauses(one),
      ...pciCauses(`disk/${one}`, scene),
    ]),
    ...pathsOf(disk, places).map(path => faultKey({ type: STALLED, object: `disk/${path}` })),
    faultKey({ type: 'storage-path-lost', object: `map/${disk}` }),
  ];
}
