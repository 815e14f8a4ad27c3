/**
 * The agent's end of the helper's socket: attaches, checks every frame against the schema, and keeps the cursor from
 * which the helper goes on after an interruption.
 */
import { connect, type Link } from '../ipc.ts';
import type { Log } from '../log.ts';
import type { Frame, HelperRequest } from '../wire.ts';
import { frameSchema } from '../wire.ts';

/** What names a frame for ever, with the boot's id. */
export interface Cursor {
  epoch: number;
  seq: number;
}

export interface HelperOptions {
  /** Absolute path of the helper's socket. */
  socket: string;
  log: Log;
  onFrame(frame: Frame): void;
  /** Frames were missed, or one did not fit: what is wrong and since when nothing can be concluded. */
  onMisfit(type: string, problem: string): void;
  onLost(reason: string): void;
}

/** A hole in the sequence is answered by a new snapshot, this often at most. */
const RESYNC_MS = 1000;

export class Helper {
  /** Of the last frame that was judged; null: none yet. */
  cursor: Cursor | null = null;
  /** Frames that did not fit, by type. */
  readonly misfits = new Map<string, number>();
  readonly #options: HelperOptions;
  readonly #link: Link;
  #configured = '';
  #resyncedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#link = connect(options.socket, {
      log: options.log,
      maxReceived: 64 * 1024,
      onConnect: link => {
        this.#configured = '';
        link.send('attach', { cursor: this.cursor });
      },
      onMessage: (type, data) => this.#receive(type, data),
      onDisconnect: why => options.onLost(why.reason),
    });
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Sends what is new; the helper keeps it until it or we are restarted. */
  configure(request: Extract<HelperRequest, { type: 'configure' }>): void {
    const text = JSON.stringify(request.data);
    if (text === this.#configured) return;
    if (this.#link.send(request.type, request.data)) this.#configured = text;
  }

  /** Asks for every packet's word on the flows for so long, 100..30000 ms. */
  trace(for_ms: number): void {
    this.#link.send('trace', { for_ms });
  }

  /** Asks what each flow's socket knows; false: it is not connected. */
  flowStats(): boolean {
    return this.#link.send('flow_stats', {});
  }

  /** Its answer is a frame. */
  steer(request: Extract<HelperRequest, { type: 'steer' }>): void {
    this.#link.send(request.type, request.data);
  }

  close(): void {
    this.#link.close();
  }

  #receive(type: string, data: unknown): void {
    const parsed = frameSchema.safeParse({ type, data });
    const seq = this.#advance(data);
    if (seq === 'seen') return;
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      this.#misfit(type, `${issue?.path.slice(1).join('.')}: ${issue?.message}`);
      return;
    }
    if (seq === 'hole') this.#resync();
    this.#options.onFrame(parsed.data);
  }

  /** Frames made for one client have no number (seq 0). */
  #advance(data: unknown): 'next' | 'hole' | 'seen' {
    const { epoch, seq } = (data ?? {}) as Partial<Cursor>;
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq) || !seq) return 'next';
    const last = this.cursor;
    this.cursor = { epoch: epoch!, seq };
    if (last === null || last.epoch !== epoch) return 'next';
    if (seq <= last.seq) {
      this.cursor = last;
      return 'seen';
    }
    return seq === last.seq + 1 ? 'next' : 'hole';
  }

  #misfit(type: string, problem: string): void {
    const kind = type.slice(0, 32);
    const count = (this.misfits.get(kind) ?? 0) + 1;
    // A hostile peer shall not fill the memory with names.
    if (this.misfits.has(kind) || this.misfits.size < 64) this.misfits.set(kind, count);
    if (count === 1)
      this.#options.log.error({ frame: kind, problem }, 'a frame does not fit its schema');
    this.#options.onMisfit(kind, problem);
  }

  #resync(): void {
    const now = performance.now();
    if (now - this.#resyncedMs < RESYNC_MS) return;
    this.#resyncedMs = now;
    this.#options.log.warn(
      { cursor: this.cursor },
      'frames are missing: a new snapshot is asked for',
    );
    this.#link.send('snapshot', {});
  }
}
