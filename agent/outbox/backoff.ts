/** When to try again. */
import { clamp } from '../time.ts';

const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** As long as somebody may still be waiting for the news, a receiver that is back must be noticed soon. */
const LONGEST_YOUNG_MS = 2000;
const YOUNG_MS = 60_000;

/**
 * ms until the attempt after `failures` (≥ 1) failed ones: full jitter between 100 ms and a bound that doubles from
 * 200 ms to 2 s, and for a notice older than a minute to 30 s. `random` is in [0, 1).
 */
export function backoffMs(failures: number, ageMs: number, random: number): number {
  const longest = ageMs < YOUNG_MS ? LONGEST_YOUNG_MS : LONGEST_MS;
  const bound = clamp(FIRST_MS * 2 ** clamp(failures, 1, 20), FIRST_MS, longest);
  return FIRST_MS + random * (bound - FIRST_MS);
}

/** A receiver's own wish (Retry-After), within what an alarm can bear. */
export function askedMs(afterMs: number): number {
  return clamp(afterMs, FIRST_MS, LONGEST_MS);
}
