/** Rules applied to one subject, and put together into ways from a loss to traffic that has another path. */
import type { Judgement, Loss, Rule, Stage, SubjectKind, Subjects } from './rule.ts';
import { type Ms, sumMs } from './value.ts';

/** What is told of a rule; its subject no longer matters. */
export type RuleFacts = Omit<Rule, 'judge' | 'subject'>;

export interface Judged extends Judgement {
  rule: RuleFacts;
}

/** All rules of these stages that apply, in the order of the list. */
export function judgeAll<K extends SubjectKind>(
  rules: readonly Rule<K>[],
  subject: Subjects[K],
  loss: Loss,
  stages: readonly Stage[],
): Judged[] {
  return rules
    .filter(rule => stages.includes(rule.stage) && rule.losses.includes(loss))
    .flatMap(rule => {
      const judgement = rule.judge(subject, loss);
      return judgement === null ? [] : [{ ...judgement, rule }];
    });
}

/** Somebody notices, and what then happens one after the other. */
export interface Way {
  judged: Judged[];
  ms: Ms;
}

/** One way for each kind of detection: with the rules of its own, and those that every way goes by. */
export function waysOf(judged: readonly Judged[]): Way[] {
  const names = new Set(judged.filter(j => j.rule.stage === 'detect').map(j => j.rule.way));
  return [...names].map(name => {
    const own = judged.filter(j => j.rule.way === name || j.rule.way === '');
    return { judged: own, ms: sumMs(own.map(j => j.ms)) };
  });
}

/** The one that counts: the fastest known, else one that is not known, else the first that never ends. */
export function fastest(ways: readonly Way[]): Way {
  const timed = ways.filter((w): w is Way & { ms: number } => typeof w.ms === 'number');
  const [first, ...rest] = timed;
  if (first) return rest.reduce((a, b) => (b.ms < a.ms ? b : a), first);
  return ways.find(w => w.ms === 'unknown') ?? ways[0] ?? { judged: [], ms: 'never' };
}
