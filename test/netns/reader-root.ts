/** A folder for `pathwarden-reader --root`: made-up tools and a made-up /sys, and a client that checks every frame. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Test } from 'tap';
import { type FrameOf, frameSchema, type ReaderRequest } from '../../agent/wire.ts';
import { accepts } from '../../scripts/lab/accepts.ts';
import { until } from '../../scripts/lab/wait.ts';

const PROGRAM = resolve(import.meta.dirname, '../../build/native/pathwarden-reader');
const WAIT_MS = 60_000;

type ReaderFrame = FrameOf<'reader_hello' | 'reading' | 'hwmon' | 'edac' | 'snapshot' | 'refused'>;

export class ReaderRoot {
  readonly dir = mkdtempSync(join(tmpdir(), 'pathwarden-reader-'));

  constructor(t: Test) {
    chmodSync(this.dir, 0o755);
    t.teardown(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  file(name: string, text: string): void {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** A shell script in the place of a tool. */
  tool(name: string, body: string): void {
    this.file(`usr/sbin/${name}`, `#!/bin/sh\n${body}\n`);
    chmodSync(join(this.dir, 'usr/sbin', name), 0o755);
  }

  /** A SATA disk. */
  disk(name: string): void {
    this.file(`sys/devices/ata/${name}/device/type`, '0\n');
    mkdirSync(join(this.dir, 'sys/block'), { recursive: true });
    symlinkSync(`../devices/ata/${name}`, join(this.dir, 'sys/block', name));
  }

  remove(name: string): void {
    rmSync(join(this.dir, name), { recursive: true, force: true });
  }

  /** Starts the program with it. */
  start(t: Test, env: Record<string, string> = {}): Promise<Client> {
    return Client.start(t, join(this.dir, 'reader.sock'), ['--root', this.dir], env);
  }
}

export class Client {
  readonly frames: ReaderFrame[] = [];
  readonly child: ChildProcess;
  readonly #socket: Socket;
  ended = false;

  /** Starts the program, and ends it with the test. */
  static async start(
    t: Test,
    socket: string,
    options: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Client> {
    const argv = ['--socket', socket, '--agent-user', '0', ...options];
    const child = spawn(PROGRAM, argv, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    });
    const exited = new Promise<number | null>(done => child.once('exit', code => done(code)));
    t.teardown(async () => {
      child.kill('SIGTERM');
      const code = await exited;
      if (code !== 0) throw new Error(`it ended with ${code}`);
    });
    await until('the reader', () => accepts(socket), WAIT_MS);
    return new Client(t, child, connect(socket));
  }

  private constructor(t: Test, child: ChildProcess, socket: Socket) {
    this.child = child;
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', text => {
      // The agent takes the character for bytes that were no UTF-8.
      if (String(text).includes('\ufffd')) t.fail('bytes that are no UTF-8');
      const messages = `${rest}${text}`.split('\f');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const parsed = frameSchema.safeParse(JSON.parse(message));
        if (parsed.success) this.frames.push(parsed.data as ReaderFrame);
        else t.fail(`a frame that is none: ${message.slice(0, 200)}: ${parsed.error.message}`);
      }
    });
    socket.on('close', () => {
      this.ended = true;
    });
    t.teardown(() => socket.destroy());
    this.ask({ type: 'attach', data: {} });
  }

  ask(request: ReaderRequest): void {
    this.say(JSON.stringify(request));
  }

  say(text: string): void {
    this.#socket.write(`${text}\f`);
  }

  all<T extends ReaderFrame['type']>(type: T): FrameOf<T>['data'][] {
    return this.frames.flatMap(frame => (frame.type === type ? [frame.data] : [])) as never;
  }

  async next<T extends ReaderFrame['type']>(
    type: T,
    fits: (data: FrameOf<T>['data']) => boolean,
  ): Promise<FrameOf<T>['data']> {
    const found = () => this.all(type).filter(fits).slice(0, 1);
    const [first] = await until(`a ${type} frame`, () => found().length > 0 && found(), WAIT_MS, 5);
    return first!;
  }

  /** What a tool said of a subject, if it fits. */
  reading(
    tool: string,
    subject: string,
    fits: (data: FrameOf<'reading'>['data']) => boolean = () => true,
  ): Promise<FrameOf<'reading'>['data']> {
    return this.next(
      'reading',
      data => data.tool === tool && data.subject === subject && fits(data),
    );
  }

  /** The first round is done. */
  complete(): Promise<unknown> {
    return this.next('snapshot', ({ phase, complete }) => phase === 'end' && complete);
  }
}
