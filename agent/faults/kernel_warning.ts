/**
 * kernel-warns-of-hardware: what the kernel's log says of hardware, and nothing else has told. A machine check, say, is
 * told by its tracepoint, and the record of the log says the same with less.
 */
import { faultKey, type Observation, type Us } from '../types.ts';
import { limits } from './limits.ts';
import { nothingPassed, type Passing, passed } from './passing.ts';
import {
  type Context,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Warning = Extract<Observation, { probe: 'hw_cpu'; aspect: 'warning' }>;

export interface WarningState {
  last: Passing;
  /** Records that something may tell better. */
  waiting: readonly Warning[];
  /** By probe: its last error. */
  told: Readonly<Record<string, Us>>;
}

export const noWarnings: WarningState = { last: nothingPassed, waiting: [], told: {} };

const WARNS = 'kernel-warns-of-hardware';
const host = 'host';

/** Of one kind the first record waits; of more kinds than there are patterns there is none. */
const WAITING_MAX = 16;

export const warningFamily: Family<WarningState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  let next = takeTold(state, input);
  const judgements: Judgement[] = [];
  const due = next.waiting.filter(({ t }) => reached >= t + limits.cpu.same_us);
  const unheard = input.probe === 'hw_cpu' && input.aspect === 'warning' ? [input] : [];
  const now_known = unheard.filter(({ value }) => value.told_by.length === 0);
  if (due.length > 0) next = { ...next, waiting: next.waiting.filter(one => !due.includes(one)) };
  for (const warning of [...due, ...now_known]) {
    if (reached >= warning.t + limits.cpu.warning_clear_us) continue;
    next = { ...next, last: { [host]: Math.max(warning.t, next.last[host] ?? 0) } };
    judgements.push({ is: 'active', fault: faultOf(warning, judgements, context) });
  }
  for (const warning of unheard) {
    if (warning.value.told_by.length > 0) next = wait(next, warning);
  }
  const [last, over, wakeAt] = passed(
    WARNS,
    limits.cpu.warning_clear_us,
    next.last,
    reached,
    context,
  );
  const waits = next.waiting.map(({ t }) => t + limits.cpu.same_us);
  return [{ ...next, last }, [...judgements, ...over], earliest(wakeAt, ...waits)];
};

const isTold = ({ t, value }: Warning, told: WarningState['told']): boolean =>
  value.told_by.some(probe => {
    const at = told[probe];
    return at !== undefined && Math.abs(at - t) <= limits.cpu.same_us;
  });

function takeTold(state: WarningState, input: FaultInput): WarningState {
  const errs = (input.probe === 'hw_cpu' || input.probe === 'hw_pci') && input.aspect === 'error';
  const memory = input.probe === 'hw_memory' && input.aspect !== 'counters';
  if (!errs && !memory) return state;
  const told = { ...state.told, [input.probe]: input.t };
  return { ...state, told, waiting: state.waiting.filter(one => !isTold(one, told)) };
}

function wait(state: WarningState, warning: Warning): WarningState {
  if (isTold(warning, state.told)) return state;
  if (state.waiting.some(({ value }) => value.what === warning.value.what)) return state;
  return { ...state, waiting: [...state.waiting, warning].slice(-WAITING_MAX) };
}

/** The first record of each kind is told; another one of it is no news. */
function faultOf({ t, value }: Warning, judged: readonly Judgement[], { active }: Context) {
  const known =
    judged.findLast(one => one.is === 'active')?.fault ??
    active[faultKey({ type: WARNS, object: host })];
  const details = known?.details ?? [];
  const has = details.some(line => line.startsWith(`${value.what}: `));
  return makeFault({
    type: WARNS,
    object: host,
    t: known?.t ?? t,
    details: has ? [...details] : [...details, `${value.what}: ${value.text}`],
  });
}
