/**
 * From single losses to what happened: which leg was lost when and back when, and which of several accounts of the
 * first loss is the best one for the cut.
 */
import type { CutSource, FailoverRecord, Us } from '../types.ts';
import { type ConditionKey, isGroups, type Loss } from './facts.ts';
import { limits } from './limits.ts';

/** A drill's own account of its cut. */
export interface Cut {
  drill: string;
  kind: string;
  group: string;
  leg: string;
  t: Us;
  uncertainty_us: Us;
  budget_ms: number;
  healed_us: Us | null;
  ended: boolean;
}

/** A leg that was lost once, by one or several accounts. */
export interface Episode {
  leg: string;
  losses: readonly Loss[];
  /** The best account of when it was lost. */
  at: Loss;
  healed_us: Us | null;
}

export interface CutTime {
  t: Us;
  source: CutSource;
  /** The account of the loss that it is taken from. */
  key: ConditionKey;
  /** It lies between these. */
  lo: Us;
  hi: Us;
}

/** Losses of one leg that overlap are one episode. In the order of time. */
export function episodesOf(told: readonly Loss[], cut: Cut | null): Episode[] {
  const episodes: Loss[][] = [];
  const losses = cut === null ? told : [lossOf(cut), ...told];
  for (const loss of inOrder(losses)) {
    const last = episodes.findLast(one => one[0]?.leg === loss.leg);
    if (last !== undefined && overlaps(last, loss)) last.push(loss);
    else episodes.push([loss]);
  }
  return episodes.map(group => ({
    leg: group[0]!.leg,
    losses: group,
    at: group.find(one => one.key === 'drill') ?? best(group),
    healed_us: endOf(group, cut),
  }));
}

const inOrder = (losses: readonly Loss[]): Loss[] =>
  [...losses].sort(
    (a, b) => a.hi - b.hi || a.lo - b.lo || compare(a.leg, b.leg) || compare(a.key, b.key),
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isLinks = (loss: Loss): boolean => loss.key === 'carrier' || loss.key === 'admin';

/** A link that came back and is lost again begins a new episode, whatever slower accounts still say of the last one. */
function overlaps(episode: readonly Loss[], loss: Loss): boolean {
  const links = episode.filter(isLinks);
  if (isLinks(loss) && links.length > 0) {
    return links.some(
      one => one.key !== loss.key && (one.healed_us === null || loss.t <= one.healed_us),
    );
  }
  return episode.some(one => one.healed_us === null || loss.lo <= one.healed_us);
}

/**
 * A drill knows when it undid its cut. Else the link's word counts; the kernel's dump comes a little later, and means
 * something only if it goes on much longer: the next hop was not given back.
 */
function endOf(losses: readonly Loss[], cut: Cut | null): Us | null {
  // A drill that flaps its leg heals it again and again: the link tells when.
  const flaps = cut?.kind === 'flap' && losses.some(isLinks);
  const drilled = cut !== null && !flaps && losses.some(one => one.key === 'drill');
  const link = losses.filter(isLinks);
  const kernel = losses.filter(isGroups);
  const probe = losses.filter(one => one.key === 'answering');
  const stall = losses.filter(one => one.key === 'stall');
  const told = [link, probe, kernel, stall].find(some => some.length > 0) ?? [];
  const byLink = latest(told.map(one => one.healed_us));
  const healed = drilled ? (cut.healed_us ?? (cut.ended ? byLink : null)) : byLink;
  const byKernel = latest(kernel.map(one => one.healed_us));
  if (healed === null || (kernel.length > 0 && byKernel === null)) return null;
  return byKernel !== null && byKernel > healed + limits.dump_late_us ? byKernel : healed;
}

/** Null if one is. */
function latest(times: readonly (Us | null)[]): Us | null {
  if (times.length === 0) return null;
  return times.reduce((last, t) => (last === null || t === null ? null : Math.max(last, t)));
}

/** Can this loss be the work of the drill? It may have been seen a little before or long after the cut, not ended before it. */
export function explains(cut: Cut, loss: Pick<Loss, 'hi' | 'seen_us'>): boolean {
  return Math.max(loss.hi, loss.seen_us) >= cut.t - cut.uncertainty_us;
}

/** The drill's cut as the loss that it is. */
export function lossOf(cut: Cut): Loss {
  const { leg, t, uncertainty_us, healed_us } = cut;
  return {
    leg,
    key: 'drill',
    group: null,
    source: 'drill',
    t,
    lo: t - uncertainty_us,
    hi: t + uncertainty_us,
    // Its message is no frame: it proves nothing about what was seen.
    seen_us: Number.POSITIVE_INFINITY,
    healed_us,
  };
}

/**
 * The cut: a drill's own time, or the earliest loss. Of accounts that may mean the same moment, the one that knows it
 * best: a late netlink message never moves the time that the carrier source has.
 */
export function cutOf(episodes: readonly Episode[]): CutTime {
  const losses = episodes.flatMap(one => one.losses);
  const { t, source, key, lo, hi } = losses.find(one => one.key === 'drill') ?? best(losses);
  return { t, source, key, lo, hi };
}

/** One or more losses. */
export function best(losses: readonly Loss[]): Loss {
  const latestPossible = Math.min(...losses.map(one => one.hi));
  const same = inOrder(losses).filter(one => one.lo <= latestPossible);
  return same.reduce((known, one) => (one.hi - one.lo < known.hi - known.lo ? one : known));
}

/** The record's `legs`: in order of time, each with the best account of its loss. */
export function legsOf(episodes: readonly Episode[]): {
  legs: FailoverRecord['legs'];
  more: number;
} {
  const legs = episodes.map(({ leg, at, healed_us }) => {
    return { leg, lost_us: at.t, healed_us, source: at.source };
  });
  legs.sort((a, b) => a.lost_us - b.lost_us || compare(a.leg, b.leg));
  return { legs: legs.slice(0, limits.legs_max), more: Math.max(0, legs.length - limits.legs_max) };
}

/** When all legs had healed, with the last of them; null: one has not, or none was lost. */
export function healOf(episodes: readonly Episode[]): Us | null {
  let last: Us | null = null;
  for (const { healed_us } of episodes) {
    if (healed_us === null) return null;
    last = Math.max(last ?? 0, healed_us);
  }
  return last;
}
