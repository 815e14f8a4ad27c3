/** path-flapping: a path of a multipath device fails again and again, and comes back each time. */
import { faultKey, type MultipathPath, type Observation, type Us } from '../types.ts';
import { sessionFaults } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  failoverOf,
  type Judgement,
  makeFault,
} from './set.ts';

interface Path {
  usable: boolean;
  /** By the driver's count; null: it does not count. */
  failures: number | null;
  /** Latest failures, no more than flapping needs. */
  failed: readonly Us[];
}

/** By object. */
export type FlappingState = Readonly<Record<string, Path>>;
export const noPaths: FlappingState = {};

const FLAPPING = 'path-flapping';

export const flappingFamily: Family<FlappingState> = (paths, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = quiet(paths, reached, context);
  let next = paths;
  if (input.probe === 'multipath' && input.value !== 'unknown') {
    next = observe(paths, input, judgements, context);
  } else if (input.probe === 'census' && input.storage?.maps != null) {
    const { maps } = input.storage;
    next = keep(paths, input.t, judgements, context, object => maps.includes(mapOf(object)));
  }
  const due = activeObjects(context.active, FLAPPING).map(object => endOf(next, object));
  return [next, judgements, earliest(...due.map(t => (t !== null && t > reached ? t : null)))];
};

const mapOf = (object: string): string => object.split('/')[1]!;

function observe(
  before: FlappingState,
  seen: Extract<Observation, { probe: 'multipath' }>,
  judgements: Judgement[],
  context: Context,
): FlappingState {
  const map = seen.subject.slice('map/'.length);
  const paths = typeof seen.value === 'string' ? [] : seen.value.paths;
  const objects = new Map(paths.map(path => [`path/${map}/${path.disk}`, path]));
  const gone = (object: string) => mapOf(object) === map && !objects.has(object);
  const next = { ...keep(before, seen.t, judgements, context, object => !gone(object)) };
  for (const [object, path] of objects) {
    const alarmed = context.active[faultKey({ type: FLAPPING, object })] !== undefined;
    const after = count(before[object], path, seen.t, alarmed);
    next[object] = after;
    const { flapping_failures: many, flapping_window_us: window } = limits.multipath;
    const [first] = after.failed;
    if (after.failed.length < many || seen.t - first! > window) continue;
    const details = [`${many} failures within ${window / 1e6} s or less`];
    const { session } = path;
    const group = (session === null ? null : context.scene.sessions[session]?.group) ?? null;
    const causes = session === null ? [] : sessionFaults(session, context.scene);
    const fault = makeFault({ type: FLAPPING, object, t: first!, details, group, causes });
    judgements.push({ is: 'active', fault: { ...fault, ...failoverOf(context.scene, group) } });
  }
  return next;
}

/** A count that rose by more than the failure at hand tells of those that came and went unseen. */
function count(known: Path | undefined, path: MultipathPath, t: Us, alarmed: boolean): Path {
  const { usable, failures } = path;
  // Alarmed by an earlier run: it is quiet since now.
  if (known === undefined) return { usable, failures, failed: alarmed ? [t] : [] };
  const seen = known.usable && !usable ? 1 : 0;
  const counted = known.failures === null || failures === null ? 0 : failures - known.failures;
  const { flapping_failures: many } = limits.multipath;
  const more = Array<Us>(Math.min(many, Math.max(seen, counted))).fill(t);
  return { usable, failures, failed: [...known.failed, ...more].slice(-many) };
}

function keep(
  paths: FlappingState,
  t: Us,
  judgements: Judgement[],
  context: Context,
  isHere: (object: string) => boolean,
): FlappingState {
  for (const object of activeObjects(context.active, FLAPPING)) {
    if (!isHere(object)) judgements.push(clear(FLAPPING, object, t, 'subject-gone'));
  }
  return Object.fromEntries(Object.entries(paths).filter(([object]) => isHere(object)));
}

/** Null: it waits for what the helper says of the path. */
function endOf(paths: FlappingState, object: string): Us | null {
  const last = paths[object]?.failed.at(-1);
  return last === undefined ? null : last + limits.multipath.flapping_quiet_us;
}

function quiet(paths: FlappingState, reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, FLAPPING).flatMap(object => {
    const end = endOf(paths, object);
    return end !== null && reached >= end ? [clear(FLAPPING, object, end)] : [];
  });
}
