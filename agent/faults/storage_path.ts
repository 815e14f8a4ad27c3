/**
 * storage-path-stalled, keyed on (group, target): what lasts when connections come and go.
 *
 * Only a stalled flow (data unacknowledged, or unable to leave) is evidence; a slow one has been acknowledged, so its
 * path works. A stalled connection that dies proves no recovery: the fault waits for another one to move.
 */
import { type Fault, faultKey, type Observation, type Us } from '../types.ts';
import { groupCauses, trafficCauses } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type Judgement,
  makeFault,
  targetObject,
} from './set.ts';

type Progress = Extract<Observation, { aspect: 'progress' }>;

interface FlowBelief {
  object: string;
  stalled: boolean;
}

export interface StoragePathState {
  flows: Readonly<Record<string, FlowBelief>>;
  /** By object, while its fault is active and no flow to it is stalled. */
  calm: Readonly<Record<string, Calm>>;
}

interface Calm {
  /** True: its flows move; false: it has none any more. */
  moving: boolean;
  since: Us;
}

export const noFlows: StoragePathState = { flows: {}, calm: {} };

/** Without the flows that move. */
export const stalledAlone = ({ flows, calm }: StoragePathState): StoragePathState => ({
  flows: Object.fromEntries(Object.entries(flows).filter(([, { stalled }]) => stalled)),
  calm,
});

const STALLED = 'storage-path-stalled';

export const storagePathFamily: Family<StoragePathState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = settle(state, reached, context);
  let next = state;
  let raised: string | null = null;
  if (input.probe === 'storage_flow' && input.aspect === 'progress') {
    next = { ...state, flows: observe(state.flows, input) };
    if (input.value === 'stalled') {
      raised = targetObject(input.group, input.target);
      judgements.push(...raise(input, raised, context));
    }
  } else if (input.probe === 'census' && input.flows !== null) {
    const present = new Set(input.flows);
    const flows = Object.entries(state.flows).filter(([flow]) => present.has(flow));
    if (flows.length < Object.keys(state.flows).length) {
      next = { ...state, flows: Object.fromEntries(flows) };
    }
  }
  const calm = calmOf(next, context, reached, raised);
  next = { flows: next.flows, calm };
  return [next, judgements, earliest(...pending(next).map(p => (p.due > reached ? p.due : null)))];
};

function observe(flows: StoragePathState['flows'], seen: Progress): StoragePathState['flows'] {
  const flow = seen.subject.slice('flow/'.length);
  if (seen.value === 'unknown') return flows;
  if (seen.value === 'absent') {
    const { [flow]: _gone, ...rest } = flows;
    return rest;
  }
  const object = targetObject(seen.group, seen.target);
  const stalled = seen.value === 'stalled';
  const known = flows[flow];
  if (known !== undefined && known.object === object && known.stalled === stalled) return flows;
  return { ...flows, [flow]: { object, stalled } };
}

function raise(seen: Progress, object: string, context: Context): Judgement[] {
  // Told once for the target: its other flows stall in the same moment, and say nothing new.
  if (context.active[faultKey({ type: STALLED, object })] !== undefined) return [];
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
    causes: [...ways.flatMap(trafficCauses), ...(group === null ? [] : groupCauses(group))],
  });
}

function calmOf(
  state: StoragePathState,
  context: Context,
  reached: Us,
  raised: string | null,
): StoragePathState['calm'] {
  const stalled = new Set<string>();
  for (const flow of Object.values(state.flows)) if (flow.stalled) stalled.add(flow.object);
  const objects = activeObjects(context.active, STALLED).filter(
    o => !stalled.has(o) && o !== raised,
  );
  if (objects.length === 0 && Object.keys(state.calm).length === 0) return state.calm;
  const alive = new Set(Object.values(state.flows).map(flow => flow.object));
  return Object.fromEntries(
    objects.map(object => {
      const known = state.calm[object];
      const moving = alive.has(object);
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
