/**
 * How one flow came through a failover: when it moved to another leg, when it progressed again, and for how long it had
 * not. Times before the loss, after it and after the heal are told apart here.
 */
import type { FlowPassage, Us } from '../types.ts';
import type { CutTime, Episode } from './episodes.ts';
import { type Account, type At, type FlowFacts, legAt, type Pause } from './facts.ts';
import { limits } from './limits.ts';
import {
  type Back,
  backAt,
  endOf,
  isAfterHeal,
  type Leaving,
  longestSince,
  quietPause,
} from './outage.ts';

/** The loss that hit a flow: `leg` is null for a flow that stalled although its own leg was not lost. */
export interface Hit {
  leg: string | null;
  lo: Us;
  hi: Us;
  healed_us: Us | null;
  /** More than stalled flows says that the leg was lost: a stall's end alone is no heal. */
  evident: boolean;
}

export interface Crossing {
  facts: FlowFacts;
  /** Its legs, both ways. */
  histories: Pick<FlowFacts, 'out' | 'in'>;
  hit: Hit;
  passage: FlowPassage;
  /** When its own packets, and the peer's, first went by another leg than the lost one. */
  switched_out: Us | null;
  switched_in: Us | null;
  /** Pauses between the loss and the heal, by `from`; those that began before the flow was back go on beyond it. */
  pauses: readonly Pause[];
  demand: boolean;
  /** It stands still since the loss, or nobody can say whether it does. */
  pending: boolean;
  /** Closed by somebody while it stood still. */
  broken: boolean;
  /** It progressed again by the lost leg, after that had healed, and never by another. */
  healed_only: boolean;
  /** It had been in motion again before it stood still the longest. */
  again: boolean;
  /** Bounds of its longest interruption by this loss; null: none is known. */
  longest: { least: Us; most: Us } | null;
  /** First frame that showed it. */
  seen_us: Us | null;
  /** Times at which something happened to it. */
  events: readonly Us[];
}

type Histories = Crossing['histories'];

/** The first loss that hit the flow; null: none did. */
export function hitOf(flow: Histories, episodes: readonly Episode[]): Hit | null {
  const found = episodes.find(({ leg, at }) =>
    (['out', 'in'] as const).some(side => legBefore(flow[side], at) === leg),
  );
  return found === undefined ? null : hitBy(found);
}

export function hitBy({ leg, at, losses, healed_us }: Episode): Hit {
  const evident = losses.some(({ key }) => key !== 'stall');
  return { leg, lo: at.lo, hi: at.hi, healed_us, evident };
}

/** The leg just before a loss; of a flow that was seen no earlier than in its uncertainty, the first that is known. */
export function legBefore(history: readonly At[], { lo, hi }: Pick<CutTime, 'lo' | 'hi'>) {
  const known = legAt(history, lo);
  if (known !== null) return known;
  const first = history[0];
  return first !== undefined && first.t <= hi ? first.leg : null;
}

/** `one_leg`: all flows of its group use the same leg. */
export function crossingOf(
  facts: FlowFacts,
  histories: Histories,
  hit: Hit,
  one_leg: boolean,
  now: Us,
): Crossing {
  const switched_out = moveAway(histories.out, hit);
  const switched_in = moveAway(histories.in, hit);
  const usesOut = legBefore(histories.out, hit) === hit.leg;
  const account = accountOf(facts, hit);
  const told = during(facts, hit);
  const back = backAt(told, hit, account, { ...leavingOf(histories, hit), one_leg });
  const pauses = told.filter(one => !isAfterHeal(one, hit, back));
  const longest = longestOf(pauses, facts, hit, account, now);
  const flowing_us = back === null ? null : back.t;
  const demand = pauses.length > 0 || (account?.progress_count ?? 0) > 0;
  const open = pauses.some(one => one.to === null);
  const switched_us = usesOut ? switched_out : switched_in;
  const last = lastLegs(histories, hit, flowing_us, now);
  const gap_us = gapOf(pauses, account, back);
  return {
    facts,
    histories,
    hit,
    switched_out: usesOut ? switched_out : null,
    switched_in,
    pauses,
    demand,
    pending: facts.closed_us === null && (open || (back === null && facts.unknown_since !== null)),
    broken: facts.closed_us !== null && open,
    healed_only: isHealedOnly(histories, hit, back, switched_us, account),
    again: isAgain(pauses, hit, back),
    longest,
    seen_us: firstSight(pauses, switched_us, overdueIn(facts, hit, back)),
    events: [...eventsOf(pauses), ...[switched_out, switched_in].filter(t => t !== null)],
    passage: {
      flow: facts.id,
      leg_out_before: legBefore(histories.out, hit),
      leg_in_before: legBefore(histories.in, hit),
      leg_out_after: last.out,
      leg_in_after: last.in,
      gap_us,
      spacing_us: spacingOf(account),
      switched_us,
      flowing_us,
    },
  };
}

function leavingOf(histories: Histories, hit: Hit): Omit<Leaving, 'one_leg'> {
  const ways = [histories.out, histories.in].filter(way => legBefore(way, hit) === hit.leg);
  const moves = ways.map(way => moveAway(way, hit));
  const known = moves.filter(t => t !== null);
  return {
    moved_us: known.length === 0 ? null : Math.max(...known),
    wholly: ways.length > 0 && known.length === ways.length,
  };
}

/** First packet by another leg, before the lost one was back. */
export function moveAway(history: readonly At[], hit: Hit): Us | null {
  if (hit.leg === null || legBefore(history, hit) !== hit.leg) return null;
  const move = history.find(at => at.t > hit.lo && at.leg !== hit.leg && at.leg !== null);
  if (move === undefined || (hit.healed_us !== null && move.t > hit.healed_us)) return null;
  return move.t;
}

/** The first trace's account that reaches beyond the loss. */
const accountOf = (facts: FlowFacts, hit: Hit): Account | null =>
  facts.accounts.find(one => one.t >= hit.lo) ?? null;

const spacingOf = (account: Account | null): Us | null =>
  account === null || account.spacing_us === 0 ? null : account.spacing_us;

/** Pauses that the loss can have to do with, by `from`. */
function during(facts: FlowFacts, hit: Hit): Pause[] {
  return facts.pauses
    .filter(one => endOf(one) > hit.lo && !isDisproved(one, facts) && !waitedBefore(one, hit))
    .sort((a, b) => a.from - b.from || endOf(a) - endOf(b));
}

/**
 * It had waited for an answer since long before the loss: with anything unacknowledged a stall would have been told. Ceph's
 * monitor, asked to tell of changes, answers when there are some; a slow target is no lost leg either.
 */
const waitedBefore = ({ kind, from }: Pause, hit: Hit): boolean =>
  (kind === 'traced' || kind === 'pause') && from < hit.lo - limits.slow_answer_us;

/**
 * A flow that had moved told of its next progress, and of the one before: in between it may have had nothing to do. A
 * trace's account knows the longest time that it had.
 */
function isDisproved(pause: Pause, facts: FlowFacts): boolean {
  if (pause.kind !== 'switch' || isConfirmed(pause, facts)) return false;
  const account = facts.accounts.find(one => one.t >= endOf(pause));
  return account !== undefined && endOf(pause) - pause.from > account.pause_us + 1000;
}

/** Others saw at least its greater part. */
function isConfirmed(pause: Pause, facts: FlowFacts): boolean {
  return facts.pauses.some(one => {
    const common = Math.min(endOf(one), endOf(pause)) - Math.max(one.from, pause.from);
    return one.kind !== 'switch' && 2 * common >= endOf(pause) - pause.from;
  });
}

function longestOf(
  pauses: readonly Pause[],
  facts: FlowFacts,
  hit: Hit,
  account: Account | null,
  now: Us,
): Crossing['longest'] {
  if (pauses.length === 0) {
    if (account === null || account.progress_count === 0) return null;
    return { least: 0, most: quietPause(account) };
  }
  let [least, most] = [0, 0];
  for (const pause of pauses) {
    const known = pause.to === null ? (facts.unknown_since ?? facts.closed_us ?? now) : pause.to_lo;
    const certain = pause.kind !== 'switch' || isConfirmed(pause, facts) || account !== null;
    if (certain) least = Math.max(least, known - Math.max(pause.from, hit.hi));
    most = Math.max(most, endOf(pause) - Math.max(pause.from, hit.lo));
  }
  return { least, most };
}

function isAgain(pauses: readonly Pause[], hit: Hit, back: Back | null): boolean {
  const longest = longestSince(hit.lo, pauses);
  return back !== null && longest !== undefined && longest.from >= back.t;
}

/** Of what has ended; without any, no longer than what a trace would have told. */
function gapOf(pauses: readonly Pause[], account: Account | null, back: Back | null): Us | null {
  const ended = pauses.flatMap(one => (one.to === null ? [] : [one.to - one.from]));
  if (ended.length > 0) return Math.max(...ended);
  return account === null || back === null ? null : quietPause(account);
}

function isHealedOnly(
  histories: Histories,
  hit: Hit,
  back: Back | null,
  switched_us: Us | null,
  account: Account | null,
): boolean {
  const { leg, healed_us } = hit;
  if (leg === null || healed_us === null || back === null || switched_us !== null) return false;
  if (!hit.evident) return false;
  if (back.outage === null || back.t < healed_us) return false;
  // It would have paused as long without any loss.
  const usual = Math.max(account?.spacing_us ?? 0, limits.pause_told_us);
  if (back.t - back.outage.from <= usual) return false;
  const side = legBefore(histories.out, hit) === leg ? histories.out : histories.in;
  return legAt(side, back.t) === leg;
}

function firstSight(
  pauses: readonly Pause[],
  switched_us: Us | null,
  overdue: readonly Us[],
): Us | null {
  const stalls = pauses.filter(one => one.kind === 'stall').map(one => one.seen_us);
  const all = [...stalls, ...overdue, ...(switched_us === null ? [] : [switched_us])];
  return all.length === 0 ? null : Math.min(...all);
}

/** When answers were told to be overdue, after the loss and before the flow was back. */
const overdueIn = ({ overdue }: FlowFacts, { lo }: Hit, back: Back | null): Us[] =>
  overdue.map(one => one.seen_us).filter(t => t > lo && (back === null || t <= back.t));

function eventsOf(pauses: readonly Pause[]): Us[] {
  return pauses
    .filter(one => one.kind === 'stall' || one.kind === 'switch')
    .flatMap(one => (one.to === null ? [one.seen_us] : [one.seen_us, one.to]));
}

/** The scan reads the devices of a flow that often while something goes on. */
const SCAN_US = 20_000;

/** The legs by which it went on, without what the heal made of them; else those of now. */
function lastLegs(histories: Histories, hit: Hit, flowing_us: Us | null, now: Us) {
  const { healed_us } = hit;
  let at = now;
  if (flowing_us !== null) at = Math.min(at, flowing_us + SCAN_US);
  if (flowing_us !== null && healed_us !== null && flowing_us < healed_us) {
    at = Math.min(at, healed_us - 1);
  }
  return { out: legAt(histories.out, at), in: legAt(histories.in, at) };
}
