/** The machine's clock, but a test may say that it is later: what is due by then comes at once. */
import { type Clock, systemClock } from '../../../agent/time.ts';

let ahead_us = 0;
const pending = new Set<{ at_us: number; run: () => void }>();

export const clock: Clock = {
  monoUs: () => systemClock.monoUs() + ahead_us,
  wallUs: () => systemClock.wallUs() + ahead_us,
  after(ms, fn) {
    const timer = {
      at_us: clock.monoUs() + ms * 1000,
      run() {
        real.cancel();
        if (pending.delete(timer)) fn();
      },
    };
    const real = systemClock.after(ms, timer.run);
    pending.add(timer);
    return {
      cancel() {
        real.cancel();
        pending.delete(timer);
      },
    };
  },
};

export function later(ms: number): void {
  ahead_us += ms * 1000;
  for (const timer of [...pending]) if (timer.at_us <= clock.monoUs()) timer.run();
}
