/** A helper by itself, and its frames as they come: for tests that need no agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Test } from 'tap';
import {
  type Frame,
  type FrameOf,
  type FrameType,
  frameSchema,
  type HelperRequest,
} from '../../agent/wire.ts';
import { inNetns, untapped } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';

const PROGRAM = resolve(import.meta.dirname, '../../build/native/pathwarden-helper');
export const socketOf = (n: number) => `/run/pathwarden-test${n === 0 ? '' : `-${n}`}.sock`;
const WAIT_MS = 60_000;
let started = 0;

export type Configure = Extract<HelperRequest, { type: 'configure' }>['data'];
/** Watched when nothing is named. */
const NOTHING: Configure = {
  ports: [],
  unacked_ms: 50,
  unanswered_ms: 200,
  probes: [],
  bfd: [],
  io_stalled_ms: 1000,
};

/** A client of a helper that somebody else has started. */
export class Attached {
  /** In the order of their coming; each fits its schema, or the test fails. */
  readonly frames: Frame[] = [];
  readonly #socket: Socket;

  protected constructor(t: Test, socket: Socket) {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', text => {
      const messages = `${rest}${text}`.split('\f');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const parsed = frameSchema.safeParse(JSON.parse(message));
        if (parsed.success) this.frames.push(parsed.data);
        else t.fail(`a frame that is none: ${message}: ${parsed.error.message}`);
      }
    });
  }

  /** By its socket; detached with the test. */
  static async to(t: Test, path: string): Promise<Attached> {
    const attached = new Attached(t, await until('the helper', async () => await open(path)));
    t.teardown(() => attached.detach());
    await attached.attach();
    return attached;
  }

  /** What it sees; waits for links and routes. */
  protected async attach(): Promise<void> {
    this.#socket.write(`${JSON.stringify({ type: 'attach', data: { cursor: null } })}\f`);
    await this.next('snapshot', ({ source, phase }) => source === 'rtnl' && phase === 'end');
  }

  detach(): void {
    this.#socket.destroy();
  }

  get hello(): FrameOf<'hello'>['data'] {
    const found = this.frames.find(frame => frame.type === 'hello');
    if (found?.type !== 'hello') throw new Error('no hello');
    return found.data;
  }

  ask(request: HelperRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\f`);
  }

  /** It is to watch this, and nothing else. */
  configure(what: Partial<Configure>): void {
    this.ask({ type: 'configure', data: { ...NOTHING, ...what } });
  }

  /** Asks for all there is, and waits for the end of what this source says; what it says is told after the time given back. */
  async snapshot(of: string): Promise<{ asked_us: number; complete: boolean }> {
    const asked_us = nowUs();
    this.ask({ type: 'snapshot', data: {} });
    const isEnd = ({ source, phase }: FrameOf<'snapshot'>['data']) =>
      source === of && phase === 'end';
    const { complete } = await this.next('snapshot', isEnd, asked_us);
    return { asked_us, complete };
  }

  /** What of a type came with a time after `from_us`. */
  all<T extends FrameType>(type: T, from_us = 0): FrameOf<T>['data'][] {
    const ofType = this.frames.filter(({ type: one }) => one === type) as FrameOf<T>[];
    return ofType.map(({ data }) => data as FrameOf<T>['data']).filter(one => one.t_us > from_us);
  }

  /** The first frame of a type after `from_us` that fits; waits for it. */
  async next<T extends FrameType>(
    type: T,
    fits: (data: FrameOf<T>['data']) => boolean = () => true,
    from_us = 0,
  ): Promise<FrameOf<T>['data']> {
    const found = () => this.all(type, from_us).filter(fits).slice(0, 1);
    const [first] = await until(`a ${type} frame`, () => found().length > 0 && found(), WAIT_MS, 3);
    return first!;
  }
}

export class Helper extends Attached {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #said = '';

  private constructor(t: Test, child: ChildProcess, exited: Promise<void>, socket: Socket) {
    super(t, socket);
    this.#child = child;
    this.#exited = exited;
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.#said += text;
    });
  }

  /** Starts it with these options besides its socket, and ends it with the test. */
  static start(t: Test, ...options: string[]): Promise<Helper> {
    return Helper.startIn(t, null, ...options);
  }

  /** The same in a network namespace; null: our own. */
  static async startIn(t: Test, netns: string | null, ...options: string[]): Promise<Helper> {
    const path = socketOf(started++);
    const words = [PROGRAM, '--socket', path, '--agent-user', '0', ...options];
    const [file = '', ...args] = untapped(netns === null ? words : inNetns(netns, words));
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = new Promise<void>(done => child.once('exit', () => done()));
    const socket = await until('the helper', async () => await open(path), WAIT_MS);
    const helper = new Helper(t, child, exited, socket);
    t.teardown(async () => {
      await helper.end('SIGTERM');
      rmSync(path, { force: true });
    });
    await helper.attach();
    return helper;
  }

  /** Ends the process, and waits until it has gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.detach();
    this.#child.kill(signal);
    await this.#exited;
  }

  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child.pid!;
  }
}

function open(path: string): Promise<Socket | null> {
  if (!existsSync(path)) return Promise.resolve(null);
  return new Promise(done => {
    const socket = connect(path);
    socket.once('connect', () => done(socket));
    socket.once('error', () => done(null));
  });
}
