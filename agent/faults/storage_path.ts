/**
 * storage-path-stalled, keyed on (group, target): what lasts when connections come and go.
 *
 * A stalled flow (data unacknowledged, or unable to leave) is evidence; a slow one (acknowledged, but not answered) only
 * while a leg of it is silent: else its target may be slow. A stalled connection that dies proves no recovery: the fault waits for another one to move.
 */
import { type Fault, faultKey, type Observation, type Us } from '../types.ts';
import { attribute } from './attribution.ts';
import { groupCauses, trafficCauses } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
  targetObject,
} from './set.ts';
import {
  awaitAnswers,
  type FailedSessions,
  type FlowBeliefs,
  type LegAnswers,
  observeAnswer,
  observeFlow,
  observeSession,
  presentFlows,
  presentSessions,
  targetsOf,
} from './storage_flows.ts';
import { judgeTargets, type Silences, silences, unreachableAt } from './storage_target.ts';

type Progress = Extract<Observation, { aspect: 'progress' }>;

export interface StoragePathState {
  flows: FlowBeliefs;
  answers: LegAnswers;
  failed: FailedSessions;
  /** By object, while its fault is active and no flow to it is stalled. */
  calm: Readonly<Record<string, Calm>>;
  /** By object: when to say which leg it is. */
  weigh: Readonly<Record<string, Us>>;
  silent: Silences;
}

interface Calm {
  /** True: its flows move; false: it has none any more. */
  moving: boolean;
  since: Us;
}

export const noFlows: StoragePathState = {
  flows: {},
  answers: {},
  failed: {},
  calm: {},
  weigh: {},
  silent: {},
};

/** Without the flows that move. */
export const stalledAlone = (state: StoragePathState): StoragePathState => ({
  ...state,
  flows: Object.fromEntries(Object.entries(state.flows).filter(([, { stalled }]) => stalled)),
});

/** What an earlier version knew less of is told again by the next snapshot. */
export const restorePaths = (saved: StoragePathState): StoragePathState => ({
  ...noFlows,
  ...saved,
  answers: {},
  flows: Object.fromEntries(
    Object.entries(saved.flows).filter(([, { legs, overdue }]) => legs && overdue !== undefined),
  ),
});

const STALLED = 'storage-path-stalled';

export const storagePathFamily: Family<StoragePathState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = settle(state, reached, context);
  const [seen, standing] = takeIn(state, input);
  const raised = standing.map(one => targetObject(one.group, one.target));
  for (const one of standing) judgements.push(...raise(one, context, judgements));
  const due = reached + limits.storage_path.weigh_after_us;
  const begun = Object.fromEntries(raised.map(object => [object, due]));
  let next = { ...seen, weigh: { ...begun, ...seen.weigh } };
  judgements.push(...weighed(next, reached, context));
  const stalled = activeObjects(context.active, STALLED);
  next = {
    ...next,
    calm: calmOf(next, context, reached, raised),
    weigh: Object.fromEntries(Object.entries(next.weigh).filter(([, due]) => due > reached)),
    silent: silences(next, [...stalled, ...raised], input, reached, context),
  };
  judgements.push(...judgeTargets(next, reached, context));
  return [next, judgements, wakeAt(next, reached, context)];
};

/** With what was told of flows that stand still since now. */
function takeIn(
  state: StoragePathState,
  input: FaultInput,
): [state: StoragePathState, standing: readonly Progress[]] {
  switch (input.probe) {
    case 'storage_flow': {
      if (input.aspect !== 'progress') return [state, []];
      const { flows, standing } = observeFlow(state.flows, state.answers, input);
      return [{ ...state, flows }, standing];
    }
    case 'leg_probe': {
      const answers = observeAnswer(state.answers, input);
      const { flows, standing } = awaitAnswers(state.flows, answers);
      return [{ ...state, answers, flows }, standing];
    }
    case 'storage_session':
      return [{ ...state, failed: observeSession(state.failed, input) }, []];
    case 'census': {
      const failed = presentSessions(state.failed, input);
      if (input.flows === null) return [{ ...state, failed }, []];
      return [{ ...state, failed, flows: presentFlows(state.flows, input.flows) }, []];
    }
    default:
      return [state, []];
  }
}

/**
 * A moment after its raise, when the other flows have been told of as well: leg or target. Said once; what is explained
 * by another fault needs no guess.
 */
function weighed(state: StoragePathState, reached: Us, context: Context): Judgement[] {
  return Object.entries(state.weigh).flatMap(([object, due]): Judgement[] => {
    const fault = context.active[faultKey({ type: STALLED, object })];
    if (reached < due || fault === undefined) return [];
    if (fault.causes.some(key => context.active[key] !== undefined)) return [];
    const found = attribute(object, state.flows, state.answers);
    if (found === null || fault.details.some(text => sameFinding(text, found.text))) return [];
    const { leg, text } = found;
    const causes = [
      ...new Set([...(leg === null ? [] : trafficCauses(leg, context.scene)), ...fault.causes]),
    ];
    const details = [text, ...fault.details.filter(one => !isFinding(one))];
    return [{ is: 'active', fault: { ...fault, leg, details, causes } }];
  });
}

/** `leg ens1f0: …`, `the target: …`; the counts behind it are no news. */
const isFinding = (text: string): boolean => /^(leg \S+|the target): /.test(text);
const sameFinding = (a: string, b: string): boolean =>
  isFinding(a) && a.split(': ')[0] === b.split(': ')[0];

function wakeAt(state: StoragePathState, reached: Us, context: Context): Us | null {
  const unsaid = Object.keys(state.silent).filter(
    object => !context.active[faultKey({ type: 'storage-target-unreachable', object })],
  );
  const due = [
    ...pending(state).map(p => p.due),
    ...Object.values(state.weigh),
    ...unsaid.map(object => unreachableAt(state, object, context)),
  ];
  return earliest(...due.map(t => (t !== null && t > reached ? t : null)));
}

function raise(seen: Progress, context: Context, before: readonly Judgement[]): Judgement[] {
  const object = targetObject(seen.group, seen.target);
  // Told once for the target: its other flows stall in the same moment, and say nothing new.
  if (context.active[faultKey({ type: STALLED, object })] !== undefined) return [];
  if (before.some(one => one.is === 'active' && one.fault.object === object)) return [];
  return [{ is: 'active', fault: stalledFault(seen, object, context) }];
}

function stalledFault(seen: Progress, object: string, context: Context): Fault {
  const { group } = seen;
  const legs = [...new Set([seen.leg_out, seen.leg_in])].filter(leg => leg !== null);
  const details = [`flow ${seen.subject.slice('flow/'.length)} (${seen.role})`];
  if (seen.leg_out !== null) details.push(`leaves by ${seen.leg_out}`);
  if (seen.leg_in !== null) details.push(`comes by ${seen.leg_in}`);
  const failover = group === null ? undefined : context.scene.failovers[group];
  // Of one that nobody has seen on a leg, any leg of its group may be the reason.
  const ways = legs.length > 0 || group === null ? legs : (context.scene.groups[group] ?? []);
  return makeFault({
    type: STALLED,
    object,
    t: seen.since_us,
    details,
    group,
    leg: seen.leg_out ?? seen.leg_in,
    failover: failover?.id ?? null,
    causes: [
      ...ways.flatMap(way => trafficCauses(way, context.scene)),
      ...(group === null ? [] : groupCauses(group)),
      faultKey({ type: 'storage-target-unreachable', object }),
    ],
  });
}

function calmOf(
  state: StoragePathState,
  context: Context,
  reached: Us,
  raised: readonly string[],
): StoragePathState['calm'] {
  const targets = targetsOf(state.flows);
  const objects = activeObjects(context.active, STALLED).filter(
    object => (targets.get(object)?.stalled ?? 0) === 0 && !raised.includes(object),
  );
  if (objects.length === 0 && Object.keys(state.calm).length === 0) return state.calm;
  return Object.fromEntries(
    objects.map(object => {
      const known = state.calm[object];
      const moving = targets.has(object);
      return [object, known?.moving === moving ? known : { moving, since: reached }];
    }),
  );
}

/** What clears when, if nothing stalls before. */
function pending(state: StoragePathState) {
  const { clear_after_us, gone_after_us } = limits.storage_path;
  return Object.entries(state.calm).map(([object, { moving, since }]) => ({
    object,
    since,
    due: since + (moving ? clear_after_us : gone_after_us),
    cause: moving ? ('condition-ended' as const) : ('subject-gone' as const),
  }));
}

function settle(state: StoragePathState, reached: Us, context: Context): Judgement[] {
  return pending(state)
    .filter(p => reached >= p.due && context.active[faultKey({ type: STALLED, object: p.object })])
    .map(p => clear(STALLED, p.object, p.since, p.cause));
}
