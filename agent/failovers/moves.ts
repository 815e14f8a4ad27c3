/**
 * How a bond or team itself came through a failover: when it knew of the loss, when it used another member, when it
 * announced that, and what each of these took of the gap.
 */
import { tableGet } from '../topology/table.ts';
import type { FailoverPhases, Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import { type ConditionKey, isGroups, type Loss } from './facts.ts';
import { hitsInUse, isBonded, usesOneLeg } from './in_use.ts';
import { type Crossing, type Hit, hitBy, moveAway } from './passage.ts';
import type { Failovers, GroupFacts } from './state.ts';

export interface Move {
  /** The member in use that was lost; null: what was lost was on standby. */
  hit: Hit | null;
  /** The kernel alone says whether it has switched; false: its flows do, or a member's leaving. */
  one_leg: boolean;
  /** The link, the bond or a drill says that it was lost, not only flows or probes that get no answer. */
  certain: boolean;
  /** Nothing had been lost: by hand, or back to the primary. */
  by_itself: boolean;
  /** The bond's monitor took the member for lost. */
  known_us: Us | null;
  switched_us: Us | null;
  announced_us: Us | null;
  /** False: the bond has no monitor that could tell it of the loss. */
  monitored: boolean;
}

/** Null: the group is no bond or team. */
export function moveOf(
  group: GroupFacts,
  episodes: readonly Episode[],
  crossings: readonly Crossing[],
  cut: CutTime,
): Move | null {
  if (!isBonded(group)) return null;
  const one_leg = usesOneLeg(group);
  const by_itself = episodes[0] !== undefined && isLeft(episodes[0]);
  // What a bond does by itself later is no answer to a loss.
  const followed = by_itself ? episodes.slice(0, 1) : episodes.filter(one => !isLeft(one));
  const hits = one_leg ? hitsInUse(group, followed) : followed.slice(0, 1).map(hitBy);
  const hit = hits[0] ?? null;
  const lost = episodes.find(one => one.leg === hit?.leg)?.losses ?? [];
  const told = verdictOf(group, lost, cut);
  const byFlows = least(crossings.flatMap(one => one.switched_out ?? []));
  const switched_us = one_leg ? switchAfter(group, hits) : (byFlows ?? told);
  return {
    hit,
    one_leg,
    certain: lost.some(({ key }) => !isIndirect(key)),
    by_itself,
    known_us: least([told, switched_us].filter(t => t !== null)),
    switched_us,
    announced_us: switched_us === null ? null : announcedAt(group, hit, switched_us, cut),
    monitored: group.mode === null || group.monitor_us !== null,
  };
}

/** Not lost: the bond went to another member. */
export const isLeft = ({ losses }: Episode): boolean => losses.every(({ key }) => key === 'switch');

const isIndirect = (key: ConditionKey): boolean =>
  key === 'stall' || key === 'answering' || key === 'switch';

/** It may come to know of a loss when that is over, or when the leg is lost again. */
function switchAfter({ active, monitor_us }: GroupFacts, hits: readonly Hit[]): Us | null {
  const same = hits.filter(hit => hit.leg === hits[0]?.leg);
  const moves = same.flatMap(hit => {
    const healed_us = hit.healed_us === null ? null : hit.healed_us + (monitor_us ?? 0);
    return moveAway(active, { ...hit, healed_us }) ?? [];
  });
  return moves[0] ?? null;
}

/** Its monitor's word; a team has only its list of members. */
function verdictOf({ mode }: GroupFacts, lost: readonly Loss[], cut: CutTime): Us | null {
  const told = lost.filter(
    one => one.t >= cut.lo && isGroups(one) && (mode === null || one.key.startsWith('member ')),
  );
  return least(told.map(one => one.t));
}

function announcedAt(group: GroupFacts, hit: Hit | null, switched_us: Us, cut: CutTime): Us | null {
  const exact = group.switches.find(one => one.t === switched_us)?.exact ?? false;
  // A message is read after what followed from the switch.
  const from = exact ? switched_us : cut.lo;
  const next = group.active.find(at => at.t > switched_us)?.t ?? hit?.healed_us;
  return group.announced.find(t => t >= from && (next == null || t < next)) ?? null;
}

const least = (times: readonly Us[]): Us | null => (times.length === 0 ? null : Math.min(...times));

/** Null: no bond or team, or nothing that had to move. */
export function phasesOf(
  move: Move | null,
  cut: CutTime,
  flowing_us: Us | null,
): FailoverPhases | null {
  if (move === null || move.hit === null) return null;
  const { known_us, switched_us, announced_us } = move;
  const moved_us = switched_us === null ? null : Math.max(switched_us, announced_us ?? 0);
  // Known from the bond alone, nobody can tell how long it took to know.
  const own = cut.key === 'switch' || isGroups(cut);
  return {
    detection_us: own ? null : span(cut.t, known_us),
    switch_us: span(known_us, switched_us),
    announcement_us: span(switched_us, announced_us),
    recovery_us: span(moved_us, flowing_us),
  };
}

const span = (from: Us | null, to: Us | null): Us | null =>
  from === null || to === null ? null : Math.max(0, to - from);

/**
 * When a probe of the bond, or by one of its other members, was first answered after the switch; null: none was, or
 * none had missed an answer.
 */
export function echoAt(
  state: Failovers,
  id: string,
  group: GroupFacts,
  { hit, switched_us }: Move,
  cut: CutTime,
): Us | null {
  if (switched_us === null) return null;
  const own = id.slice(id.indexOf(':') + 1);
  const probed = [own, ...group.legs.filter(leg => leg !== hit?.leg)];
  const answers = probed
    .flatMap(leg => tableGet(state.legs, leg)?.losses ?? [])
    .filter(one => one.key === 'answering' && one.hi >= cut.lo)
    .flatMap(one => one.healed_us ?? []);
  return least(answers.filter(t => t >= switched_us));
}
