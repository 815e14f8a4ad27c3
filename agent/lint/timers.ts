/** How late timers may be. */

/**
 * A time-out of the kernel's timer wheel (timer_list, delayed_work) as it may come: never early, and late by an eighth at
 * most (kernel/time/timer.c: "the granularity of the levels"). Measured here with 250 ticks a second: TCP's second
 * time-out of 424 ms took 440, a NOP-Out of 5 s 5.23.
 */
export const late = (ms: number): number => ms * LATE;

/** The longest time-out that is over within `ms`. */
export const inTime = (ms: number): number => Math.floor(ms / LATE);

const LATE = 1.125;

/** A round time-out of at most `ms` to propose; more often than every 10 ms is a load, less than every 100 no saving. */
export const upTo100 = (ms: number): number =>
  Math.max(10, Math.min(100, 10 * Math.floor(ms / 10)));
