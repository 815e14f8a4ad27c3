/** What all observations of a story need. */
import type { Observation } from '../../../../agent/types.ts';

export const s = 1_000_000;

export const ms = 1_000;

/** What the probe P says of the aspect A. */
export type Of<P extends Observation['probe'], A> = Extract<Observation, { probe: P; aspect: A }>;
