/** task-hung, cpu-lockup and watchdog-reset: what the kernel says of itself, and what happened to the one before it. */
import { faultKey, type HwHostObservation, type Us } from '../types.ts';
import { type Events, keepAlarmed, noEvents, quietEnds, quietWake } from './events.ts';
import { hardwareLimits } from './hw_limits.ts';
import { type Context, earliest, type Family, type Judgement, makeFault } from './set.ts';

type Said = Extract<HwHostObservation, { aspect: 'kernel' }>;
type Watchdog = Extract<HwHostObservation, { aspect: 'watchdog' }>;

export interface KernelState {
  hung: Events;
  lockup: Events;
  reset: Events;
  /** Watchdogs whose reset was told in this boot. */
  told: readonly string[];
}
export const noKernel: KernelState = {
  hung: noEvents,
  lockup: noEvents,
  reset: noEvents,
  told: [],
};

const HUNG = 'task-hung';
const LOCKUP = 'cpu-lockup';
const RESET = 'watchdog-reset';

const { hung_quiet_us, lockup_quiet_us } = hardwareLimits.kernel;
const { told_us } = hardwareLimits.watchdog;

const TYPES = [
  [HUNG, 'hung', hung_quiet_us],
  [LOCKUP, 'lockup', lockup_quiet_us],
  [RESET, 'reset', told_us],
] as const;

export const kernelFamily: Family<KernelState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements: Judgement[] = [];
  let next = state;
  for (const [type, events, quiet_us] of TYPES) {
    judgements.push(...quietEnds(type, state[events], quiet_us, reached, context));
  }
  if (input.probe === 'hw_host' && input.aspect === 'kernel') {
    next = said(next, input, judgements, context);
  } else if (input.probe === 'hw_host' && input.aspect === 'watchdog') {
    next = observe(next, input, judgements);
  } else {
    for (const [type, events] of TYPES) {
      next = { ...next, [events]: keepAlarmed(type, next[events], context) };
    }
  }
  const wakes = TYPES.map(([type, events, quiet_us]) =>
    quietWake(type, next[events], quiet_us, reached, context),
  );
  return [next, judgements, earliest(...wakes)];
};

/** Who it was that the first of them named; a further one is no news. */
function said(
  state: KernelState,
  { t, value }: Said,
  judgements: Judgement[],
  { active }: Context,
): KernelState {
  if (value.what === 'read-only') return state;
  const type = value.what === HUNG ? HUNG : LOCKUP;
  const known = active[faultKey({ type, object: 'host' })];
  const details = known?.details ?? [value.text];
  // Most tasks that hang wait for storage that stands still.
  const causes = type === HUNG ? Object.keys(active).filter(isStandstill) : [];
  judgements.push({ is: 'active', fault: makeFault({ type, object: 'host', t, details, causes }) });
  const events: Events = { host: t };
  return type === HUNG ? { ...state, hung: events } : { ...state, lockup: events };
}

const isStandstill = (key: string): boolean =>
  /^(io-stalled|storage-path-stalled|storage-target-unreachable|storage-path-lost|path-lost) /.test(
    key,
  );

function observe(
  state: KernelState,
  { subject, t, value }: Watchdog,
  judgements: Judgement[],
): KernelState {
  if (typeof value === 'string' || !value.has_reset || state.told.includes(subject)) return state;
  const name = subject.slice('watchdog/'.length);
  const details = [`${name} (${value.identity}) has reset this host before this boot`];
  judgements.push({ is: 'active', fault: makeFault({ type: RESET, object: 'host', t, details }) });
  return { ...state, reset: { host: t as Us }, told: [...state.told, subject].slice(-8) };
}
