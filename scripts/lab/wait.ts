/** Waiting for a condition, and the clock that every part of the product shares. */
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** µs of CLOCK_MONOTONIC, the clock of the frames, the drills and fio's logs. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export class WaitTimeout extends Error {}

/**
 * Polls until `probe` gives something other than undefined, null or false, and returns it. Throws WaitTimeout naming `what`
 * (and the last error that the probe threw) after timeoutMs.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 10_000,
  everyMs = 20,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false)
        return found as Exclude<T, undefined | null | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new WaitTimeout(
        `gave up after ${timeoutMs} ms waiting for ${what}${last ? `: ${(last as Error).message}` : ''}`,
      );
    await sleep(everyMs);
  }
}
