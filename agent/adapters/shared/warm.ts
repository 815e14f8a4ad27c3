/**
 * Connections to one receiver that are kept open, and replaced as a whole when one of them hangs. For protocols that have a
 * connection of their own; HTTP has its pools.
 */
import { isYoung } from './settle.ts';

/** A new one is opened beside those that still open, so that a slow handshake is not begun anew for ever. */
const OPENING_MAX = 8;
/** While none is open, one is tried this often although nobody asks. */
const KEEP_MS = 5000;

export interface Connection {
  /** Settles once: resolved when it can be used, rejected with why not. */
  readonly ready: Promise<void>;
  state: 'opening' | 'open' | 'closed';
  /** At once; whoever waits for something on it learns of that. May come twice. */
  close(): void;
}

export interface WarmOptions<C> {
  /** Begins to open the n-th connection, counted from 0. */
  open(n: number): C;
  /** After this an attempt is overtaken by a fresh one, and after twice that it has ended, ms. */
  timeout_ms: number;
}

interface Held<C> {
  connection: C;
  at: number;
}

export class Warm<C extends Connection> {
  readonly #options: WarmOptions<C>;
  #held: Held<C>[] = [];
  /** Used no more, but may finish what was begun on them. */
  readonly #retired = new Map<C, NodeJS.Timeout>();
  #opened = 0;
  #keeper: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: WarmOptions<C>) {
    this.#options = options;
  }

  /** Rejects when none can be opened, with the reason of the newest. */
  async take(fresh: boolean): Promise<C> {
    if (this.#closed) throw new Error('the agent ends');
    this.#held = this.#held.filter(({ connection }) => connection.state !== 'closed');
    if (fresh) this.#refresh();
    if (this.#held.length === 0) this.#open();
    const now = this.current;
    if (now) return now;
    const opening = this.#held.map(({ connection }) => connection);
    await Promise.any(opening.map(({ ready }) => ready)).catch((error: AggregateError) => {
      throw error.errors.at(-1);
    });
    const opened = this.current;
    if (!opened) throw new Error('the connection was closed');
    return opened;
  }

  /** The newest that is open; null: none is. */
  get current(): C | null {
    return this.#held.findLast(({ connection }) => connection.state === 'open')?.connection ?? null;
  }

  /** New connections from now on, unless the newest is young: another alarm has seen to it. */
  #refresh(): void {
    const newest = this.#held.at(-1);
    if (newest && isYoung(newest.at, this.#options.timeout_ms)) return;
    for (const { connection } of this.#held) {
      if (connection.state === 'open') this.#retire(connection);
    }
    this.#held = this.#held.filter(({ connection }) => connection.state === 'opening');
    while (this.#held.length >= OPENING_MAX) this.#held.shift()?.connection.close();
    this.#open();
  }

  #open(): void {
    const connection = this.#options.open(this.#opened++);
    // Whoever takes it is told; the others must not end the process.
    connection.ready.catch(() => {});
    this.#held.push({ connection, at: performance.now() });
  }

  #retire(connection: C): void {
    const timer = setTimeout(() => {
      this.#retired.delete(connection);
      connection.close();
    }, 2 * this.#options.timeout_ms);
    this.#retired.set(connection, timer);
  }

  /** Opens one now, and again whenever none is left: the next alarm finds it open. `onChange`: null, or why there is none. */
  keep(onChange: (complaint: string | null) => void): void {
    if (this.#keeper) return;
    let complaint: string | null = null;
    const look = async () => {
      const reason = await this.take(false).then(
        () => null,
        (error: Error) => error.message,
      );
      if (reason !== complaint && !this.#closed) onChange(reason);
      complaint = reason;
    };
    this.#keeper = setInterval(() => void look(), KEEP_MS);
    this.#keeper.unref();
    void look();
  }

  /** May come twice. */
  close(): void {
    this.#closed = true;
    if (this.#keeper) clearInterval(this.#keeper);
    for (const timer of this.#retired.values()) clearTimeout(timer);
    const all = [...this.#retired.keys(), ...this.#held.map(({ connection }) => connection)];
    this.#retired.clear();
    this.#held = [];
    for (const connection of all) connection.close();
  }
}
