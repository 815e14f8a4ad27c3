/** Verdicts, and the reasons that a person reads. */
import type { Us, Verdict } from '../types.ts';
import type { Crossing } from './passage.ts';

export interface Judgement {
  verdict: Verdict;
  reason: string;
}

/** `1.5 ms`, `12 ms`, `1.329 s`. */
export function duration(us: Us): string {
  const size = Math.abs(us);
  if (size < 10_000) return `${trim((us / 1000).toFixed(1))} ms`;
  if (size < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${trim((us / 1e6).toFixed(3))} s`;
}

const trim = (text: string): string => text.replace(/\.?0+$/, '');

export interface Case {
  crossings: readonly Crossing[];
  budget_us: Us;
  /** The record is closed, or is to be closed now. */
  final: boolean;
  /** Legs that were lost. */
  legs: readonly string[];
  /** A leg that could have taken over was in use; false: all were lost. */
  alternative: boolean;
  peerStillUsesLeg: boolean;
  flowing_us: Us | null;
  cut_us: Us;
  gap_us: Us | null;
  gap_below_spacing: boolean;
}

export function judge(of: Case): Judgement {
  const judged = outcome(of);
  if (judged.verdict !== 'FAIL') return judged;
  const why = [
    ...(of.peerStillUsesLeg ? [`the peer still used ${legs(of)}`] : []),
    ...(of.alternative ? [] : ['no other leg could be used']),
  ];
  return { ...judged, reason: [judged.reason, ...why].join('; ') };
}

function outcome(of: Case): Judgement {
  const { crossings, budget_us, final } = of;
  if (crossings.length === 0) return notMeasured(`no flow used ${legs(of)}`);
  const broken = crossings.find(one => one.broken);
  if (broken !== undefined) {
    return fail(`${broken.facts.id} was closed while it stood still`);
  }
  const healed = crossings.find(one => one.healed_only);
  if (healed !== undefined) return fail(healedReason(healed, of.cut_us));
  const known = crossings.filter(one => one.demand);
  const least = Math.max(...known.map(one => one.longest?.least ?? 0), 0);
  const most = Math.max(...known.map(one => one.longest?.most ?? 0), 0);
  if (least > budget_us) return tooLong(of, known, least);
  if (crossings.some(one => one.pending)) {
    return inconclusive(final ? 'nobody could see whether the flow went on' : 'not flowing yet');
  }
  if (known.length === 0) return notMeasured(`no flow on ${legs(of)} had demand`);
  if (most <= budget_us) return pass(of);
  return inconclusive(
    `between ${duration(least)} and ${duration(most)}: the cut is not known better, and the budget of ` +
      `${duration(budget_us)} lies between`,
  );
}

const legs = (of: Case): string => of.legs.join(' and ') || 'the lost leg';

function healedReason({ facts, hit, passage }: Crossing, cut_us: Us): string {
  const when =
    passage.flowing_us === null ? '' : ` ${duration(passage.flowing_us - cut_us)} after the cut`;
  return `healed, not switched: ${facts.id} went on by ${hit.leg}${when}`;
}

function tooLong(of: Case, known: readonly Crossing[], least: Us): Judgement {
  const budget = duration(of.budget_us);
  // Says no more than the budget while it goes on, so that the reason stays the same.
  if (known.some(one => one.pending)) return fail(`not flowing again ${budget} after the cut`);
  const healed = known.some(({ hit, passage: { flowing_us } }) => {
    return flowing_us !== null && hit.healed_us !== null && flowing_us >= hit.healed_us;
  });
  const until = healed ? `, until ${legs(of)} had healed` : '';
  return fail(`no progress for ${duration(of.gap_us ?? least)}${until}, budget ${budget}`);
}

function pass(of: Case): Judgement {
  const gap =
    of.gap_us === null
      ? 'gap not known'
      : of.gap_below_spacing
        ? "gap below the traffic's own spacing"
        : `gap ${duration(of.gap_us)}`;
  const flowing =
    of.flowing_us === null
      ? ''
      : `flowing ${duration(Math.max(0, of.flowing_us - of.cut_us))} after the cut, `;
  return { verdict: 'PASS', reason: `${flowing}${gap}, budget ${duration(of.budget_us)}` };
}

const fail = (reason: string): Judgement => ({ verdict: 'FAIL', reason });
const notMeasured = (reason: string): Judgement => ({ verdict: 'NOT_MEASURED', reason });
const inconclusive = (reason: string): Judgement => ({ verdict: 'INCONCLUSIVE', reason });

/** Told is judged on its own: the primary adapter's acknowledgement within the budget from the cut. */
export function judgeTold(
  told_us: Us | null,
  cut: { lo: Us; hi: Us },
  of: { budget_us: Us; now: Us; final: boolean; expected: boolean },
): Verdict {
  const { budget_us, now, final, expected } = of;
  if (told_us !== null) {
    if (told_us - cut.lo <= budget_us) return 'PASS';
    return told_us - cut.hi > budget_us ? 'FAIL' : 'INCONCLUSIVE';
  }
  if (!expected) return 'NOT_MEASURED';
  if (now - cut.hi > budget_us) return 'FAIL';
  return final ? 'FAIL' : 'INCONCLUSIVE';
}
