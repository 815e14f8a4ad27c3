/** io-errors: requests of a disk end with an error. */
import { faultKey, type Observation, type Us } from '../types.ts';
import { pciCauses } from './causes.ts';
import { diskCauses } from './hw_causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

interface Errors {
  /** As last told; it counts from the helper's start. */
  errors: number;
  /** The last time that it rose; null: it has not. */
  rose: Us | null;
}

/** By object. */
export type IoErrorState = Readonly<Record<string, Errors>>;
export const noIoErrors: IoErrorState = {};

const ERRORS = 'io-errors';

export const ioErrorFamily: Family<IoErrorState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = quiet(state, reached, context);
  let next = state;
  if (input.probe === 'block' && input.aspect === 'io-errors') {
    next = observe(state, input, judgements, context);
  } else if (input.probe === 'census' && input.storage?.disks != null) {
    const { disks } = input.storage;
    const isHere = (object: string) => disks.includes(object.slice('disk/'.length));
    for (const object of activeObjects(context.active, ERRORS)) {
      if (!isHere(object)) judgements.push(clear(ERRORS, object, input.t, 'subject-gone'));
    }
    next = Object.fromEntries(Object.entries(state).filter(([object]) => isHere(object)));
  }
  const due = activeObjects(context.active, ERRORS).map(object => endOf(next, object));
  return [next, judgements, earliest(...due.map(t => (t !== null && t > reached ? t : null)))];
};

function observe(
  state: IoErrorState,
  seen: Extract<Observation, { aspect: 'io-errors' }>,
  judgements: Judgement[],
  { active, scene }: Context,
): IoErrorState {
  const { subject: object, value, t } = seen;
  if (value === 'unknown') return state;
  if (value === 'absent') {
    const { [object]: _gone, ...rest } = state;
    judgements.push(clear(ERRORS, object, t, 'subject-gone'));
    return rest;
  }
  const { errors, last } = value;
  const known = state[object];
  // A lower count is that of a helper that has started anew.
  const more = known === undefined ? 0 : errors < known.errors ? errors : errors - known.errors;
  if (more === 0) {
    // Alarmed by an earlier run: it is quiet since now.
    const alarmed = active[faultKey({ type: ERRORS, object })] !== undefined;
    return { ...state, [object]: { errors, rose: known?.rose ?? (alarmed ? t : null) } };
  }
  const causes = [...diskCauses(object.slice('disk/'.length)), ...pciCauses(object, scene)];
  const fault = makeFault({ type: ERRORS, object, t, details: [`the last: ${last}`], causes });
  judgements.push({ is: 'active', fault });
  return { ...state, [object]: { errors, rose: t } };
}

/** Null: it waits for what the helper says of the disk. */
function endOf(state: IoErrorState, object: string): Us | null {
  const known = state[object];
  return known === undefined || known.rose === null ? null : known.rose + limits.io.errors_quiet_us;
}

function quiet(state: IoErrorState, reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, ERRORS).flatMap(object => {
    const end = endOf(state, object);
    return end !== null && reached >= end ? [clear(ERRORS, object, end)] : [];
  });
}
