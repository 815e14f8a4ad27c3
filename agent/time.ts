/** Clocks. Everything that reads one takes a `Clock`, so that tests can give it theirs. */
import { readFileSync } from 'node:fs';
import type { Stamp, Us } from './types.ts';

export interface Clock {
  /** µs of CLOCK_MONOTONIC, comparable with the helper's times of the same boot. */
  monoUs(): Us;
  /** µs since 1970 (UTC); may step. */
  wallUs(): number;
  /** Calls `fn` once, `ms` (≥ 0) from now, unless cancelled. */
  after(ms: number, fn: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout's limit; above it Node fires at once. */
const TIMEOUT_MAX_MS = 0x7fffffff;

/** Now, µs of CLOCK_MONOTONIC: on Linux process.hrtime reads that clock. Exact up to 285 years of uptime. */
export function monotonicUs(): Us {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Now, µs since 1970 (UTC), with the resolution of ms that JavaScript has. */
export function wallUs(): number {
  return Date.now() * 1000;
}

/** A timer that fires later than this: the loop did not turn. */
const LATE_US = 20_000;

/**
 * Calls `fn` once, `ms` from now, unless cancelled; until then the process lives. After a pause of the whole process what
 * lies unread comes first: the answer may be there that the timer would miss.
 */
export const startTimer = (ms: number, fn: () => void): Timer => begin(ms, fn, true);

function begin(ms: number, fn: () => void, alive: boolean): Timer {
  const due_us = monotonicUs() + 1000 * ms;
  let turn: NodeJS.Immediate | undefined;
  const fire = () => {
    if (monotonicUs() - due_us < LATE_US) fn();
    else
      turn = setImmediate(() => {
        turn = setImmediate(fn);
      });
  };
  const timer = setTimeout(fire, clamp(ms, 0, TIMEOUT_MAX_MS));
  if (!alive) timer.unref();
  return {
    cancel: () => {
      clearTimeout(timer);
      clearImmediate(turn);
    },
  };
}

/** The clock of this machine, with timers as startTimer's that do not keep the process alive. */
export const systemClock: Clock = {
  monoUs: monotonicUs,
  wallUs,
  after: (ms, fn) => begin(ms, fn, false),
};

/** `value` within [low, high]; NaN becomes `low`. */
export function clamp(value: number, low: number, high: number): number {
  return Number.isNaN(value) ? low : Math.min(high, Math.max(low, value));
}

/** This boot's id (random UUID, /proc/sys/kernel/random/boot_id; proc(5)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The stamp of a monotonic time of this boot. wall_offset_us: CLOCK_REALTIME − CLOCK_MONOTONIC, from the helper's heartbeat. */
export function stamp(boot_id: string, mono_us: Us, wall_offset_us: number): Stamp {
  return { boot_id, mono_us, wall_us: mono_us + wall_offset_us };
}

/** CLOCK_REALTIME − CLOCK_MONOTONIC in µs, ± 1 ms: good until the helper's first heartbeat. */
export function wallOffsetUs(clock: Clock = systemClock): number {
  return clock.wallUs() - clock.monoUs();
}

/** RFC 3339 in UTC with µs: `2026-03-04T05:06:07.000890Z`. */
export function isoTime(wall_us: number): string {
  const whole = Math.floor(wall_us / 1000);
  const micros = Math.floor(wall_us) - whole * 1000;
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
