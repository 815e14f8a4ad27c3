/** What the linter says: data, as `--json` prints it. */
import type { Layer, Loss, Setting, Stage } from './rule.ts';

/** UNKNOWN is never a pass: something that decides cannot be read. */
export type Verdict = 'OK' | 'BROKEN' | 'UNKNOWN';

export interface LintReport {
  verdict: Verdict;
  kernel: string | null;
  groups: GroupReport[];
  /** Layers that could not be looked at, so that a path group may be missing here. */
  blind: Setting[];
}

export interface GroupReport {
  id: string;
  kind: string;
  /** Destinations of a route. */
  targets: string[];
  legs: string[];
  /** Storage connections that leave by it. */
  services: string[];
  budget_ms: number;
  verdict: Verdict;
  carrier: Figure;
  silent: Figure;
  notes: Note[];
}

/** The worst-case time of a failover after one kind of loss. */
export interface Figure {
  loss: Loss;
  /** Does it count for the group's verdict? */
  counted: boolean;
  verdict: Verdict;
  /** bounded: `ms`. never: it does not end by itself. unknown: not below `ms`, if that is given. */
  state: 'bounded' | 'never' | 'unknown';
  ms: number | null;
  /** Who notices first; null: nobody. */
  seen_by: { layer: Layer; rule: string; ms: number } | null;
  stages: StageReport[];
  /** What breaks the budget, or is not known, the worst first; empty when all is well. */
  causes: Cause[];
}

export interface StageReport {
  stage: Stage;
  rule: string;
  ms: number | null;
  state: 'bounded' | 'never' | 'unknown';
  formula: string;
  settings: Setting[];
  why: string;
}

export interface Cause {
  rule: string;
  setting: Setting | null;
  why: string;
  advice: string;
  source: string[];
}

export interface Note {
  rule: string;
  warns: boolean;
  /** Null: never, or not known. */
  ms: number | null;
  settings: Setting[];
  why: string;
  advice: string;
  source: string[];
}
