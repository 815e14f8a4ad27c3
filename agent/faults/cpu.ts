/** cpu-corrected-errors and cpu-uncorrected-error of a socket, and firmware-reported-error: what firmware tells beside memory. */
import type { Observation } from '../types.ts';
import { type Buckets, Corrected, noBuckets } from './corrected.ts';
import { limits } from './limits.ts';
import { happened, nothingPassed, type Passing, passed } from './passing.ts';
import {
  applyJudgements,
  type Context,
  earliest,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

export interface CpuState {
  corrected: Buckets;
  uncorrected: Passing;
  firmware: Passing;
}

export const noProcessors: CpuState = {
  corrected: noBuckets,
  uncorrected: nothingPassed,
  firmware: nothingPassed,
};

const CORRECTED = 'cpu-corrected-errors';
const UNCORRECTED = 'cpu-uncorrected-error';
const FIRMWARE = 'firmware-reported-error';

const corrected = new Corrected(CORRECTED, limits.cpu.corrected);

const SEVERITY = {
  corrected: 'WARNING',
  deferred: 'MINOR',
  uncorrected: 'MAJOR',
  fatal: 'CRITICAL',
} as const;

type CpuError = Extract<Observation, { probe: 'hw_cpu'; aspect: 'error' }>;

export const cpuFamily: Family<CpuState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const isError = input.probe === 'hw_cpu' && input.aspect === 'error';
  const [next, told] = isError ? take(state, input, context) : [state, []];
  const [active] = applyJudgements(context.active, told);
  const then: Context = { ...context, active };
  const { uncorrected_clear_us, firmware_clear_us } = limits.cpu;
  const [buckets, some, wakeSome] = corrected.tick(next.corrected, reached, then);
  const [bad, more, wakeMore] = passed(
    UNCORRECTED,
    uncorrected_clear_us,
    next.uncorrected,
    reached,
    then,
  );
  const [firmware, rest, wakeRest] = passed(
    FIRMWARE,
    firmware_clear_us,
    next.firmware,
    reached,
    then,
  );
  return [
    { corrected: buckets, uncorrected: bad, firmware },
    [...told, ...some, ...more, ...rest],
    earliest(wakeSome, wakeMore, wakeRest),
  ];
};

function take(
  state: CpuState,
  { subject, t, value }: CpuError,
  context: Context,
): [CpuState, Judgement[]] {
  const { severity, count, details, fru, by } = value;
  if (by === 'mce' && severity === 'corrected') {
    const errors = { object: subject, t, count, details, fru };
    const [buckets, told] = corrected.take(state.corrected, errors, context);
    return [{ ...state, corrected: buckets }, told];
  }
  const fault = makeFault({
    type: by === 'firmware' ? FIRMWARE : UNCORRECTED,
    object: subject,
    t,
    details: [...(fru === null ? [] : [`part: ${fru}`]), ...details],
    severity: SEVERITY[severity],
  });
  if (by === 'firmware') {
    const [firmware, told] = happened(state.firmware, fault, context);
    return [{ ...state, firmware }, told];
  }
  const [uncorrected, told] = happened(state.uncorrected, fault, context);
  return [{ ...state, uncorrected }, told];
}
