/** The rules themselves, for who wants to check them. */
import type { Limits, Rule } from '../rule.ts';
import { inTime } from '../timers.ts';
import { rules } from './all.ts';
import { longestElapsed, RTO_MIN_MS } from './tcp.ts';

export interface RuleFacts {
  id: string;
  layer: string;
  stage: string;
  losses: readonly string[];
  reads: readonly string[];
  formula: string;
  advice: string;
  source: readonly string[];
}

/** What a budget of 1 s leaves, for the advice. */
const LIMITS: Limits = { elapsed_ms: inTime(longestElapsed(1000, RTO_MIN_MS, 'carrier')) };

export const allRules: readonly Rule[] = Object.values(rules).flat() as unknown as Rule[];

export const ruleFacts = (): RuleFacts[] =>
  allRules.map(({ id, layer, stage, losses, reads, formula, advice, source }) => ({
    id,
    layer,
    stage,
    losses,
    reads,
    formula,
    advice: advice(LIMITS),
    source,
  }));
