/**
 * monitor-blind: the helper is gone or silent, a source sees nothing, frames do not fit their schema, events are dropped.
 *
 * Degraded sight (a slower strategy, say) is no blindness. What is needed to raise and to clear differs by source.
 */
import type { Observation, Us } from '../types.ts';
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

type Sight = Extract<Observation, { aspect: 'sight' }>;

interface Source {
  blind: boolean;
  /** Since when it is as it is. */
  since: Us;
  reason: string;
}

export interface SightState {
  /** Null: the helper has not been heard of yet. */
  helper: { connected: boolean; since: Us; heard: Us } | null;
  /** By what is not the helper: source name. */
  sources: Readonly<Record<string, Source>>;
}

export const noSight: SightState = { helper: null, sources: {} };

/** After a start: nobody listened meanwhile, so silence begins to count now. */
export const restoreSight = (state: SightState, now: Us): SightState =>
  state.helper === null ? state : { ...state, helper: { ...state.helper, since: now, heard: now } };

const BLIND = 'monitor-blind';

export const sightFamily: Family<SightState> = (state, input, now, context) => {
  let next = state;
  if (input.probe === 'self' && input.aspect === 'helper') {
    const connected = input.value === 'connected';
    const known = state.helper;
    const since = known?.connected === connected ? known.since : input.t;
    next = { ...state, helper: { connected, since, heard: input.t } };
  } else if (input.probe === 'self' && input.aspect === 'sight') {
    next = { ...state, sources: observe(state.sources, input) };
  }
  const [helper, told, helperAt] = judgeHelper(next.helper, now, input.probe === 'tick', context);
  const [judgements, sourcesAt] = judgeSources(next, now, context);
  if (helper !== next.helper) next = { ...next, helper };
  return [next, [...told, ...judgements], earliest(helperAt, sourcesAt)];
};

function observe(sources: SightState['sources'], seen: Sight): SightState['sources'] {
  const name = seen.subject.slice('source/'.length);
  const blind = seen.value === 'blind';
  const known = sources[name];
  if (known === undefined && !blind)
    return { ...sources, [name]: { blind, since: seen.t, reason: '' } };
  if (known?.blind === blind) return sources;
  return { ...sources, [name]: { blind, since: seen.t, reason: seen.reason } };
}

function judgeHelper(
  helper: SightState['helper'],
  now: Us,
  ticked: boolean,
  context: Context,
): [SightState['helper'], Judgement[], Us | null] {
  if (helper === null) return [helper, [], null];
  const { helper_lost_us, helper_silent_us, helper_clear_us, own_delay_us } = limits.sight;
  const due = helper.connected ? helper.heard + helper_silent_us : helper.since + helper_lost_us;
  const active = context.active[`${BLIND} host`] !== undefined;
  if (now < due) {
    if (!helper.connected || !active) return [helper, [], active ? null : due];
    const clears = helper.since + helper_clear_us;
    return now < clears
      ? [helper, [], clears]
      : [helper, [clear(BLIND, 'host', helper.heard)], due];
  }
  if (active) return [helper, [], null];
  // So late a tick: the agent stood still itself, and what the helper said meanwhile may lie unread.
  if (helper.connected && ticked && now >= due + own_delay_us) {
    const again = now - helper_silent_us + own_delay_us;
    return [{ ...helper, heard: again }, [], again + helper_silent_us];
  }
  const reason = helper.connected ? 'the helper is silent' : 'no connection to the helper';
  const t = helper.connected ? helper.heard : helper.since;
  return [
    helper,
    [{ is: 'active', fault: makeFault({ type: BLIND, object: 'host', t, details: [reason] }) }],
    null,
  ];
}

const kindOf = (name: string): string => name.split('.')[0]!;
const limitOf = (name: string) => limits.sight.sources[kindOf(name)] ?? limits.sight.sources.other;
/** A process of its own. */
const isOfReader = (name: string): boolean => ['reader', 'reading'].includes(kindOf(name));

function judgeSources(
  { sources, helper }: SightState,
  now: Us,
  context: Context,
): [Judgement[], Us | null] {
  const judgements: Judgement[] = [];
  const times: (Us | null)[] = [];
  const active = new Set(activeObjects(context.active, BLIND));
  for (const [name, source] of Object.entries(sources)) {
    const object = `source/${name}`;
    if (source.blind === active.has(object)) continue;
    // Without the helper all its sources are blind, which its own alarm says.
    const others = !isOfReader(name);
    if (source.blind && others && helper?.connected === false) continue;
    const from = others ? (helper?.since ?? 0) : 0;
    const since = source.blind ? Math.max(source.since, from) : source.since;
    const due = since + (source.blind ? limitOf(name).raise_us : limitOf(name).clear_us);
    if (now < due) {
      times.push(due);
      continue;
    }
    const fault = makeFault({ type: BLIND, object, t: source.since, details: [source.reason] });
    judgements.push(source.blind ? { is: 'active', fault } : clear(BLIND, object, source.since));
  }
  return [judgements, earliest(...times)];
}
