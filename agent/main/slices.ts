/**
 * What one read of a socket brought, taken a slice at a time: in between the loop has its turn, so that an alarm goes out
 * while what came behind it is still being judged.
 */
import { monotonicUs } from '../time.ts';
import type { Us } from '../types.ts';

/** So long the loop belongs to what comes in; one that takes longer is a slice of its own. */
const SLICE_US = 5000;
/** Between two turns the loop reads what there is to be read. */
const TURNS_TO_READ = 2;

export class Slices {
  readonly #hold: (on: boolean) => void;
  readonly #nowUs: () => Us;
  #waiting: (() => void)[] = [];
  /** The oldest first. */
  #later: { t: Us; run: (t: Us) => void }[] = [];
  #held = false;
  /** Turns until what was held back has been read. */
  #unread = 0;
  /** Of the slice at hand; null: this turn has had none. */
  #ends: Us | null = null;
  #ended: Us = 0;
  #taking = false;
  #turn: NodeJS.Immediate | null = null;

  /** hold: whether no more is to be read meanwhile. nowUs: the clock of what is taken. */
  constructor(hold: (on: boolean) => void, nowUs = monotonicUs) {
    this.#hold = hold;
    this.#nowUs = nowUs;
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

  /**
   * Runs it, with the time of this call, when what happened before is taken: nothing waits or lies unread, or `reach` said
   * so. After a pause of the whole process much lies unread.
   */
  after(run: (t: Us) => void): void {
    this.#later.push({ t: this.#nowUs(), run });
    if (!this.behind) this.#unread = TURNS_TO_READ;
    this.#turn ??= setImmediate(this.#next);
  }

  /** All that happened until then is taken, whatever waits. */
  reach(t: Us): void {
    while (this.#later.length > 0 && this.#later[0]!.t <= t) {
      const one = this.#later.shift()!;
      one.run(one.t);
    }
  }

  #goOn(): void {
    const now = this.#nowUs();
    // While much waits, half of the loop at least: a commit after each slice may take longer than the slice.
    this.#ends ??= now + Math.max(SLICE_US, this.#held ? now - this.#ended : 0);
    this.#turn ??= setImmediate(this.#next);
    this.#taking = true;
    try {
      while (this.#waiting.length > 0 && this.#nowUs() < this.#ends) this.#waiting.shift()!();
    } finally {
      this.#taking = false;
      this.#ended = this.#nowUs();
    }
    const holds = this.#waiting.length > 0;
    if (holds === this.#held) return;
    this.#held = holds;
    this.#unread = TURNS_TO_READ;
    this.#hold(holds);
  }

  #next = (): void => {
    this.#turn = null;
    this.#ends = null;
    if (!this.#held && this.#unread > 0) this.#unread--;
    if (this.behind) this.#goOn();
    else this.reach(Number.POSITIVE_INFINITY);
  };

  /** All that waits, now: nothing follows it. */
  flush(): void {
    for (const run of this.#waiting.splice(0)) run();
    this.#held = false;
    this.reach(Number.POSITIVE_INFINITY);
  }

  /** Nothing that waits is taken any more; what was to come after it is. */
  close(): void {
    this.#waiting = [];
    this.#unread = 0;
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
    this.reach(Number.POSITIVE_INFINITY);
  }
}
