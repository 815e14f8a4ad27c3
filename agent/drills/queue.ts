/** A stream of values that somebody waits for one at a time, with a limit. */
export class Queue<T> {
  #values: T[] = [];
  #waiting: ((value: T | null) => void)[] = [];
  #ended = false;

  push(value: T): void {
    const next = this.#waiting.shift();
    if (next) next(value);
    else if (!this.#ended) this.#values.push(value);
  }

  /** No more values will come: whoever waits gets null. */
  end(): void {
    this.#ended = true;
    for (const next of this.#waiting.splice(0)) next(null);
  }

  /** The next value; null after the end. 'late' when none came within timeoutMs. */
  async next(timeoutMs: number): Promise<T | null | 'late'> {
    const [value] = this.#values.splice(0, 1);
    if (value !== undefined) return value;
    if (this.#ended) return null;
    return new Promise(resolve => {
      const settle = (value: T | null) => {
        clearTimeout(timer);
        resolve(value);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        resolve('late');
      }, timeoutMs);
      this.#waiting.push(settle);
    });
  }
}
