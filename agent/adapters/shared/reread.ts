/** Secrets and credentials whose files are read again while the agent runs, so that they can be exchanged. */
import type { Log } from '../../log.ts';
import { readSecret } from '../../secret.ts';

/** What was exchanged counts after this at the latest. */
const REREAD_MS = 5000;

export interface RereadOptions {
  /** Name of the adapter, for the log. */
  adapter: string;
  log: Log;
  /** Reads, and takes what it has read. Rejects when it cannot be used: what was there stays. */
  read(): Promise<void>;
}

export class Reread {
  readonly #options: RereadOptions;
  #timer: NodeJS.Timeout | null = null;
  #complaint = '';
  #reading = false;

  constructor(options: RereadOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => void this.#read(), REREAD_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    // On a file system that hangs each one more would hold up a thread that others need.
    if (this.#reading) return;
    this.#reading = true;
    const { adapter, log, read } = this.#options;
    let complaint = '';
    try {
      await read();
    } catch (error) {
      complaint = (error as Error).message;
    }
    this.#reading = false;
    if (complaint && complaint !== this.#complaint) {
      log.warn({ adapter, reason: complaint }, 'a secret cannot be read again; the last one stays');
    }
    this.#complaint = complaint;
  }
}

/** A secret that is a line of text. */
export interface RereadSecret {
  readonly text: string;
  start(): void;
  stop(): void;
}

/** @throws Error that names the file which cannot be used */
export async function openSecret(
  file: string,
  adapter: string,
  { log, hide }: { log: Log; hide(secret: string): void },
): Promise<RereadSecret> {
  let text = '';
  const read = async () => {
    text = await readSecret(file);
    hide(text);
  };
  await read();
  const reread = new Reread({ adapter, log, read });
  return {
    get text() {
      return text;
    },
    start: () => reread.start(),
    stop: () => reread.stop(),
  };
}
