/**
 * The agent's end of the reader's socket. A host may do without a reader: unless the configuration says otherwise, one that
 * was never there is not missed.
 */
import type { Config } from '../config.ts';
import type { Status } from '../control/protocol.ts';
import { connect, type Link } from '../ipc.ts';
import type { Log } from '../log.ts';
import { sight } from '../probes/self/observations.ts';
import { monotonicUs } from '../time.ts';
import type { Observation } from '../types.ts';
import type { Frame, FrameOf, ReaderRequest } from '../wire.ts';
import { Frames } from './frames.ts';

export interface ReaderOptions {
  config: Config['reader'];
  log: Log;
  onFrame(frame: Frame): void;
  onMisfit(type: string, problem: string): void;
  /** Of a reader that must be there and is not. */
  onSight(seen: Observation): void;
}

/** The longest reading: each byte of its output may take six in JSON (native/reader.h, READER_MESSAGE_MAX). */
const MESSAGE_MAX = 800 * 1024;
/** What it tells is slow anyway, and many hosts have none. */
const RETRY_MAX_MS = 5000;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #frames: Frames;
  #link: Link | null = null;
  #hello: FrameOf<'reader_hello'>['data'] | null = null;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#frames = new Frames(options);
  }

  /** Tells at once what can be said without it. */
  start(): void {
    const { config, log, onSight } = this.#options;
    const say = (value: 'blind' | 'degraded', reason: string) =>
      onSight(sight(monotonicUs(), 'reader', value, reason));
    // An earlier run may have missed it.
    if (config.use === 'off') {
      say('degraded', 'the configuration does without it');
      return;
    }
    if (config.use === 'on') say('blind', 'the reader is not connected');
    this.#link = connect(config.socket, {
      ...{ log, maxReceived: MESSAGE_MAX, retryMaxMs: RETRY_MAX_MS },
      onConnect: link => void link.send('attach', {}),
      onMessage: (type, data) => this.#receive(type, data),
      onDisconnect: why => this.#lose(why.reason),
    });
  }

  /** Has a tool run now rather than when it is due; what it says comes as a frame if it is news. */
  read(data: Extract<ReaderRequest, { type: 'read' }>['data']): void {
    if (this.#hello) this.#link?.send('read', data);
  }

  get state(): Status['reader'] {
    const { use } = this.#options.config;
    const { version = null, tools = [] } = this.#hello ?? {};
    return { use, connected: this.#hello !== null, version, tools };
  }

  close(): void {
    this.#link?.close();
  }

  #receive(type: string, data: unknown): void {
    const frame = this.#frames.read(type, data, isOfReader);
    if (frame === null) return;
    if (frame.type === 'reader_hello') this.#hello = frame.data;
    if (frame.type === 'refused')
      this.#options.log.error(frame.data, 'the reader refused a request');
    else this.#options.onFrame(frame);
  }

  #lose(reason: string): void {
    if (this.#hello === null) return;
    const { boot_id, epoch } = this.#hello;
    this.#hello = null;
    // Nothing is kept for us there, so it is no loss of the kind that is made good (seq 0).
    const head = { boot_id, epoch, seq: 1, t_us: monotonicUs() };
    this.#options.onFrame({ type: 'lost', data: { ...head, source: 'reader', count: 0, reason } });
  }
}

/** It is to be believed on nothing else. */
function isOfReader(frame: Frame): boolean {
  switch (frame.type) {
    case 'reader_hello':
    case 'reading':
    case 'hwmon':
    case 'edac':
    case 'refused':
      return true;
    case 'snapshot':
      return frame.data.source === 'reader';
    default:
      return false;
  }
}
