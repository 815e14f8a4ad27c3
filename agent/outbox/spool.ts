/** The near side of the worker: questions are promises, and a worker that dies is started again. */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import {
  nothingStored,
  type SpoolBatch,
  type SpoolContents,
  type SpoolQuestion,
  type SpoolQuestions,
  type SpoolReply,
  type SpoolRequest,
  type SpoolUse,
  type WorkerSettings,
} from './spool-protocol.ts';

/** The worker is a file beside this one: in development a source, in the release a bundle of its own. */
function workerUrl(): URL {
  const own = import.meta.url;
  return new URL(own.endsWith('.ts') ? './worker.ts' : './outbox-worker.mjs', own);
}

/** How long a question of somebody who waits may take. */
const ANSWER_WAIT_MS = 2000;

export interface Opened {
  contents: SpoolContents;
  /** Why it could not be opened; each commit tries again. */
  problem: string | null;
  locked: boolean;
  note: string | null;
}

interface Result {
  error: string | null;
  answer: unknown;
}

export class Spool {
  readonly #settings: WorkerSettings;
  readonly #waiting = new Map<number, (result: Result) => void>();
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  #lastId = 0;
  #closed = false;
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
        contents: nothingStored(),
        problem: reason,
        locked: false,
        note: null,
      });
      for (const id of [...this.#waiting.keys()]) this.#settle(id, { error: reason, answer: null });
    };
    worker.on('error', error => gone(`the spool's thread failed: ${String(error)}`));
    worker.on('exit', code => gone(`the spool's thread ended (${code})`));
  }

  /** Resolved when the batch is on disk, or with the reason why it is not, and how full it is. Never rejects. */
  async commit(batch: SpoolBatch): Promise<{ error: string | null; use: SpoolUse | null }> {
    const { error, answer } = await this.#post('commit', batch);
    return { error, use: answer as SpoolUse | null };
  }

  /** Rejects when it fails, or when the disk has not answered after `timeoutMs` (null: it may take its time). */
  async ask<Q extends Exclude<SpoolQuestion, 'commit' | 'close'>>(
    op: Q,
    ask: SpoolQuestions[Q]['ask'],
    timeoutMs: number | null = ANSWER_WAIT_MS,
  ): Promise<SpoolQuestions[Q]['answer']> {
    const result = await within(this.#post(op, ask), timeoutMs);
    if (result === null) throw new Error('the disk does not answer');
    if (result.error !== null) throw new Error(result.error);
    return result.answer as SpoolQuestions[Q]['answer'];
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
    const asked = worker && this.#post('close', null);
    // From here on: a thread that is started again would keep the lock, and the process.
    this.#closed = true;
    if (!worker) return true;
    const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));
    const done = Promise.resolve(asked).then(() => exited.then(() => true));
    const inTime = (await within(done, timeoutMs)) ?? false;
    // A thread that waits for the disk cannot be ended, only left behind.
    if (!inTime) void worker.terminate();
    worker.unref();
    this.#port?.close();
    this.#port = null;
    this.#worker = null;
    return inTime;
  }

  #post<Q extends SpoolQuestion>(op: Q, ask: SpoolQuestions[Q]['ask']): Promise<Result> {
    return new Promise(resolve => {
      if (this.#closed) {
        resolve({ error: 'the spool is closed', answer: null });
        return;
      }
      if (!this.#worker) this.#start();
      const id = ++this.#lastId;
      this.#waiting.set(id, resolve);
      this.#port?.postMessage({ op, id, ask } as SpoolRequest);
    });
  }

  #receive(message: SpoolReply): void {
    if (message.op === 'result') {
      this.#settle(message.id, message);
      return;
    }
    const { contents, problem, locked, note } = message;
    const onOpened = this.#onOpened ?? (this.#read || problem !== null ? null : this.#onLate);
    this.#read ||= problem === null;
    this.#onOpened = null;
    onOpened?.({ contents, problem, locked, note });
  }

  #settle(id: number, result: Result): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(result);
  }
}

/** Null: it took longer. */
export async function within<T>(promise: Promise<T>, timeoutMs: number | null): Promise<T | null> {
  if (timeoutMs === null) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}
