/**
 * nic-removed: the device of a NIC is gone from the host: it was unplugged, or fell off its bus. Only one that was of use:
 * a leg, or a NIC that had a link since boot.
 */
import type { Observation, Us } from '../types.ts';
import { pciCauses } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  groupOfLeg,
  type Judgement,
  makeFault,
} from './set.ts';

type Presence = Extract<Observation, { probe: 'nic'; aspect: 'presence' }>;

interface Gone {
  parent_dev: string | null;
  /** Since when no path group has it for a leg; null: one has. */
  needless_since: Us | null;
}

/** By object. */
export type RemovedState = Readonly<Record<string, Gone>>;
export const noRemoved: RemovedState = {};

const REMOVED = 'nic-removed';

export const removedFamily: Family<RemovedState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const known = review(state, reached, context);
  const judgements = forgotten(known, reached, context);
  const [next, told] = observe(known, input, context);
  return [next, [...judgements, ...told], wakeAt(next, reached)];
};

function observe(
  state: RemovedState,
  input: FaultInput,
  context: Context,
): [RemovedState, Judgement[]] {
  if (input.probe === 'nic' && input.aspect === 'presence') {
    if (input.value === 'present') return back(state, input);
    return input.value === 'removed' ? remove(state, input, context) : [state, []];
  }
  if (input.probe !== 'census' || input.legs === null) return [state, []];
  const here = Object.keys(state).filter(object => input.legs!.includes(object.slice(4)));
  return [without(state, here), here.map(object => clear(REMOVED, object, input.t))];
}

/** The same NIC under its name, or under another one in the same place. */
function back(state: RemovedState, seen: Presence): [RemovedState, Judgement[]] {
  const { parent_dev: place } = seen;
  const objects = Object.keys(state).filter(
    object => object === seen.subject || (place !== null && state[object]!.parent_dev === place),
  );
  return [without(state, objects), objects.map(object => clear(REMOVED, object, seen.t))];
}

function remove(
  state: RemovedState,
  seen: Presence,
  context: Context,
): [RemovedState, Judgement[]] {
  const { subject: object, t, parent_dev } = seen;
  const leg = object.slice('leg/'.length);
  const group = groupOfLeg(context.scene, leg);
  if (group === null && !seen.had_link) return [state, []];
  const details = [parent_dev === null ? 'its device is gone' : `device ${parent_dev} is gone`];
  const failover = group === null ? null : (context.scene.failovers[group]?.id ?? null);
  const causes = pciCauses(object, context.scene);
  const fault = makeFault({ type: REMOVED, object, t, details, group, leg, failover, causes });
  const gone = { parent_dev, needless_since: group === null ? t : null };
  return [{ ...state, [object]: gone }, [{ is: 'active', fault }]];
}

/** Whether a group still has it, and alarms whose subject this run has not seen. */
function review(state: RemovedState, reached: Us, context: Context): RemovedState {
  const active = activeObjects(context.active, REMOVED);
  let next = without(
    state,
    Object.keys(state).filter(object => !active.includes(object)),
  );
  for (const object of active) {
    const known = next[object] ?? { parent_dev: null, needless_since: null };
    const needed = groupOfLeg(context.scene, object.slice('leg/'.length)) !== null;
    const needless_since = needed ? null : (known.needless_since ?? reached);
    if (next[object] !== undefined && known.needless_since === needless_since) continue;
    next = { ...next, [object]: { ...known, needless_since } };
  }
  return next;
}

const endOf = ({ needless_since }: Gone): Us | null =>
  needless_since === null ? null : needless_since + limits.removed.forget_after_us;

function forgotten(state: RemovedState, reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, REMOVED).flatMap(object => {
    const end = endOf(state[object]!);
    return end !== null && reached >= end ? [clear(REMOVED, object, end, 'subject-gone')] : [];
  });
}

const wakeAt = (state: RemovedState, reached: Us): Us | null =>
  earliest(
    ...Object.values(state).map(gone => {
      const end = endOf(gone);
      return end !== null && end > reached ? end : null;
    }),
  );

function without(state: RemovedState, objects: readonly string[]): RemovedState {
  if (objects.length === 0) return state;
  return Object.fromEntries(Object.entries(state).filter(([object]) => !objects.includes(object)));
}
