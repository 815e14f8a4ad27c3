/** Verdicts, and the reasons that a person reads. */
import type { FailoverPhases, GroupKind, Us, Verdict } from '../types.ts';
import type { CutTime } from './episodes.ts';
import { isGroups } from './facts.ts';
import type { Move } from './moves.ts';
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
  /** Of a bond or team: its own part, and that it did not switch within the budget. */
  move: Move | null;
  unmoved: boolean;
  phases: FailoverPhases | null;
  kind: GroupKind;
  flowing_us: Us | null;
  cut: CutTime;
  gap_us: Us | null;
  gap_below_spacing: boolean;
}

export function judge(of: Case): Judgement {
  const judged = outcome(of);
  const why = [
    ...(of.move?.by_itself
      ? [`${of.move.hit?.leg} was not lost: moved by hand, or to the primary`]
      : []),
    ...(judged.verdict === 'FAIL' ? whyFailed(of) : []),
  ];
  return { ...judged, reason: [judged.reason, ...why].join('; ') };
}

function whyFailed(of: Case): string[] {
  return [
    ...(of.peerStillUsesLeg ? [`the peer still used ${legs(of)}`] : []),
    ...(of.alternative ? [] : ['no other leg could be used']),
    ...(of.unmoved ? [whyUnmoved(of)] : []),
    // They say nothing of a gap that came when they were over.
    ...(of.phases === null || isLate(of) ? [] : (partsOf(of.phases) ?? [])),
  ];
}

function whyUnmoved({ kind, move }: Case): string {
  const why =
    move?.monitored === false
      ? 'it watches no member (miimon 0, no ARP monitor)'
      : move?.known_us === null
        ? 'it did not take the member for lost'
        : 'it took the member for lost, but used no other';
  return `the ${kind} did not switch: ${why}`;
}

/** The largest part first by name, then all of them in their order. */
function partsOf(phases: FailoverPhases): string[] | null {
  const parts = [
    { name: 'detection', us: phases.detection_us },
    { name: 'switch', us: phases.switch_us },
    { name: 'announcement', us: phases.announcement_us },
    { name: 'recovery of the transport', us: phases.recovery_us },
  ].flatMap(({ name, us }) => (us === null ? [] : [{ name, us }]));
  const [first] = [...parts].sort((a, b) => b.us - a.us);
  // Without the switch there is nothing that came after the loss.
  if (phases.switch_us === null || first === undefined) return null;
  const all = parts.map(({ name, us }) => `${duration(us)} ${name}`).join(', ');
  return [`mostly ${first.name}: ${all}`];
}

function outcome(of: Case): Judgement {
  const { crossings, budget_us, final } = of;
  if (crossings.length === 0) return idle(of, `no flow used ${legs(of)}`);
  const broken = crossings.find(one => one.broken);
  if (broken !== undefined) {
    return fail(`${broken.facts.id} was closed while it stood still`);
  }
  const healed = crossings.find(one => one.healed_only);
  if (healed !== undefined) return fail(healedReason(healed, of.cut.t));
  const known = crossings.filter(one => one.demand);
  const least = Math.max(...known.map(one => one.longest?.least ?? 0), 0);
  const most = Math.max(...known.map(one => one.longest?.most ?? 0), 0);
  if (least > budget_us) return tooLong(of, known, least);
  if (crossings.some(one => one.pending)) {
    return inconclusive(final ? 'nobody could see whether the flow went on' : 'not flowing yet');
  }
  if (known.length === 0) return idle(of, `no flow on ${legs(of)} had demand`);
  if (most <= budget_us) {
    // A stall that ended by itself, on the leg that it was on: no failover was seen.
    const evident = crossings.some(
      ({ hit, passage }) => hit.evident || passage.switched_us !== null,
    );
    return evident || of.move?.switched_us != null ? pass(of) : notMeasured(pausedReason(of));
  }
  return inconclusive(
    `between ${duration(least)} and ${duration(most)}: the cut is not known better, and the budget of ` +
      `${duration(budget_us)} lies between`,
  );
}

/** No flow had demand: nothing says how long the gap was. A bond's kernel still says whether and when it switched. */
function idle(of: Case, reason: string): Judgement {
  const { move, kind, cut, budget_us } = of;
  if (move === null) return notMeasured(reason);
  const { hit, switched_us } = move;
  if (hit === null) return notMeasured(`${legs(of)} was on standby: nothing had to move`);
  if (of.unmoved)
    return fail(`${hit.leg} lost, and no other member used within ${duration(budget_us)}`);
  if (switched_us === null) {
    if (hit.healed_us === null) return notMeasured(reason);
    const back = duration(Math.max(0, hit.healed_us - cut.t));
    return notMeasured(`${reason}; not switched, ${hit.leg} was back ${back} after the cut`);
  }
  const after = `${duration(Math.max(0, switched_us - cut.t))} after the cut`;
  const did = `the ${kind} ${move.one_leg ? 'switched' : `stopped using ${hit.leg}`}`;
  if (switched_us - cut.hi > budget_us) {
    return fail(`${did} ${after}, budget ${duration(budget_us)}`);
  }
  const when = isGroups(cut) ? 'when it knew of the loss, the cut was not seen' : after;
  return notMeasured(`${reason}; ${did} ${when}`);
}

const legs = (of: Case): string => of.legs.join(' and ') || 'the lost leg';

const pausedReason = (of: Case): string =>
  `no progress for ${duration(of.gap_us ?? 0)}, but nothing else says that ${legs(of)} was lost`;

function healedReason({ facts, hit, passage }: Crossing, cut_us: Us): string {
  const when =
    passage.flowing_us === null ? '' : ` ${duration(passage.flowing_us - cut_us)} after the cut`;
  return `healed, not switched: ${facts.id} went on by ${hit.leg}${when}`;
}

/** The longest gap is none that the loss led to at once. */
function isLate({ crossings }: Case): boolean {
  const known = crossings.filter(one => one.demand);
  const worst = Math.max(...known.map(one => one.longest?.least ?? 0));
  return known.some(one => one.again && one.longest?.least === worst);
}

function tooLong(of: Case, known: readonly Crossing[], least: Us): Judgement {
  const budget = duration(of.budget_us);
  if (isLate(of)) {
    const gap = known.some(one => one.pending)
      ? `more than ${budget}`
      : duration(of.gap_us ?? least);
    return fail(`no progress for ${gap} after it had been flowing again, budget ${budget}`);
  }
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
      : `flowing ${duration(Math.max(0, of.flowing_us - of.cut.t))} after the cut, `;
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
