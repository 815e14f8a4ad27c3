/** How long deliveries took: over the last 5 minutes for people and alarms, since the start for /metrics. */
import type { DeliveryHops, Us } from '../types.ts';
import type { Latency, LatencyHistogram } from './api.ts';

/** The window moves on in steps of this. */
const SLOT_US = 10_000_000;
const SLOTS = 30;

/** Eight buckets for each doubling from 100 µs to about 7 weeks: a percentile reads at most 9 % too high. */
const FIRST_US = 100;
const PER_OCTAVE = 8;
const BUCKETS = 36 * PER_OCTAVE;

const bucketOf = (us: Us): number =>
  us <= FIRST_US
    ? 0
    : Math.min(BUCKETS - 1, Math.ceil(Math.log2(us / FIRST_US) * PER_OCTAVE - 1e-9));
const upperUs = (bucket: number): Us => FIRST_US * 2 ** (bucket / PER_OCTAVE);

interface Slot {
  nr: number;
  count: number;
  late: number;
  max_us: Us;
  buckets: Uint32Array;
}

/** Sliding window: what was recorded in the last 4 min 50 s to 5 min. */
export class SlidingLatency {
  readonly #slots: (Slot | undefined)[] = Array(SLOTS);
  readonly #late_us: Us;

  /** late_us: those beyond it are counted as late. */
  constructor(late_us: Us) {
    this.#late_us = late_us;
  }

  record(took_us: Us, now: Us): void {
    const nr = Math.floor(now / SLOT_US);
    let slot = this.#slots[nr % SLOTS];
    if (slot?.nr !== nr) {
      slot = { nr, count: 0, late: 0, max_us: 0, buckets: new Uint32Array(BUCKETS) };
      this.#slots[nr % SLOTS] = slot;
    }
    const bucket = bucketOf(took_us);
    slot.count += 1;
    if (took_us > this.#late_us) slot.late += 1;
    slot.max_us = Math.max(slot.max_us, took_us);
    slot.buckets[bucket] = (slot.buckets[bucket] ?? 0) + 1;
  }

  /** Null: nothing was recorded. p50 and p99 by nearest rank, rounded up to the bucket's bound, and never beyond max. */
  summary(now: Us): (Latency & { late: number }) | null {
    const oldest = Math.floor(now / SLOT_US) - SLOTS + 1;
    const slots = this.#slots.filter(slot => slot !== undefined && slot.nr >= oldest) as Slot[];
    const count = slots.reduce((sum, slot) => sum + slot.count, 0);
    if (count === 0) return null;
    const max_us = Math.max(...slots.map(slot => slot.max_us));
    const rank = (share: number): Us => {
      let left = Math.ceil(share * count);
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const slot of slots) left -= slot.buckets[bucket] ?? 0;
        if (left <= 0) return Math.min(max_us, Math.round(upperUs(bucket)));
      }
      return max_us;
    };
    const late = slots.reduce((sum, slot) => sum + slot.late, 0);
    return { count, p50_us: rank(0.5), p99_us: rank(0.99), max_us, late };
  }
}

const BOUNDS_US: readonly Us[] = [
  1_000,
  2_500,
  5_000,
  10_000,
  25_000,
  50_000,
  100_000,
  250_000,
  500_000,
  1_000_000,
  2_500_000,
  5_000_000,
  10_000_000,
  30_000_000,
  60_000_000,
  300_000_000,
  3_600_000_000,
  Number.POSITIVE_INFINITY,
];

type Part = keyof LatencyHistogram['parts'];

/** Since the start. */
export class Histograms {
  readonly #parts = Object.fromEntries(
    (['event', 'alarm', 'commit', 'send'] satisfies Part[]).map(part => [
      part,
      { counts: BOUNDS_US.map(() => 0), sum_us: 0, count: 0 },
    ]),
  ) as Record<Part, { counts: number[]; sum_us: number; count: number }>;

  /** `restored`: when it was committed is not known. */
  record(hops: DeliveryHops, restored: boolean): void {
    const { event_us, alarm_us, commit_us, send_us, acknowledged_us } = hops;
    this.#add('event', acknowledged_us - (event_us ?? alarm_us));
    this.#add('alarm', acknowledged_us - alarm_us);
    if (commit_us !== null && !restored) this.#add('commit', commit_us - alarm_us);
    this.#add('send', acknowledged_us - send_us);
  }

  #add(part: Part, took_us: Us): void {
    const us = Math.max(0, took_us);
    const histogram = this.#parts[part];
    const index = BOUNDS_US.findIndex(bound => us <= bound);
    histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
    histogram.sum_us += us;
    histogram.count += 1;
  }

  /** A copy. */
  of(adapter: string): LatencyHistogram {
    return { adapter, bounds_us: BOUNDS_US, parts: structuredClone(this.#parts) };
  }
}
