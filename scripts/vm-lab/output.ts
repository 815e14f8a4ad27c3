/** What the guest prints after the last byte of the command's output: its ports have no end of file. */
const END = Buffer.from('\0pathwarden-vm-end\0');

/** Hands on a stream up to the end mark. */
export class Output {
  ended = false;
  #held = Buffer.alloc(0);
  readonly #hand: (text: Buffer) => void;

  constructor(hand: (text: Buffer) => void) {
    this.#hand = hand;
  }

  write(chunk: Buffer): void {
    if (this.ended) return;
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const end = all.indexOf(END);
    this.ended = end >= 0;
    // The mark may be cut in two by the chunks.
    const mark = all.indexOf(0, Math.max(0, all.length - END.length + 1));
    const upTo = this.ended ? end : mark >= 0 ? mark : all.length;
    this.#held = Buffer.from(all.subarray(upTo));
    if (upTo > 0) this.#hand(all.subarray(0, upTo));
  }

  flush(): void {
    if (!this.ended && this.#held.length > 0) this.#hand(this.#held);
    this.ended = true;
  }
}
