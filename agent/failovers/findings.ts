/** What explains an outcome. */
import type { Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import { legAt } from './facts.ts';
import { limits } from './limits.ts';
import type { Move } from './moves.ts';
import type { Crossing } from './passage.ts';
import type { GroupFacts, Steered } from './state.ts';

export const PEER_STILL_USES_LEG = 'peer-still-uses-leg';
export const NO_SWITCH = 'no-switch';
export const STEERED = 'steered';

export interface Finding {
  found: boolean;
  /** When it will be found, if nothing else happens. */
  due: Us | null;
}

/**
 * Our packets go by another leg, by which a peer that had moved, too, would answer within its delayed acknowledgement;
 * instead there is no progress, and its last packets came by the lost leg. Our next retransmission may be far away, so
 * the time counts from our first packet on the other leg, not from the loss.
 */
export function peerStillUsesLeg(crossing: Crossing, now: Us): Finding {
  const { facts, histories, hit } = crossing;
  const none: Finding = { found: false, due: null };
  const since = waysPart(crossing);
  if (hit.leg === null || since === null || facts.closed_us !== null) return none;
  const patience = Math.max(limits.stall_us, 4 * facts.srtt_us);
  let due: Us | null = null;
  for (const pause of crossing.pauses) {
    if (pause.truncated) continue;
    const start = Math.max(pause.from, since);
    if (legAt(histories.in, start) !== hit.leg) continue;
    const cameBy = histories.in.find(at => at.t > start && at.leg !== hit.leg)?.t;
    const end = Math.min(pause.to ?? now, cameBy ?? now, hit.healed_us ?? now);
    if (end - start >= patience) return { found: true, due: null };
    if (pause.to === null && end === now) due = start + patience;
  }
  return { found: false, due };
}

/** Since when our own packets go by another leg than the lost one: from the loss on, if they always did. */
function waysPart({ histories, hit, switched_out }: Crossing): Us | null {
  if (switched_out !== null) return switched_out;
  const out = legAt(histories.out, hit.lo);
  return out !== null && out !== hit.leg ? hit.lo : null;
}

/**
 * The member in use was lost, and the bond or team had neither another one nor this one back within the budget: its own
 * kernel device says so, whether a flow had demand or not. `alternative`: there was another one.
 */
export function noSwitch(move: Move | null, alternative: boolean, budget_us: Us, now: Us): Finding {
  const none: Finding = { found: false, due: null };
  if (move === null || move.hit === null || !move.certain || !alternative) return none;
  const end = Math.min(now, move.switched_us ?? now, move.hit.healed_us ?? now);
  const overdue = move.hit.hi + budget_us;
  if (end > overdue) return { found: move.switched_us === null, due: null };
  return { found: false, due: end === now ? overdue + 1 : null };
}

/** The first time that the helper took a leg that was lost out of use, since it was. */
export function steeredOff(
  { steered }: GroupFacts,
  episodes: readonly Episode[],
  cut: CutTime,
): Steered | null {
  const lost = new Set(episodes.map(one => one.leg));
  return steered.find(one => one.t_us >= cut.lo && lost.has(one.from)) ?? null;
}
