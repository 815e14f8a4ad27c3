/** pcie-corrected-errors, pcie-error and device-health: what a PCI function has told of, or its driver. */
import { faultKey, type Observation, type Us } from '../types.ts';
import { behindText } from './behind.ts';
import { addressCauses } from './causes.ts';
import { type Buckets, Corrected, noBuckets } from './corrected.ts';
import { limits } from './limits.ts';
import { happened, nothingPassed, type Passing, passed } from './passing.ts';
import {
  applyJudgements,
  type Context,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

export interface PcieState {
  corrected: Buckets;
  errors: Passing;
  health: Passing;
}

export const noPcie: PcieState = {
  corrected: noBuckets,
  errors: nothingPassed,
  health: nothingPassed,
};

const CORRECTED = 'pcie-corrected-errors';
const ERROR = 'pcie-error';
const HEALTH = 'device-health';

const corrected = new Corrected(CORRECTED, limits.pci.corrected);

type PciError = Extract<Observation, { probe: 'hw_pci'; aspect: 'error' }>;
type Health = Extract<Observation, { probe: 'hw_pci'; aspect: 'health' }>;

export const pcieFamily: Family<PcieState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const [next, told] = take(state, input, context);
  const [active] = applyJudgements(context.active, told);
  const then: Context = { ...context, active };
  const { error_clear_us, health_clear_us } = limits.pci;
  const [buckets, some, wakeSome] = corrected.tick(next.corrected, reached, then);
  const [errors, more, wakeMore] = passed(ERROR, error_clear_us, next.errors, reached, then);
  const [health, rest, wakeRest] = passed(HEALTH, health_clear_us, next.health, reached, then);
  return [
    { corrected: buckets, errors, health },
    [...told, ...some, ...more, ...rest],
    earliest(wakeSome, wakeMore, wakeRest),
  ];
};

function take(state: PcieState, input: FaultInput, context: Context): [PcieState, Judgement[]] {
  if (input.probe === 'hw_pci') {
    switch (input.aspect) {
      case 'error':
        return takeError(state, input, context);
      case 'health':
        return takeHealth(state, input, context);
      case 'presence':
        if (input.value !== 'removed' && input.value !== 'absent') return [state, []];
        return gone(state, input.subject, input.t);
      default:
        return [state, []];
    }
  }
  const present = input.probe === 'census' ? (input.hardware?.pci_device ?? null) : null;
  if (present === null || input.probe !== 'census') return [state, []];
  const [buckets, told] = corrected.dropMissing(state.corrected, present, input.t, context);
  return [{ ...state, corrected: buckets }, told];
}

/** An uncorrected error stands for its time: it may be why the device is gone. */
function gone(state: PcieState, object: string, t: Us): [PcieState, Judgement[]] {
  const [buckets, told] = corrected.drop(state.corrected, object, t);
  return [{ ...state, corrected: buckets }, told];
}

function takeError(
  state: PcieState,
  { subject: object, t, value }: PciError,
  context: Context,
): [PcieState, Judgement[]] {
  const { severity, count, errors, fru, above } = value;
  const behind = behindText([object.slice('pci/'.length)], context.scene);
  const details = [...value.details, ...behind];
  const what = errors.length === 0 ? 'an error without a status' : errors.join(', ');
  if (severity === 'corrected') {
    const one = { object, t, count, details: [what, ...details], fru };
    const [buckets, told] = corrected.take(state.corrected, one, context);
    return [{ ...state, corrected: buckets }, told];
  }
  const fault = makeFault({
    type: ERROR,
    object,
    t,
    details: [
      `${severity === 'fatal' ? 'fatal' : 'not fatal'}: ${what}`,
      ...(fru === null ? [] : [`part: ${fru}`]),
      ...details,
    ],
    severity: severity === 'fatal' ? 'CRITICAL' : 'MAJOR',
    // What a port above has makes errors below it.
    causes: above.map(address => faultKey({ type: ERROR, object: `pci/${address}` })),
  });
  const [errored, told] = happened(state.errors, fault, context);
  return [{ ...state, errors: errored }, told];
}

function takeHealth(
  state: PcieState,
  { subject: object, t, value }: Health,
  context: Context,
): [PcieState, Judgement[]] {
  const { reporter, message, details, fru, above } = value;
  const address = object.slice('pci/'.length);
  const fault = makeFault({
    type: HEALTH,
    object,
    t,
    details: [
      `${reporter}: ${message}`,
      ...(fru === null ? [] : [`part: ${fru}`]),
      ...details,
      ...behindText([address], context.scene),
    ],
    causes: addressCauses([address, ...above]).filter(key => !key.startsWith(HEALTH)),
  });
  const [health, told] = happened(state.health, fault, context);
  return [{ ...state, health }, told];
}
