/**
 * bmc-event: the management controller has noted that something is wrong. What stood in its log at the start is history;
 * what comes after the last record that was read raises. Its times are its own clock's.
 */
import type { HwEnvironmentObservation, SelEntry, Us } from '../types.ts';
import { othersOf } from './beyond.ts';
import { type Events, keepAlarmed, noEvents, quietEnds, quietWake } from './events.ts';
import { severityOfEvent } from './hw_bmc_severity.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

type Log = Extract<HwEnvironmentObservation, { aspect: 'log' }>;

export interface BmcState {
  /** The last record that was read; null: the log was not read, `none`: it was empty. */
  last: SelEntry | 'none' | null;
  /** What is asserted, by object: its words. */
  asserted: Readonly<Record<string, readonly string[]>>;
  events: Events;
}
export const noLog: BmcState = { last: null, asserted: {}, events: noEvents };

const EVENT = 'bmc-event';
const quiet_us = hardwareLimits.bmc.quiet_us;

/** Of one sensor; more are not kept. */
const WORDS_MAX = 8;

export const bmcFamily: Family<BmcState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = quietEnds(EVENT, state.events, quiet_us, reached, context);
  let next = state;
  if (input.probe === 'hw_environment' && input.aspect === 'log') {
    next = observe(state, input, judgements, context);
  } else {
    const events = keepAlarmed(EVENT, state.events, context);
    const active = activeObjects(context.active, EVENT);
    const asserted = Object.entries(state.asserted).filter(([object]) => active.includes(object));
    next = { ...state, events, asserted: Object.fromEntries(asserted) };
  }
  return [next, judgements, quietWake(EVENT, next.events, quiet_us, reached, context)];
};

function observe(
  state: BmcState,
  { value, t }: Log,
  judgements: Judgement[],
  context: Context,
): BmcState {
  if (value === 'unknown') return state;
  if (value === 'absent') {
    for (const object of activeObjects(context.active, EVENT)) {
      judgements.push(clear(EVENT, object, t, 'subject-gone'));
    }
    return noLog;
  }
  const { entries } = value;
  const fresh = freshOf(state.last, entries);
  const last = entries.at(-1) ?? 'none';
  const begin: BmcState = { ...state, last };
  return fresh.reduce((next, entry) => take(next, entry, t, judgements), begin);
}

/** Numbers rise, begin anew when the log was cleared, and may be used again when it is full. */
function freshOf(last: BmcState['last'], entries: readonly SelEntry[]): readonly SelEntry[] {
  if (last === null) return [];
  if (last === 'none') return entries;
  const at = entries.findLastIndex(one => isSame(one, last));
  if (at >= 0) return entries.slice(at + 1);
  return entries;
}

const isSame = (a: SelEntry, b: SelEntry): boolean =>
  a.id === b.id && a.time === b.time && a.sensor === b.sensor && a.event === b.event;

function take(state: BmcState, entry: SelEntry, t: Us, judgements: Judgement[]): BmcState {
  const severity = severityOfEvent(entry.event);
  if (severity === null) return state;
  const own = `bmc/${entry.sensor}`;
  const object = placeOf(state, own);
  const known = state.asserted[object] ?? [];
  const words = known.filter(one => wordOf(one) !== entry.event);
  const events = { ...state.events, [object]: t };
  if (!entry.asserted) {
    if (object !== own) return state;
    const { [object]: _ended, ...others } = state.asserted;
    if (words.length > 0) return { ...state, asserted: { ...others, [object]: words } };
    judgements.push(clear(EVENT, object, t));
    return { ...state, asserted: others };
  }
  const details = [...words, `${entry.event} (${entry.time} by its clock)`].slice(-WORDS_MAX);
  const named = [...details, ...(entry.fru === null ? [] : [entry.fru])];
  const fault = makeFault({ type: EVENT, object, t, details: named, severity });
  judgements.push({ is: 'active', fault });
  return { ...state, events, asserted: { ...state.asserted, [object]: details } };
}

/** Its log may name any number of sensors. */
const placeOf = ({ asserted }: BmcState, object: string): string =>
  asserted[object] !== undefined || Object.keys(asserted).length < hardwareLimits.bmc.sensors
    ? object
    : othersOf(object);

const wordOf = (detail: string): string => detail.replace(/ \([^()]*by its clock\)$/, '');
