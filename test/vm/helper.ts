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
import { until } from '../../scripts/lab/wait.ts';

const PROGRAM = resolve(import.meta.dirname, '../../build/native/pathwarden-helper');
const socketOf = (n: number) => `/run/pathwarden-test${n === 0 ? '' : `-${n}`}.sock`;
const WAIT_MS = 60_000;
let started = 0;

export class Helper {
  /** In the order of their coming; each fits its schema, or the test fails. */
  readonly frames: Frame[] = [];
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #exited: Promise<void>;
  #said = '';

  private constructor(
    child: ChildProcess,
    exited: Promise<void>,
    socket: Socket,
    onBad: (text: string) => void,
  ) {
    this.#child = child;
    this.#exited = exited;
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', text => {
      const messages = `${rest}${text}`.split('\f');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const parsed = frameSchema.safeParse(JSON.parse(message));
        if (parsed.success) this.frames.push(parsed.data);
        else onBad(`${message}: ${parsed.error.message}`);
      }
    });
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
    const helper = new Helper(child, exited, socket, bad => t.fail(`a frame that is none: ${bad}`));
    t.teardown(async () => {
      await helper.end('SIGTERM');
      rmSync(path, { force: true });
    });
    socket.write(`${JSON.stringify({ type: 'attach', data: { cursor: null } })}\f`);
    await helper.next('snapshot', ({ source, phase }) => source === 'rtnl' && phase === 'end');
    return helper;
  }

  /** Ends the process, and waits until it has gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.#socket.destroy();
    this.#child.kill(signal);
    await this.#exited;
  }

  get said(): string {
    return this.#said;
  }

  get hello(): FrameOf<'hello'>['data'] {
    const found = this.frames.find(frame => frame.type === 'hello');
    if (found?.type !== 'hello') throw new Error('no hello');
    return found.data;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask(request: HelperRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\f`);
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

function open(path: string): Promise<Socket | null> {
  if (!existsSync(path)) return Promise.resolve(null);
  return new Promise(done => {
    const socket = connect(path);
    socket.once('connect', () => done(socket));
    socket.once('error', () => done(null));
  });
}
