/** Which setting breaks a budget, and what to do about it. */
import type { Judged } from './judge.ts';
import type { Cause, Note, StageReport } from './report.ts';
import type { Limits } from './rule.ts';
import { late } from './timers.ts';
import type { Ms } from './value.ts';

export function stageReport({ rule, ms, settings, why }: Judged): StageReport {
  const { stage, id, formula } = rule;
  return { stage, rule: id, ...stateOf(ms), formula, settings, why };
}

export function stateOf(ms: Ms): { state: 'bounded' | 'never' | 'unknown'; ms: number | null } {
  if (typeof ms === 'number') return { state: 'bounded', ms: Math.round(ms) };
  return { state: ms, ms: null };
}

/**
 * What is to blame, the worst first: everything that would break the budget by itself, or else the largest part.
 *
 * @param others what was judged of other ways: any detection that is quick enough would do
 */
export function blame(
  judged: readonly Judged[],
  others: readonly Judged[],
  budget_ms: number,
  limits: Limits,
): Cause[] {
  const guilty = judged.filter(j => weight(j) > budget_ms).flatMap(j => better(j, others));
  const found = guilty.length > 0 ? guilty : [largest(judged, limits)];
  return found
    .filter(j => j !== undefined)
    .toSorted((a, b) => weight(b) - weight(a))
    .map(j => causeOf(j, j.settings[0] ?? null, limits));
}

/** Everything that is not known. */
export function notKnown(judged: readonly Judged[], limits: Limits): Cause[] {
  return [...new Set(judged)]
    .filter(j => j.ms === 'unknown')
    .map(j => causeOf(j, j.settings.find(s => s.value === null) ?? null, limits));
}

const causeOf = ({ rule, why }: Judged, setting: Cause['setting'], limits: Limits): Cause => ({
  rule: rule.id,
  setting,
  why,
  advice: rule.advice(limits),
  source: [...rule.source],
});

function weight({ ms, rule }: Judged): number {
  // What TCP takes is a consequence of what came before it.
  if (rule.stage === 'recover') return 0;
  return ms === 'never' ? Number.POSITIVE_INFINITY : ms === 'unknown' ? 0 : ms;
}

/** That TCP gives up is the last resort: if a storage protocol has a timer of its own, that is the one to be set. */
function better(judged: Judged, others: readonly Judged[]): Judged[] {
  if (judged.rule.way !== 'tcp') return [judged];
  return others.filter(j => j.rule.stage === 'detect' && j.rule.way !== 'tcp').slice(0, 1);
}

function largest(judged: readonly Judged[], limits: Limits): Judged | undefined {
  const elapsed = judged.reduce((sum, j) => sum + weight(j), 0);
  // What came before TCP was quick enough for its usual pace: then it is TCP's own least time-out.
  const recover = judged.find(j => j.rule.stage === 'recover');
  const tcpAlone = limits.elapsed_ms === 0;
  if (recover && (tcpAlone || elapsed <= late(limits.elapsed_ms))) return recover;
  return judged.toSorted((a, b) => weight(b) - weight(a))[0];
}

export function notesOf(judged: readonly Judged[], limits: Limits): Note[] {
  const notes = judged.map(({ rule, ms, settings, why, warns }) => ({
    rule: rule.id,
    warns: warns ?? false,
    ms: typeof ms === 'number' ? Math.round(ms) : null,
    settings,
    why,
    advice: rule.advice(limits),
    source: [...rule.source],
  }));
  // Several connections of a group mostly say the same.
  const said = new Set<string>();
  return notes.filter(n => {
    const key = `${n.rule} ${n.why}`;
    return !said.has(key) && said.add(key);
  });
}
