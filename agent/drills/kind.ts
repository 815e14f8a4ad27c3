/** What a kind of drill declares. A new kind is one file in kinds/ with one of these, and its line in kinds.ts. */
import type { DrillGroup, DrillLeg } from './groups.ts';

export type Direction = 'in' | 'out' | 'both';

export interface DrillOptions {
  direction: Direction;
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
  /** Arguments for `pathwarden-guard run`, without the common ones. */
  guardArguments(options: DrillOptions): string[];
  /** Why this kind cannot be done on this leg, by the kernel's own state; null: it can. `--force` does not override. */
  impossible(group: DrillGroup, leg: DrillLeg): string | null;
}
