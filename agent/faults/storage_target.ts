/**
 * storage-target-unreachable: no flow to the target moves by any leg, and it is not the legs: their probes are answered, or
 * flows to other targets began to move on them meanwhile, or all of them are silent at once though they have carrier.
 */
import { type Fault, faultKey, type Us } from '../types.ts';
import { trafficFaults } from './causes.ts';
import { limits } from './limits.ts';
import {
  type ActiveSet,
  activeObjects,
  type Context,
  clear,
  type FaultInput,
  type Judgement,
  makeFault,
  targetObject,
} from './set.ts';
import { hasFallenSilent, targetsOf } from './storage_flows.ts';
import type { StoragePathState } from './storage_path.ts';

const UNREACHABLE = 'storage-target-unreachable';

/** A target some of whose flows have stood still. */
export interface Silence {
  /** Since when none of them moves; null: one does, or has nothing to send. */
  since: Us | null;
  /** Legs that its flows have used while they stood still: who dies later than these has left no trace of its own. */
  legs: readonly string[];
  /** When a fault of one of them was last seen to explain it; null: never. */
  explained: Us | null;
  /** By leg: when a flow to another target first began to move on it meanwhile. */
  proven: Readonly<Record<string, Us>>;
}

export type Silences = Readonly<Record<string, Silence>>;

/** `stalled`: targets of which the path stands still. A connection that dies ends no silence, another one that moves does. */
export function silences(
  { flows, silent }: StoragePathState,
  stalled: readonly string[],
  input: FaultInput,
  reached: Us,
  { active }: Context,
): Silences {
  if (stalled.length === 0) return noSilence;
  const targets = targetsOf(flows);
  const now: Record<string, Silence> = {};
  for (const object of stalled) {
    const to = targets.get(object);
    const known = silent[object] ?? newSilence;
    const legs = [...new Set([...known.legs, ...(to?.legs ?? [])])].sort();
    if (to !== undefined && to.moving > 0) {
      now[object] = { ...newSilence, legs };
      continue;
    }
    const since = known.since ?? reached;
    const explained = isExplained(legs, active) ? reached : known.explained;
    now[object] = { since, legs, explained, proven: prove(known.proven, since, object, input) };
  }
  return now;
}

const noSilence: Silences = {};
const newSilence: Silence = { since: null, legs: [], explained: null, proven: {} };

/** None of its flows moves. */
const isSilent = (silences: Silences, object: string): boolean =>
  silences[object] !== undefined && silences[object].since !== null;

const isExplained = (legs: readonly string[], active: ActiveSet): boolean =>
  legs.some(leg => trafficFaults(leg).some(key => active[key] !== undefined));

function prove(
  proven: Silence['proven'],
  since: Us,
  object: string,
  input: FaultInput,
): Silence['proven'] {
  if (input.probe !== 'storage_flow' || input.aspect !== 'progress') return proven;
  const { value, since_us, group, target, leg_out, leg_in } = input;
  if (value !== 'moving' || since_us <= since) return proven;
  if (targetObject(group, target) === object) return proven;
  const legs = [leg_out, leg_in].filter(leg => leg !== null);
  return { ...Object.fromEntries(legs.map(leg => [leg, since_us])), ...proven };
}

/** When its silence says that the target is out of reach; null: it does not, by what is known. */
export function unreachableAt(
  state: StoragePathState,
  object: string,
  context: Context,
): Us | null {
  const { since, legs, proven, explained } = state.silent[object] ?? newSilence;
  if (since === null || legs.length === 0 || !isWanted(state, object)) return null;
  if (isExplained(legs, context.active)) return null;
  const { raise_after_us, probe_intervals } = limits.storage_target;
  const nobody = nobodyAnswers(state, object, context);
  let due = since + raise_after_us;
  for (const leg of legs) {
    const answer = state.answers[leg];
    const proof = answer === undefined ? proven[leg] : answer.answering ? answer.since : null;
    const fit = proof ?? (nobody ? since : null);
    if (fit === null) return null;
    due = Math.max(due, since + (answer?.interval_us ?? 0) * probe_intervals);
    // A flow waits up to as long as it had stood still before its next retransmission (RFC 6298, 5.5).
    const down = Math.max(fit, explained ?? 0) - since;
    if (down > 0) due = Math.max(due, since + 2 * down + raise_after_us);
  }
  return due;
}

/**
 * Every leg of the group has carrier, and none is answered: that is no leg, but who should answer, or all beyond it. Storage
 * that has no gateway before it is asked itself.
 */
function nobodyAnswers(
  { answers, flows }: StoragePathState,
  object: string,
  context: Context,
): boolean {
  const told = context.active[faultKey({ type: 'storage-path-stalled', object })];
  const { group } = told ?? Object.values(flows).find(flow => flow.object === object) ?? {};
  const legs = context.scene.groups[group ?? ''] ?? [];
  if (legs.length === 0 || isExplained(legs, context.active)) return false;
  return legs.every(leg => hasFallenSilent(answers[leg]));
}

/** Somebody tries to reach it: what was closed on purpose is out of nobody's reach. */
const isWanted = ({ flows, failed }: StoragePathState, object: string): boolean =>
  (targetsOf(flows).get(object)?.stalled ?? 0) > 0 || Object.values(failed).includes(object);

export function judgeTargets(state: StoragePathState, reached: Us, context: Context): Judgement[] {
  const raised = Object.keys(state.silent).flatMap((object): Judgement[] => {
    const due = unreachableAt(state, object, context);
    if (due === null || reached < due) return [];
    if (context.active[faultKey({ type: UNREACHABLE, object })] !== undefined) return [];
    return [{ is: 'active', fault: unreachableFault(state, object, context) }];
  });
  return [...raised, ...cleared(state, reached, context)];
}

function unreachableFault(state: StoragePathState, object: string, context: Context): Fault {
  const { since, legs } = state.silent[object]!;
  const known = context.active[faultKey({ type: 'storage-path-stalled', object })];
  const by = legs.join(' and ');
  const why = nobodyAnswers(state, object, context)
    ? 'no probe of any leg of the group is answered'
    : legs.every(leg => state.answers[leg]?.answering)
      ? `the probes of ${by} are answered`
      : `other targets are reached by ${by}`;
  return makeFault({
    type: UNREACHABLE,
    object,
    t: known?.t ?? since!,
    details: [`no flow to it moves by ${legs.join(' or ')}`, why],
    group: known?.group ?? null,
    failover: known?.failover ?? null,
    drill: known?.drill ?? null,
  });
}

/** A flow that moves ends it; so does that nothing is left which could: no connection, and no session that wants one. */
function cleared(state: StoragePathState, reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, UNREACHABLE).flatMap(object => {
    if (isSilent(state.silent, object)) return [];
    const to = targetsOf(state.flows).get(object);
    if (to !== undefined && to.moving > 0) {
      const raised = context.active[faultKey({ type: UNREACHABLE, object })]!.t;
      return [clear(UNREACHABLE, object, Math.max(Math.min(reached, to.moving_since), raised))];
    }
    const stalled = context.active[faultKey({ type: 'storage-path-stalled', object })];
    if (stalled !== undefined || isWanted(state, object)) return [];
    return [clear(UNREACHABLE, object, reached, 'subject-gone')];
  });
}
