/**
 * Which alarms a destination knows of: once it was given one change of an alarm, it gets all that follow, until the end.
 */
import type { Us } from '../types.ts';

export interface Known {
  /** Of the alarm's notices, how many wait behind the lane, in memory. */
  behind: number;
  /** The alarm has notices on disk alone, if this is the epoch of the backlog. */
  far: number;
}

/** More than there can be active alarms: those of an agent that lost its state never end. */
const KNOWN_MAX = 10_000;

export class Routes {
  readonly #known = new Map<string, Known>();
  /** µs since 1970: alarms raised before are known, too (the spool of an earlier version does not say). */
  #before_us: Us = Number.NEGATIVE_INFINITY;

  get(alarm: string): Known | undefined {
    return this.#known.get(alarm);
  }

  isKnown(alarm: string, raised_wall_us: number): boolean {
    return this.#known.has(alarm) || raised_wall_us < this.#before_us;
  }

  knowsAllBefore(wall_us: number): void {
    this.#before_us = wall_us;
  }

  add(alarm: string, known: Known): void {
    this.#known.set(alarm, known);
  }

  /** True: it was known. */
  forget(alarm: string): boolean {
    return this.#known.delete(alarm);
  }

  /** Alarms that are known but not active any more, when there are too many. */
  stale(active: () => Iterable<string>): string[] {
    if (this.#known.size <= KNOWN_MAX) return [];
    const alive = new Set(active());
    return [...this.#known.keys()].filter(alarm => !alive.has(alarm));
  }
}
