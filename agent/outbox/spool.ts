/** The near side of the worker: commits are promises, and a worker that dies is started again. */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type {
  SpoolBatch,
  SpoolContents,
  SpoolReply,
  SpoolRequest,
  WorkerSettings,
} from './spool-protocol.ts';

/** The worker is a file beside this one: in development a source, in the release a bundle of its own. */
function workerUrl(): URL {
  const own = import.meta.url;
  return new URL(own.endsWith('.ts') ? './worker.ts' : './outbox-worker.mjs', own);
}

export interface Opened {
  contents: SpoolContents;
  /** Why it could not be opened; each commit tries again. */
  problem: string | null;
  locked: boolean;
  note: string | null;
}

export class Spool {
  readonly #settings: WorkerSettings;
  readonly #waiting = new Map<number, (error: string | null) => void>();
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  #lastId = 0;
  #onOpened: ((opened: Opened) => void) | null = null;
  /** What was on disk has been told. A thread that was started again tells it again, then in vain. */
  #read = false;
  readonly #onLate: (opened: Opened) => void;

  /** onLate: what was on disk, if that could not be read when `open` was resolved. */
  constructor(settings: WorkerSettings, onLate: (opened: Opened) => void) {
    this.#settings = settings;
    this.#onLate = onLate;
  }

  /** Starts the worker; resolved when it has read what is there, however long the disk takes. */
  open(): Promise<Opened> {
    return new Promise(resolve => {
      this.#onOpened = resolve;
      this.#start();
    });
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(workerUrl(), {
      name: 'outbox',
      workerData: { port: port2, settings: this.#settings },
      transferList: [port2],
    });
    this.#worker = worker;
    this.#port = port1;
    port1.on('message', (message: SpoolReply) => this.#receive(message));
    const gone = (reason: string) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#port = null;
      port1.close();
      this.#receive({
        op: 'opened',
        contents: { rows: [], meta: [] },
        problem: reason,
        locked: false,
        note: null,
      });
      for (const id of [...this.#waiting.keys()]) this.#settle(id, reason);
    };
    worker.on('error', error => gone(`the spool's thread failed: ${String(error)}`));
    worker.on('exit', code => gone(`the spool's thread ended (${code})`));
  }

  /** Resolved with null when the batch is on disk, or with the reason why it is not. Never rejects. */
  commit(batch: SpoolBatch): Promise<string | null> {
    return this.#ask({ op: 'commit', batch });
  }

  /** Takes replies that have come but were not dispatched yet because our own loop was late. */
  drain(): void {
    while (this.#port) {
      const received = receiveMessageOnPort(this.#port);
      if (!received) return;
      this.#receive(received.message as SpoolReply);
    }
  }

  /** Writes what was committed before, and ends the worker. False: the disk did not answer within `timeoutMs`. */
  async close(timeoutMs: number): Promise<boolean> {
    const worker = this.#worker;
    if (!worker) return true;
    const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));
    const late = Symbol();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof late>(resolve => {
      timer = setTimeout(() => resolve(late), timeoutMs);
    });
    const done = this.#ask({ op: 'close' }).then(() => exited);
    const inTime = (await Promise.race([done, timeout])) !== late;
    clearTimeout(timer);
    // A thread that waits for the disk cannot be ended, only left behind.
    if (!inTime) void worker.terminate();
    worker.unref();
    this.#port?.close();
    this.#port = null;
    this.#worker = null;
    return inTime;
  }

  #ask(request: { op: 'commit'; batch: SpoolBatch } | { op: 'close' }): Promise<string | null> {
    return new Promise(resolve => {
      if (!this.#worker) this.#start();
      const id = ++this.#lastId;
      this.#waiting.set(id, resolve);
      this.#port?.postMessage({ ...request, id } satisfies SpoolRequest);
    });
  }

  #receive(message: SpoolReply): void {
    if (message.op === 'result') {
      this.#settle(message.id, message.error);
      return;
    }
    const { contents, problem, locked, note } = message;
    const onOpened = this.#onOpened ?? (this.#read || problem !== null ? null : this.#onLate);
    this.#read ||= problem === null;
    this.#onOpened = null;
    onOpened?.({ contents, problem, locked, note });
  }

  #settle(id: number, error: string | null): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(error);
  }
}
