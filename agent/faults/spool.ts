/** spool-slow: notices leave before they are on disk. */
import type { Observation, Us } from '../types.ts';
import { limits } from './limits.ts';
import { clear, type Family, type Judgement, makeFault } from './set.ts';

export interface SpoolState {
  value: Extract<Observation, { aspect: 'spool' }>['value'];
  /** Since when it is in order, or is not. */
  since: Us;
  reason: string;
}

export const newSpool: SpoolState = { value: 'ok', since: 0, reason: '' };

const SLOW = 'spool-slow';

export const spoolFamily: Family<SpoolState> = (state, input, now, context) => {
  const next = input.probe === 'self' && input.aspect === 'spool' ? observe(state, input) : state;
  const reached = input.probe === 'tick' ? now : input.t;
  const active = context.active[`${SLOW} host`] !== undefined;
  if (active === (next.value !== 'ok')) return [next, [], null];
  const due = next.since + delayOf(next);
  if (reached < due) return [next, [], due];
  return [next, [judge(next)], null];
};

function observe(state: SpoolState, seen: Extract<Observation, { aspect: 'spool' }>): SpoolState {
  const { value, t, reason } = seen;
  const same = (value === 'ok') === (state.value === 'ok');
  return { value, since: same ? state.since : t, reason: same && value === 'ok' ? '' : reason };
}

function delayOf({ value }: SpoolState): Us {
  if (value === 'full') return 0;
  return value === 'slow' ? limits.spool.slow_us : limits.spool.clear_after_us;
}

function judge({ value, since, reason }: SpoolState): Judgement {
  if (value === 'ok') return clear(SLOW, 'host', since);
  // The first reason stands; each slow commit has its own figures and is no news.
  const details = [value === 'full' ? 'the spool takes nothing' : 'commits are too slow', reason];
  return { is: 'active', fault: makeFault({ type: SLOW, object: 'host', t: since, details }) };
}
