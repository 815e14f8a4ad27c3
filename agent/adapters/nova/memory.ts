/**
 * What the adapter has done at Nova, in a file: Nova itself has no place for it, and after a restart the agent must not
 * raise a host that somebody else has forced down.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Log } from '../../log.ts';
import { parseJson } from '../shared/parse-json.ts';
import { within } from '../shared/settle.ts';
import type { Mark } from './plan.ts';

/** A disk that is slower does not hold up the VIM. */
const WAIT_MS = 20;

const stored = z.object({
  host: z.string(),
  ours: z.boolean(),
  alarms: z.array(z.string()),
});

export class Memory {
  mark: Mark = { ours: false, alarms: [] };
  readonly #file: string | null;
  readonly #host: string;
  readonly #log: Log;
  #saving: Promise<void> = Promise.resolve();

  /** Never rejects: without the file nothing is ours. */
  static async open(dir: string | undefined, name: string, host: string, log: Log) {
    const memory = new Memory(dir, name, host, log);
    await memory.#read();
    return memory;
  }

  private constructor(dir: string | undefined, name: string, host: string, log: Log) {
    this.#file = dir === undefined ? null : path.join(dir, `nova-${name}.json`);
    this.#host = host;
    this.#log = log;
  }

  async #read(): Promise<void> {
    if (this.#file === null) return;
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') this.#log.warn({ err: error }, 'what was done at Nova is lost');
      return null;
    });
    const read = text === null ? null : stored.safeParse(parseJson(text));
    if (read?.success && read.data.host === this.#host) {
      const { ours, alarms } = read.data;
      this.mark = { ours, alarms };
    }
  }

  /** Resolved when it is on disk, or after WAIT_MS. */
  async set(mark: Mark): Promise<void> {
    const { ours, alarms } = this.mark;
    this.mark = mark;
    if (this.#file === null || (ours === mark.ours && String(alarms) === String(mark.alarms)))
      return;
    this.#saving = this.#saving.then(() => this.#write());
    await within(this.#saving, WAIT_MS, () => {});
  }

  async #write(): Promise<void> {
    const file = this.#file as string;
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.new`, JSON.stringify({ host: this.#host, ...this.mark }), {
        mode: 0o600,
      });
      await rename(`${file}.new`, file);
    } catch (error) {
      this.#log.warn({ err: error }, 'what was done at Nova cannot be stored');
    }
  }
}
