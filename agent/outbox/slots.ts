/** How many attempts of one destination run at a time: first attempts go before retries, and never wait for their slots. */

const FIRST_MAX = 256;
const RETRY_MAX = 64;

export class Slots {
  #running = 0;
  readonly #first: (() => boolean)[] = [];
  readonly #retries: (() => boolean)[] = [];
  readonly #idle: (() => void)[] = [];

  /** Calls `run` when a slot is free, at the earliest now. If it returns true it has the slot, and `free` must follow once. */
  take(first: boolean, run: () => boolean): void {
    (first ? this.#first : this.#retries).push(run);
    this.#next();
  }

  free(): void {
    this.#running -= 1;
    this.#next();
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolved when nothing runs, or after `timeoutMs`. */
  idle(timeoutMs: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    while (this.#running < FIRST_MAX) {
      const run =
        this.#first.shift() ?? (this.#running < RETRY_MAX ? this.#retries.shift() : undefined);
      if (!run) return;
      if (run()) this.#running += 1;
    }
  }
}
