/**
 * What one read of a socket brought, taken a slice at a time: in between the loop has its turn, so that an alarm goes out
 * while what came behind it is still being judged.
 */

/** So long the loop belongs to what comes in; one that takes longer is a slice of its own. */
const SLICE_MS = 5;
/** Between two turns the loop reads what there is to be read. */
const TURNS_TO_READ = 2;

export class Slices {
  readonly #hold: (on: boolean) => void;
  readonly #nowMs: () => number;
  #waiting: (() => void)[] = [];
  #held = false;
  /** Turns until what was held back has been read. */
  #unread = 0;
  #ends = 0;
  #taking = false;
  #turn: NodeJS.Immediate | null = null;

  /** hold: whether no more is to be read meanwhile. nowMs: any clock in ms. */
  constructor(hold: (on: boolean) => void, nowMs = () => performance.now()) {
    this.#hold = hold;
    this.#nowMs = nowMs;
  }

  /** Something waits, or may wait unread: what is known is not what is so. */
  get behind(): boolean {
    return this.#waiting.length > 0 || this.#unread > 0;
  }

  /** In the order of their coming: at once, or in a later turn of the loop. */
  take(run: () => void): void {
    this.#waiting.push(run);
    if (!this.#taking) this.#goOn();
  }

  #goOn(): void {
    if (this.#turn === null) {
      this.#ends = this.#nowMs() + SLICE_MS;
      this.#turn = setImmediate(this.#next);
    }
    this.#taking = true;
    try {
      while (this.#waiting.length > 0 && this.#nowMs() < this.#ends) this.#waiting.shift()!();
    } finally {
      this.#taking = false;
    }
    const holds = this.#waiting.length > 0;
    if (holds === this.#held) return;
    this.#held = holds;
    this.#unread = TURNS_TO_READ;
    this.#hold(holds);
  }

  #next = (): void => {
    this.#turn = null;
    if (!this.#held && this.#unread > 0) this.#unread--;
    if (this.behind) this.#goOn();
  };

  /** All that waits, now: nothing follows it. */
  flush(): void {
    for (const run of this.#waiting.splice(0)) run();
    this.#held = false;
  }

  /** Nothing of it is taken any more. */
  close(): void {
    this.#waiting = [];
    this.#unread = 0;
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
  }
}
