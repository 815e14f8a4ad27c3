/** What a kind of drill declares. A new kind is one file in kinds/ with one of these, and its line in kinds.ts. */
import type { DrillGroup, DrillLeg } from './groups.ts';

export type Direction = 'in' | 'out' | 'both';

export interface DrillOptions {
  direction: Direction;
  /** Times down, and from one to the next. */
  flaps: number;
  period_ms: number;
}

export interface DrillKind {
  name: string;
  /** What is done to the leg, e.g. `sets the leg administratively down`. */
  does: string;
  /** What it is good for, for the operator who chooses. */
  proves: string;
  needs: string[];
  /** Options beyond the common ones that it takes. */
  takes: (keyof DrillOptions)[];
  /** From the cut to the heal, ms, where it follows from the options; null: `--hold` says it. */
  lasts(options: DrillOptions): number | null;
  /** Arguments for `pathwarden-guard run`, without the common ones. */
  guardArguments(options: DrillOptions): string[];
  /** Why this kind cannot be done on this leg, by the kernel's own state; null: it can. `--force` does not override. */
  impossible(group: DrillGroup, leg: DrillLeg): string | null;
}
