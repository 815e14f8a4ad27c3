/** Steady reads of a block device (reader.c), and how long each took. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Processes, type Running, tail } from './processes.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/reader');

export interface Read {
  /** µs CLOCK_MONOTONIC. */
  began_us: number;
  took_us: number;
  /** errno; 0: it was read. */
  error: number;
}

export class Reader {
  /** In order; one that is still waited for is not among them. */
  readonly reads: Read[] = [];
  readonly #running: Running;

  private constructor(running: Running) {
    this.#running = running;
    createInterface({ input: running.child.stdout! }).on('line', line => {
      const [began_us = 0, took_us = 0, error = 0] = line.split(' ').map(Number);
      this.reads.push({ began_us, took_us, error });
    });
  }

  /** Resolves when the first has been read. */
  static async start(processes: Processes, device: string, periodMs = 20): Promise<Reader> {
    const argv = [TOOL, device, String(periodMs * 1000)];
    const reader = new Reader(await processes.start('reader', argv, { piped: true }));
    await reader.#wait('the first read', () => reader.reads.length > 0);
    return reader;
  }

  /** The slowest of those that ended after then; waits until one has begun after `to_us` and ended: the device answers. */
  async slowest(from_us: number, to_us: number, timeoutMs = 60_000): Promise<Read> {
    await this.#wait(
      'a read after the cut',
      () => (this.reads.at(-1)?.began_us ?? 0) > to_us,
      timeoutMs,
    );
    return this.reads
      .filter(one => one.began_us + one.took_us > from_us && one.began_us < to_us)
      .reduce((worst, one) => (one.took_us > worst.took_us ? one : worst));
  }

  /** Waits for something about the reads, and fails early when they have ended. */
  async #wait(what: string, done: () => boolean, timeoutMs = 30_000): Promise<void> {
    await until(
      what,
      () => {
        if (this.#running.exit) throw new Error(tail(this.#running));
        return done();
      },
      timeoutMs,
    );
  }
}
