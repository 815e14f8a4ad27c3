/**
 * The agent's end of the helper's socket: attaches, checks every frame against the schema, and keeps the cursor from
 * which the helper goes on after an interruption.
 */
import { connect, type Link } from '../ipc.ts';
import type { Log } from '../log.ts';
import type { Us } from '../types.ts';
import type { Frame, HelperRequest } from '../wire.ts';
import { Frames } from './frames.ts';
import { Slices } from './slices.ts';

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
  readonly #frames: Frames;
  readonly #options: HelperOptions;
  readonly #link: Link;
  readonly #slices: Slices;
  #configured = '';
  #resyncedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#frames = new Frames(options);
    this.#slices = new Slices(on => this.#link.hold(on));
    this.#link = connect(options.socket, {
      log: options.log,
      maxReceived: 64 * 1024,
      onConnect: link => {
        this.#configured = '';
        link.send('attach', { cursor: this.cursor });
      },
      onMessage: (type, data) => this.#slices.take(() => this.#take(type, data)),
      onDisconnect: why => {
        this.#slices.flush();
        options.onLost(why.reason);
      },
    });
  }

  /** Frames wait to be judged. */
  get behind(): boolean {
    return this.#slices.behind;
  }

  /** Runs it, with the time of this call, when the frames of what happened before are judged. It must not throw. */
  after(run: (t: Us) => void): void {
    this.#slices.after(run);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Frames that did not fit, by type. */
  get misfits(): ReadonlyMap<string, number> {
    return this.#frames.misfits;
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
    this.#slices.close();
    this.#link.close();
  }

  #take(type: string, data: unknown): void {
    try {
      this.#receive(type, data);
    } catch (error) {
      this.#options.log.error({ err: error }, 'a frame could not be judged');
      this.#link.drop('a frame could not be judged');
    }
  }

  #receive(type: string, data: unknown): void {
    const seq = this.#advance(data);
    if (seq === 'seen') return;
    const frame = this.#frames.read(type, data);
    if (frame === null) return;
    if (seq === 'hole') this.#resync();
    this.#options.onFrame(frame);
    this.#slices.reach(frame.data.t_us);
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
