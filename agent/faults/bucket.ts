/**
 * Leaky buckets of corrected errors: one for each rate, which runs over with so many errors and leaks as many in its time (what
 * comes as slowly as it leaks never fills it; of the last error a part may be missing). It holds no more than that: however long a storm was, its bucket is half empty after half its time without one.
 */
import type { Fault, Us } from '../types.ts';

export interface Rate {
  errors: number;
  within_us: Us;
  severity: NonNullable<Fault['severity']>;
}

export interface Bucket {
  /** When the levels were so. */
  t: Us;
  /** One for each rate. */
  levels: readonly number[];
  /** It has run over, and has not leaked to the half since. */
  over: readonly boolean[];
}

const END_PART = 0.5;
/** It leaks by parts of errors, and is to be at its end at the time that was reckoned for it. */
const ROUNDING = 1e-9;

export const emptyBucket = (rates: readonly Rate[], t: Us): Bucket => ({
  t,
  levels: rates.map(() => 0),
  over: rates.map(() => false),
});

/** As full as one that is alarmed with this severity must have been: of another run, which nobody remembers. */
export function filledBucket(rates: readonly Rate[], t: Us, severity: Fault['severity']): Bucket {
  const worst = Math.max(
    0,
    rates.findIndex(rate => rate.severity === severity),
  );
  return {
    t,
    levels: rates.map(({ errors }, i) => (i <= worst ? errors : 0)),
    over: rates.map((_, i) => i <= worst),
  };
}

/** After `count` errors more, at t or at the bucket's own time if that is later. */
export function pour(bucket: Bucket, rates: readonly Rate[], t: Us, count: number): Bucket {
  const then = leak(bucket, rates, t);
  const levels = rates.map(({ errors }, i) => Math.min(errors, then.levels[i]! + count));
  const over = rates.map(({ errors }, i) => then.over[i]! || levels[i]! > errors - 1);
  return { t: then.t, levels, over };
}

export function leak(bucket: Bucket, rates: readonly Rate[], t: Us): Bucket {
  if (t <= bucket.t) return bucket;
  const passed = t - bucket.t;
  const levels = rates.map(({ errors, within_us }, i) =>
    Math.max(0, bucket.levels[i]! - (passed * errors) / within_us),
  );
  const over = rates.map(
    ({ errors }, i) => bucket.over[i]! && levels[i]! > errors * (END_PART + ROUNDING),
  );
  return { t, levels, over };
}

/** The worst of the rates that are exceeded; the last is the worst. Null: none is. */
export function exceeded({ over }: Bucket, rates: readonly Rate[]): Rate | null {
  return rates[over.lastIndexOf(true)] ?? null;
}

/** When each of the rates that are exceeded will be no more; empty: none is. */
export function endsOf({ t, levels, over }: Bucket, rates: readonly Rate[]): Us[] {
  return rates.flatMap(({ errors, within_us }, i) =>
    over[i] ? [t + Math.ceil((levels[i]! / errors - END_PART) * within_us)] : [],
  );
}

/** `10 within 24 h`. */
export function rateText({ errors, within_us }: Rate): string {
  const time = within_us % 3600e6 === 0 ? `${within_us / 3600e6} h` : `${within_us / 1e6} s`;
  return `${errors} within ${time}`;
}
