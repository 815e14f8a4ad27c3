/**
 * Errors of one NIC over time: rates of a sliding window, and the slope of the last spans. Counters that begin anew (a
 * driver that was loaded again) or wrap around at 32 bits give no errors that never were.
 */
import type { Observation, Us } from '../types.ts';
import { limits } from './limits.ts';

export type Counters = Exclude<
  Extract<Observation, { probe: 'nic'; aspect: 'errors' }>['value'],
  string
>;

interface Sample {
  t: Us;
  /** Since the meter began. */
  errors: number;
  packets: number;
}

interface Span {
  /** Its number: time divided by the span's length. */
  at: number;
  errors: number;
  packets: number;
  corrected: number;
}

export interface Meter {
  /** Since when it has counted without a gap; null: not yet. */
  since: Us | null;
  last: Counters | null;
  /** The latest, reaching back one window and one sample more. */
  samples: readonly Sample[];
  /** The latest, the running one at the end; one in which nothing moved is missing. */
  spans: readonly Span[];
}

export const newMeter: Meter = { since: null, last: null, samples: [], spans: [] };

export function measure(meter: Meter, t: Us, counters: Counters): Meter {
  const { last } = meter;
  if (last === null || packetsBackwards(last, counters)) {
    const begin = meter.samples.at(-1) ?? { t, errors: 0, packets: 0 };
    return {
      ...meter,
      since: meter.since ?? t,
      last: counters,
      samples: [...meter.samples, { ...begin, t }].slice(-1),
    };
  }
  const packets = counters.packets - last.packets;
  const errors = errorsOf(last, counters);
  const corrected = risen(last.fec_corrected, counters.fec_corrected);
  const before = meter.samples.at(-1)!;
  const sample = { t, errors: before.errors + errors, packets: before.packets + packets };
  return {
    since: meter.since,
    last: counters,
    samples: trim([...meter.samples, sample], t),
    spans: addTo(meter.spans, Math.floor(t / limits.errors.span_us), {
      errors,
      packets,
      corrected,
    }),
  };
}

/** Packets count in 64 bits and never wrap: a lower count is a new one. */
const packetsBackwards = (last: Counters, now: Counters): boolean => now.packets < last.packets;

/**
 * One bad frame may be counted by several counters, so the largest of them counts, not their sum. Carrier errors are of
 * what was sent.
 */
function errorsOf(last: Counters, now: Counters): number {
  const received = Math.max(
    risen(last.rx_errors, now.rx_errors),
    risen(last.crc, now.crc) + risen(last.frame, now.frame),
    risen(last.symbol, now.symbol),
    risen(last.fec_uncorrectable, now.fec_uncorrectable),
  );
  return (
    received + Math.max(risen(last.tx_errors, now.tx_errors), risen(last.carrier, now.carrier))
  );
}

const WRAP = 2 ** 32;

function risen(last: number | null, now: number | null): number {
  if (last === null || now === null) return 0;
  if (now >= last) return now - last;
  // A 32-bit counter near its end that is near its beginning now; else it was set to nothing.
  const wrapped = last < WRAP && last >= WRAP * 0.75 && now < WRAP * 0.25;
  return wrapped ? now + WRAP - last : 0;
}

function trim(samples: readonly Sample[], t: Us): Sample[] {
  const from = t - limits.errors.window_us;
  const first = samples.findLastIndex(one => one.t <= from);
  return samples.slice(Math.max(0, first));
}

function addTo(spans: readonly Span[], at: number, more: Omit<Span, 'at'>): Span[] {
  const running = spans.at(-1);
  if (running === undefined || running.at !== at) {
    return [...spans, { at, ...more }].filter(one => one.at >= at - limits.errors.spans);
  }
  const sum = {
    at,
    errors: running.errors + more.errors,
    packets: running.packets + more.packets,
    corrected: running.corrected + more.corrected,
  };
  return [...spans.slice(0, -1), sum];
}

export interface Rate {
  per_second: number;
  /** Infinite: errors, and not one packet. */
  per_packet: number;
}

/** Of the window that ends at t; between two samples nothing has moved. */
export function rateAt({ samples }: Meter, t: Us): Rate {
  const from = t - limits.errors.window_us;
  const begin = samples.findLast(one => one.t <= from) ?? samples[0];
  const end = samples.at(-1);
  if (begin === undefined || end === undefined) return { per_second: 0, per_packet: 0 };
  const errors = end.errors - begin.errors;
  const packets = end.packets - begin.packets;
  return {
    per_second: errors / (limits.errors.window_us / 1e6),
    per_packet: errors === 0 ? 0 : packets === 0 ? Number.POSITIVE_INFINITY : errors / packets,
  };
}

/** What of the errors rises; of the one span that is complete last. */
export interface Slopes {
  /** Errors per million packets, and whether they rise. */
  errors: { last: number; rising: boolean };
  /** Corrected errors per span. */
  corrected: { last: number; rising: boolean };
}

export function slopesAt({ since, spans }: Meter, t: Us): Slopes {
  const { spans: count, span_us, slope_errors, slope_corrected } = limits.errors;
  const now = Math.floor(t / span_us);
  // What went on before it began to count, nobody knows: it was not nothing.
  const whole = since !== null && since <= (now - count) * span_us;
  const all = Array.from({ length: count }, (_, i) =>
    spans.find(one => one.at === now - count + i),
  );
  const errors = all.map(one => one?.errors ?? 0);
  const corrected = all.map(one => one?.corrected ?? 0);
  const part = all.map(one =>
    one && one.errors > 0 ? (one.errors / Math.max(1, one.packets)) * 1e6 : 0,
  );
  return {
    errors: { last: part.at(-1)!, rising: whole && sum(errors) >= slope_errors && rises(part) },
    corrected: {
      last: corrected.at(-1)!,
      rising: whole && sum(corrected) >= slope_corrected && rises(corrected),
    },
  };
}

/**
 * By straight lines fitted through them (least squares). A burst is no slope: without the last span it rises already, and
 * it has not fallen since the middle.
 */
function rises(values: readonly number[]): boolean {
  const late = values.slice(-3);
  const keeps = late.every((value, i) => value > 0 && (i === 0 || value >= late[i - 1]!));
  const { rise } = limits.errors;
  return keeps && riseOf(values) >= rise && riseOf(values.slice(0, -1)) >= rise / 2;
}

/** How much the fitted line rises from end to end, in parts of the mean; 0 for nothing at all. */
function riseOf(values: readonly number[]): number {
  const n = values.length;
  const mean = sum(values) / n;
  const middle = (n - 1) / 2;
  const up = sum(values.map((value, x) => (x - middle) * (value - mean)));
  const across = sum(values.map((_, x) => (x - middle) ** 2));
  return mean === 0 ? 0 : ((up / across) * (n - 1)) / mean;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
