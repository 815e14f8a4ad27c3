/** Which of a flow's pauses a loss made, and when the flow was in motion again. */
import type { Us } from '../types.ts';
import type { Account, Pause } from './facts.ts';
import { limits } from './limits.ts';
import type { Hit } from './passage.ts';

/** How a flow left the lost leg. */
export interface Leaving {
  /** The later of its ways that has left; null: none has. */
  moved_us: Us | null;
  /** Every way of it that was on the lost leg has left. */
  wholly: boolean;
  /** All flows of its group use one leg: nothing goes on before that one is another. */
  one_leg: boolean;
}

/** The flow's way back into motion, `t`, and the pause that it ended. */
export interface Back {
  t: Us;
  outage: Pause | null;
}

export const endOf = (pause: Pause): Us => pause.to ?? Number.POSITIVE_INFINITY;

/** `pauses` by `from`. Null: it stands still, or nothing is known of it. */
export function backAt(
  pauses: readonly Pause[],
  hit: Hit,
  account: Account | null,
  leaving: Leaving,
): Back | null {
  const back = backByPauses(pauses, hit, account, leaving);
  if (back === null || !leaving.one_leg || leaving.moved_us === null) return back;
  return { ...back, t: Math.max(back.t, leaving.moved_us) };
}

function backByPauses(
  pauses: readonly Pause[],
  hit: Hit,
  account: Account | null,
  leaving: Leaving,
): Back | null {
  const before = pauses.filter(one => hit.healed_us === null || one.from < hit.healed_us);
  const ended = before.filter(one => !one.truncated);
  const outage = outageOf(ended, hit, account, leaving);
  if (outage !== undefined) return outage.to === null ? null : { t: outage.to, outage };
  if (account !== null) return quiet(hit, account);
  // It had moved without a pause that anybody saw; what came later is not of this.
  const { moved_us } = leaving;
  if (!leftForGood(hit, leaving) || pauses.length === 0) return null;
  return { t: Math.max(hit.hi, moved_us ?? 0), outage: null };
}

/**
 * The longest of those that began about the loss, or before the flow had left: an acknowledgement that was under way at
 * the cut ends a pause, too, but not the outage. A flow that had demand only later stands still later, as long as it has
 * not left; a stall after that is none of this loss.
 */
function outageOf(
  ended: readonly Pause[],
  hit: Hit,
  account: Account | null,
  leaving: Leaving,
): Pause | undefined {
  const spacing_us = account?.spacing_us ?? 0;
  const { moved_us } = leaving;
  const until = moved_us === null || !hit.evident ? hit.hi : Math.max(hit.hi, moved_us);
  const last = until + Math.max(limits.stall_us, spacing_us);
  // After that it pauses as it always does.
  const isUsual = (one: Pause) => one.from > until && endOf(one) - one.from <= spacing_us;
  const near = ended.filter(one => one.from <= last && !isUsual(one));
  const late = leftForGood(hit, leaving) ? undefined : ended.find(one => one.kind === 'stall');
  const first = longestSince(hit.lo, near) ?? late ?? ended.find(one => one.kind === 'switch');
  return first === undefined ? undefined : withNext(first, ended, moved_us);
}

const leftForGood = (hit: Hit, { wholly }: Leaving): boolean => hit.evident && wholly;

/** By what of each comes after t; a pause that has not ended is the longest. */
export function longestSince(t: Us, pauses: readonly Pause[]): Pause | undefined {
  const since = (one: Pause): Us => endOf(one) - Math.max(one.from, t);
  return pauses.reduce<Pause | undefined>(
    (longest, one) => (longest === undefined || since(one) > since(longest) ? one : longest),
    undefined,
  );
}

/** It stood still again at once, or until it had left: that is the same outage. */
function withNext(first: Pause, ended: readonly Pause[], moved_us: Us | null): Pause {
  const spans = (one: Pause) => moved_us !== null && one.from <= moved_us && endOf(one) >= moved_us;
  let outage = first;
  for (;;) {
    const end: Us = endOf(outage);
    const more = ended.find(
      one =>
        (one.kind === 'stall' || spans(one)) &&
        one.from <= end + 2 * limits.stall_us &&
        endOf(one) > end,
    );
    if (more === undefined) return outage;
    outage = more;
  }
}

/** A trace saw it and told of no pause: it was never longer without progress than that. */
function quiet(hit: Hit, account: Account): Back | null {
  if (account.progress_count === 0) return null;
  return { t: hit.hi + quietPause(account), outage: null };
}

export const quietPause = (account: Account): Us =>
  Math.min(account.pause_us, limits.pause_told_us);

/** Belongs to the way back: it began when the flow was in motion, and the leg came back in it or before. */
export function isAfterHeal(pause: Pause, hit: Hit, back: Pick<Back, 't'> | null): boolean {
  if (hit.healed_us === null || endOf(pause) <= hit.healed_us) return false;
  if (pause.from >= hit.healed_us) return true;
  return back !== null && pause.from >= back.t;
}
