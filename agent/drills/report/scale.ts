/** Where values lie on an axis. */

export interface Tick {
  value: number;
  /** Share of the axis, 0..1. */
  at: number;
}

export interface Scale {
  /** Share of the axis, clamped to 0..1. */
  at(value: number): number;
  /** Largest value on it. */
  end: number;
  ticks: Tick[];
}

/** 1, 2, 5 or 10 times a power of ten, at least `value`. */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const times = [1, 2, 5].find(n => n * power >= value * (1 - 1e-9)) ?? 10;
  return times * power;
}

/** From 0 to `max` or a little more, > 0; ticks at round values, `count` or fewer besides 0. */
export function linear(max: number, count: number): Scale {
  const end = Math.max(max, Number.MIN_VALUE);
  const step = nice(end / count);
  const ticks = Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => ({
    value: Number((i * step).toPrecision(12)),
    at: (i * step) / end,
  }));
  return { at: value => clamp(value / end), end, ticks };
}

/** As linear, and it ends at a tick. */
export function linearToTick(max: number, count: number): Scale {
  const step = nice(max / count);
  return linear(Math.ceil(max / step - 1e-9) * step, count);
}

/** Whole decades around the values > 0; what is smaller is clamped to its begin. */
export function logarithmic(min: number, max: number): Scale {
  const low = Math.floor(Math.log10(min) + 1e-9);
  const high = Math.max(Math.ceil(Math.log10(max) - 1e-9), low + 1);
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => ({
    value: 10 ** (low + i),
    at: i / (high - low),
  }));
  const end = 10 ** high;
  return {
    at: value => clamp(value <= 0 ? 0 : (Math.log10(value) - low) / (high - low)),
    end,
    ticks,
  };
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
