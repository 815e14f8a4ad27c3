/** disk-media-errors: the medium has lost data, as requests find out, or as the disk's own counters say. */
import type { HwDiskObservation, Us } from '../types.ts';
import { type Events, keepAlarmed, quietEnds, quietWake } from './events.ts';
import { diskCauses } from './hw_causes.ts';
import { diskName, disksTold } from './hw_disk_names.ts';
import { follow, MEDIA, type Trends, trendText } from './hw_disk_signs.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
  activeOf,
  type Census,
  type Context,
  clear,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

interface Medium {
  /** Requests that it has failed since the helper's start; null: not told yet. */
  errors: number | null;
  trends: Trends;
  /** Sectors that wait to be read or written anew: as long as there are, it is not over. */
  pending: number;
}

export interface MediaState {
  /** By object. */
  disks: Readonly<Record<string, Medium>>;
  /** The last error of each. */
  events: Events;
}
export const noMedia: MediaState = { disks: {}, events: {} };

const MEDIUM = 'disk-media-errors';
const quiet_us = hardwareLimits.disk.media_quiet_us;

export const mediaFamily: Family<MediaState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const due = lasting(state, context);
  const judgements = quietEnds(MEDIUM, state.events, quiet_us, reached, due);
  let next = state;
  if (input.probe === 'hw_disk') next = observe(state, input, judgements, context);
  if (input.probe === 'census') next = present(state, input, judgements, context);
  // What was kept by sectors that waited, and do so no more.
  judgements.push(...quietEnds(MEDIUM, next.events, quiet_us, reached, lasting(next, context)));
  const wakeAt = quietWake(MEDIUM, next.events, quiet_us, reached, lasting(next, context));
  return [{ ...next, events: keepTold(next, judgements, context) }, judgements, wakeAt];
};

/** Its own faults without those that stay as they are whatever the time. */
const lasting = ({ disks }: MediaState, { active, scene }: Context): Context => ({
  scene,
  active: activeOf(active, MEDIUM, object => !disks[object]?.pending),
});

function keepTold(state: MediaState, judgements: readonly Judgement[], context: Context): Events {
  const told = judgements.some(one => one.is === 'active');
  return told ? state.events : keepAlarmed(MEDIUM, state.events, context);
}

function observe(
  state: MediaState,
  seen: HwDiskObservation,
  judgements: Judgement[],
  context: Context,
): MediaState {
  if (seen.aspect !== 'medium' && seen.aspect !== 'health') return state;
  const { subject: object, t, value } = seen;
  if (value === 'unknown') return state;
  if (value === 'absent') return drop(state, object, t, judgements);
  const known = state.disks[object] ?? { errors: null, trends: {}, pending: 0 };
  const [medium, what] =
    'sector' in value ? failedRequests(known, value) : ownWords(known, value, t);
  const next = { ...state, disks: { ...state.disks, [object]: medium } };
  if (what.length === 0) return next;
  // What it has said stands: of each kind of error the first one is told.
  const before = context.active[`${MEDIUM} ${object}`]?.details ?? [];
  const said = before.filter(one => one !== seen.fru);
  const isKnown = (one: string) => said.some(old => headOf(old) === headOf(one));
  const lines = [...said, ...what.filter(one => !isKnown(one))];
  const details = [...lines, ...(seen.fru === null ? [] : [seen.fru])];
  const causes = diskCauses(diskName(object)).filter(key => !key.startsWith(MEDIUM));
  const fault = makeFault({ type: MEDIUM, object, t, details, causes });
  judgements.push({ is: 'active', fault });
  return { ...next, events: { ...state.events, [object]: t } };
}

/** Up to its first number. */
const headOf = (text: string): string => text.split(/\d/)[0]!;

/** A lower count is that of a helper that has started anew. */
function failedRequests(
  known: Medium,
  { errors, sector }: { errors: number; sector: number | null },
): [Medium, string[]] {
  const before = known.errors === null ? errors : known.errors > errors ? 0 : known.errors;
  const where = sector === null ? '' : ` at sector ${sector}`;
  const what = errors > before ? [`requests that its medium failed, the last${where}`] : [];
  return [{ ...known, errors }, what];
}

function ownWords(
  known: Medium,
  { counters }: Extract<HwDiskObservation, { aspect: 'health' }>['value'] & object,
  t: Us,
): [Medium, string[]] {
  const trends = follow(known.trends, counters, t);
  const what = MEDIA.flatMap(name => {
    const [before, trend] = [known.trends[name], trends[name]];
    const risen = before && trend && trend.last > before.last;
    return risen ? [trendText(name, trend, t)] : [];
  });
  const pending = counters.pending ?? 0;
  if (pending > 0 && known.pending === 0 && what.length === 0) {
    what.push(`sectors that cannot be read: ${pending}`);
  }
  return [{ ...known, trends, pending }, what];
}

function drop(state: MediaState, object: string, t: Us, judgements: Judgement[]): MediaState {
  judgements.push(clear(MEDIUM, object, t, 'subject-gone'));
  const { [object]: _gone, ...disks } = state.disks;
  return { ...state, disks };
}

function present(
  state: MediaState,
  census: Census,
  judgements: Judgement[],
  context: Context,
): MediaState {
  const names = disksTold(census);
  if (names === null) return state;
  return [...Object.keys(state.disks), ...activeObjects(context.active, MEDIUM)]
    .filter(object => !names.includes(diskName(object)))
    .reduce((next, object) => drop(next, object, census.t, judgements), state);
}
