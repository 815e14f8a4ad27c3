/** A busy machine keeps a guest waiting for a processor, and then each time that is measured in it is the machine's. */
import type { Test } from 'tap';
import type { RepeatReport } from '../../agent/drills/report.ts';
import { nowUs } from '../../scripts/lab/wait.ts';

/** A failover during which the machine was away for longer proves nothing. */
export const AWAY_US = 250_000;

/** When this process itself did not get to run in time: the machine is busy, and what it measures then is its own. */
export class Pulse {
  readonly #late: { from_us: number; to_us: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #last = nowUs();

  constructor() {
    this.#timer = setInterval(() => {
      const now = nowUs();
      if (now - this.#last > 2 * Pulse.#every_ms * 1000)
        this.#late.push({ from_us: this.#last, to_us: now });
      this.#last = now;
    }, Pulse.#every_ms);
  }
  static readonly #every_ms = 50;

  /** The longest time, µs, that it was away between those two. */
  away(from_us: number, to_us: number): number {
    const inside = this.#late.filter(one => one.to_us > from_us && one.from_us < to_us);
    return Math.max(0, ...inside.map(one => one.to_us - one.from_us));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * The repeats of a drill that say something: not those that are no PASS while the machine was away. Fails when none is left.
 */
export function judged(t: Test, pulse: Pulse, repeats: readonly RepeatReport[]): RepeatReport[] {
  const left = repeats.filter((repeat, i) => {
    const cut_us = repeat.cut_us ?? 0;
    const away_us = pulse.away(cut_us - AWAY_US, repeat.flowing_us ?? cut_us + 2_000_000);
    if (repeat.verdict === 'PASS' || away_us < AWAY_US) return true;
    const away_ms = Math.round(away_us / 1000);
    t.comment(`repeat ${i + 1}: ${repeat.verdict} while the machine was away for ${away_ms} ms`);
    return false;
  });
  t.ok(left.length > 0, 'a repeat was undisturbed');
  return left;
}
