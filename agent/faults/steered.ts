/** path-steered: the helper keeps a group's traffic off a leg. steering-failed: it should have, and could or would not. */
import type { Observation, SteeringAction, Us } from '../types.ts';
import { blackholeCauses, linkCauses } from './causes.ts';
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
} from './set.ts';

type Action = Extract<Observation, { probe: 'steering'; aspect: 'action' }>;

export interface SteeredState {
  /** By object: legs that are out of use now. */
  kept: Readonly<Record<string, readonly string[]>>;
  /** By object: the last word on what was not done, and since when it is so again and again. */
  refused: Readonly<Record<string, { first: Us; last: Us }>>;
}
export const notSteered: SteeredState = { kept: {}, refused: {} };

const STEERED = 'path-steered';
const FAILED = 'steering-failed';

export const steeredFamily: Family<SteeredState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = settle(state, reached, context);
  const [next, told] = observe(state, input, context);
  return [next, [...judgements, ...told], wakeAt(next, reached, context)];
};

function observe(
  state: SteeredState,
  input: FaultInput,
  context: Context,
): [SteeredState, Judgement[]] {
  if (input.probe === 'census') return census(state, input, context);
  if (input.probe !== 'steering') return [state, []];
  const { subject: object, t } = input;
  // redundancy-lost tells how the group does.
  if (input.aspect === 'restoring') return [state, []];
  if (input.aspect === 'action') return takeAction(state, input, context);
  const { [object]: known, ...others } = state.kept;
  if (input.value === 'unknown') return [state, []];
  if (input.value === 'absent') {
    return [{ ...state, kept: others }, [clear(STEERED, object, t, 'subject-gone')]];
  }
  const { legs } = input.value;
  if (legs.length === 0) return [{ ...state, kept: others }, [clear(STEERED, object, t)]];
  const isTold = known !== undefined || context.active[`${STEERED} ${object}`] !== undefined;
  const kept = { ...state.kept, [object]: legs };
  if (isTold) return [{ ...state, kept }, []];
  const details = [`${legs.join(', ')} is out of use, as the helper found it at its start`];
  return [
    { ...state, kept },
    [{ is: 'active', fault: faultOf(STEERED, input, legs, details, context) }],
  ];
}

function takeAction(
  state: SteeredState,
  seen: Action,
  context: Context,
): [SteeredState, Judgement[]] {
  const { subject: object, t, value } = seen;
  const { [object]: before, ...refused } = state.refused;
  switch (value.outcome) {
    case 'undone':
      return [state, []];
    case 'steered': {
      const fault = faultOf(STEERED, seen, [value.from], told(value), context);
      return [{ ...state, refused }, [clear(FAILED, object, t), { is: 'active', fault }]];
    }
    default: {
      // By itself it tries nothing that somebody waits for.
      if (value.asked_us === null) return [state, []];
      const goesOn = before !== undefined && t - before.last < limits.steering.clear_after_us;
      const first = goesOn ? before.first : t;
      const next = { ...state, refused: { ...refused, [object]: { first, last: t } } };
      // Asked again a second later, the evidence has lasted: a leg that was only not proven yet is by then.
      const lasts = value.outcome === 'failed' || t - first >= limits.steering.lasting_us;
      if (!lasts || context.active[`${FAILED} ${object}`] !== undefined) return [next, []];
      const fault = faultOf(FAILED, seen, [value.from], [value.reason], context);
      return [next, [{ is: 'active', fault }]];
    }
  }
}

const HOW = {
  'active-member': 'by its active member',
  route: 'by a route',
  'link-down': 'by taking the link down',
} as const;

function told({ from, to, how, before, after, reason }: SteeringAction): string[] {
  const by = how === null ? '' : ` ${HOW[how]}`;
  return [
    `${from} left for ${to ?? 'the other legs'}${by}`,
    reason,
    ...(before === '' ? [] : [`before: ${before}`]),
    ...(after === '' ? [] : [`after: ${after}`]),
  ];
}

function faultOf(
  type: string,
  { subject: object, t }: Pick<Action, 'subject' | 't'>,
  legs: readonly string[],
  details: string[],
  { scene }: Context,
) {
  const group = object.slice('group/'.length);
  return makeFault({
    ...{ type, object, t, details, group },
    leg: legs[0] ?? null,
    failover: scene.failovers[group]?.id ?? null,
    causes: legs.flatMap(leg => [...blackholeCauses(leg), ...linkCauses(leg, scene)]),
  });
}

function census(
  state: SteeredState,
  { steered, groups, t }: Extract<FaultInput, { probe: 'census' }>,
  context: Context,
): [SteeredState, Judgement[]] {
  const isThere = (object: string, present: readonly string[] | null | undefined) =>
    present == null || present.includes(object.slice('group/'.length));
  const judgements = [
    ...activeObjects(context.active, STEERED).filter(one => !isThere(one, steered)),
    ...activeObjects(context.active, STEERED).filter(one => !isThere(one, groups)),
  ].map(object => clear(STEERED, object, t, 'subject-gone'));
  const kept = Object.entries(state.kept).filter(([one]) => isThere(one, steered));
  return [{ ...state, kept: Object.fromEntries(kept) }, judgements];
}

/** What ends without a word: a move that nothing is to be undone of, and refusals that are not repeated. */
function pending({ kept, refused }: SteeredState, context: Context) {
  const { moved_us, clear_after_us } = limits.steering;
  return Object.values(context.active).flatMap(({ type, object, t }) => {
    if (type === STEERED && kept[object] === undefined)
      return [{ type, object, due: t + moved_us }];
    if (type !== FAILED) return [];
    return [{ type, object, due: (refused[object]?.last ?? t) + clear_after_us }];
  });
}

const settle = (state: SteeredState, reached: Us, context: Context): Judgement[] =>
  pending(state, context)
    .filter(({ due }) => reached >= due)
    .map(({ type, object, due }) => clear(type, object, due));

function wakeAt(state: SteeredState, reached: Us, context: Context): Us | null {
  const dues = pending(state, context).map(({ due }) => (due > reached ? due : null));
  return earliest(...dues);
}
