/**
 * Groups that use one leg at a time: an active-backup bond, a team with an active port. The loss of a leg on standby is
 * no failover: nothing has to move. Which leg was in use when is a fact, so it may be learnt after the loss.
 */
import { tableGet } from '../topology/table.ts';
import type { Us } from '../types.ts';
import type { Episode } from './episodes.ts';
import { isGroups, type Loss, legAt, type Switch } from './facts.ts';
import { type Hit, hitBy } from './passage.ts';
import type { Failovers, GroupFacts, OpenRecord } from './state.ts';

export const isBonded = ({ kind }: GroupFacts): boolean => kind === 'bond' || kind === 'team';

export const usesOneLeg = (group: GroupFacts): boolean =>
  isBonded(group) &&
  group.active.length > 0 &&
  (group.mode === null || group.mode === 'active-backup');

/** Was the leg in use when it was lost? An echo that is not answered because the bond has moved is no loss of its leg. */
export function wasInUse({ active }: GroupFacts, { leg, key, lo, hi }: Loss): boolean {
  if (key === 'answering') return legAt(active, hi) === leg;
  const before = legAt(active, lo) ?? active[0]?.leg;
  return before === leg || active.some(at => at.leg === leg && at.t > lo && at.t <= hi);
}

/** The losses of legs in use, and what else these legs went through from then on; `legs`: all accounts of the group's. */
export function losesUse(group: GroupFacts, legs: readonly Loss[], { cut }: OpenRecord): Loss[] {
  const used = legs.filter(loss => wasInUse(group, loss));
  const concerned = new Set(used.map(loss => loss.leg));
  const starts = used.map(loss => loss.lo);
  if (cut !== null) {
    concerned.add(cut.leg);
    starts.push(cut.t - cut.uncertainty_us);
  }
  const start = Math.min(...starts);
  return legs.filter(loss => concerned.has(loss.leg) && loss.hi >= start);
}

/** The episodes that took a leg in use away, as they hit all flows alike; none: a leg on standby was lost. */
export function hitsInUse(group: GroupFacts, episodes: readonly Episode[]): Hit[] {
  return episodes.flatMap(episode => {
    const { leg, at, losses } = episode;
    if (!losses.some(loss => wasInUse(group, loss))) return [];
    // Accounts that are late may reach back to before the leg was in use.
    const since = legAt(group.active, at.lo) === leg ? null : beginOfUse(group, leg, at.hi);
    return [{ ...hitBy(episode), lo: since ?? at.lo }];
  });
}

const beginOfUse = ({ active }: GroupFacts, leg: string, until: Us): Us | null =>
  active.findLast(at => at.leg === leg && at.t <= until)?.t ?? null;

/** A switch that came so long after the heal may still be what the loss led to. */
const LED_TO_US = 1_000_000;

/**
 * A switch that nothing led to, as the loss that it is for its flows: by hand, or back to the primary when no record is
 * there to be told of the way back. lost: the legs that the record has lost.
 */
export function switchLosses(
  state: Failovers,
  id: string,
  group: GroupFacts,
  after_us: Us,
  lost: readonly Pick<Loss, 'leg' | 'hi'>[],
): Loss[] {
  if (!usesOneLeg(group)) return [];
  return group.switches.flatMap(one => {
    const { t, from, to, exact } = one;
    if (t <= after_us || from === null || to === null || ledTo(state, id, group, one)) return [];
    if (lost.some(loss => loss.leg === to && loss.hi < t)) return [];
    const lo = exact ? t - 1 : t - MESSAGE_US;
    const loss = { leg: from, key: 'switch', group: id, source: 'switch' } as const;
    return [{ ...loss, t, lo, hi: t, seen_us: t, healed_us: null }];
  });
}

/** A bond's message is read that much later at most. */
const MESSAGE_US = 20_000;

function ledTo(state: Failovers, id: string, group: GroupFacts, { from, t }: Switch): boolean {
  const grace = Math.max(LED_TO_US, group.monitor_us ?? 0);
  return (tableGet(state.legs, from!)?.losses ?? []).some(
    loss =>
      (loss.group === null || loss.group === id) &&
      wasInUse(group, loss) &&
      loss.lo <= t &&
      (loss.healed_us === null || loss.healed_us + grace >= t),
  );
}

/** Something that no record tells: when it was seen, and whether it is a switch alone. Null: there is nothing. */
export function newsOf(
  state: Failovers,
  id: string,
  group: GroupFacts,
): { seen_us: Us; switchOnly: boolean } | null {
  const all = group.legs.flatMap(leg => tableGet(state.legs, leg)?.losses ?? []);
  const own = all.filter(loss => loss.group === null || loss.group === id);
  const told = own.filter(loss => loss.seen_us <= group.after_us);
  const news = own.filter(
    loss =>
      loss.seen_us > group.after_us &&
      wasInUse(group, loss) &&
      !told.some(one => isPartOf(loss, one)),
  );
  if (news.length > 0) {
    return { seen_us: Math.max(...news.map(one => one.seen_us)), switchOnly: false };
  }
  const since = group.tail?.after_us ?? group.after_us;
  const back = own.filter(loss => group.tail !== null && loss.seen_us > since);
  const moves = switchLosses(state, id, group, group.after_us, back);
  return moves.length > 0 ? { seen_us: moves.at(-1)!.seen_us, switchOnly: true } : null;
}

/** A slower account of a loss that a record has told: the link itself was not lost anew. */
const isPartOf = (loss: Loss, told: Loss): boolean =>
  (isGroups(loss) || loss.key === 'answering') &&
  told.leg === loss.leg &&
  told.lo <= loss.t &&
  (told.healed_us === null || told.healed_us >= loss.lo);
