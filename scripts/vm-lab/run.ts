/** One guest or two linked ones, from their options to an exit code. */
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DIED, FIRST_LINK_FD, Guest, type Outcome } from './guest.ts';
import { type Options, UsageError } from './options.ts';
import type { Shape } from './qemu.ts';
import type { Trees } from './trees.ts';

export const say = (text: string) => process.stderr.write(`vm: ${text}\n`);
const NODE_FOLDER = resolve(import.meta.dirname, '../../node_modules/.bin');
const PATH = `${NODE_FOLDER}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const CONSOLE_LINES = 80;
/** An emulated processor may hang while it comes up; then no command has begun, and nothing is lost by another try. */
const BOOT_TRIES = 2;

let guests: Guest[] = [];
let ended = false;

export const running = (): boolean => guests.length > 0;

/** Ends every guest, and starts none again. */
export function endAll(failure: string, code: number): void {
  ended = true;
  for (const guest of guests) guest.end(failure, code);
}

function sharedFolder(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--share ${path}: no such folder`);
  return realpathSync(path);
}

function shape(options: Options, name: string, index: number): Shape {
  return {
    name,
    index,
    cpus: options.cpus ?? (options.pair ? 1 : 2),
    memoryMib: options.memoryMib,
    links: Array.from({ length: options.links }, (_, link) => FIRST_LINK_FD + link),
    nics: options.nics,
    cables: options.cables,
    share: options.share === null ? null : sharedFolder(options.share),
    qemu: options.qemu,
    append: options.append,
  };
}

interface Sink {
  out: (text: Buffer) => void;
  err: (text: Buffer) => void;
}

/** What it takes to boot a guest, more than once if need be. */
interface Plan {
  shape: Shape;
  argv: readonly string[];
  sink: Sink;
}

function boot(
  options: Options,
  trees: Trees,
  { shape, argv, sink }: Plan,
  links: ConstructorParameters<typeof Guest>[1] = [],
): Guest {
  const env = { PATHWARDEN_VM: shape.name, PATHWARDEN_VM_KERNEL: options.kernel };
  return new Guest(
    {
      trees,
      shape,
      command: {
        argv,
        cwd: process.cwd(),
        env: { PATH, ...options.env, ...env },
        hostname: shape.name,
        coldplug: options.qemu.length > 0,
        share: shape.share !== null,
      },
      timeoutS: options.timeoutS,
      onOut: sink.out,
      onErr: sink.err,
      ...(options.console ? { onConsole: (text: Buffer) => process.stderr.write(text) } : {}),
    },
    links,
  );
}

function explain(name: string, { failure, console }: Outcome): void {
  if (failure === null) return;
  say(`${name}: ${failure}`);
  const lines = console.replaceAll('\r', '').trimEnd().split('\n').slice(-CONSOLE_LINES);
  if (lines.join('') !== '') say(`${name}: its console said last:\n${lines.join('\n')}`);
}

/**
 * Boots the guests, lets their commands begin when all are up, and ends all when one fails. Resolves with the first exit
 * code that is a failure's, or 0.
 */
async function runTogether(names: readonly string[], bootAll: () => Guest[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    guests = bootAll();
    const up = (await Promise.all(guests.map(guest => guest.up))).every(Boolean);
    if (up) for (const guest of guests) guest.go();
    else for (const guest of guests) guest.end('ended because the other did not come up');
    const again = !up && !ended && tries < BOOT_TRIES;

    let code = 0;
    await Promise.all(
      guests.map(async (guest, index) => {
        const outcome = await guest.outcome;
        const name = names[index] ?? '';
        explain(name, outcome);
        if (outcome.code === 0 || code !== 0) return;
        code = outcome.code;
        for (const other of guests) other.end(`ended because ${name} failed (${code})`);
      }),
    );
    if (!again) return code;
    say('once more');
  }
}

export function runSingle(options: Options, trees: Trees): Promise<number> {
  const plan: Plan = {
    shape: shape(options, 'vm', 0),
    argv: options.command,
    sink: { out: text => process.stdout.write(text), err: text => process.stderr.write(text) },
  };
  return runTogether(['the guest'], () => [boot(options, trees, plan)]);
}

/** Hands on whole lines, each with a name before it. */
class Prefixed {
  #rest = '';
  readonly #name: string;
  readonly #print: (text: string) => void;

  constructor(name: string, print: (text: string) => void) {
    this.#name = name;
    this.#print = print;
  }

  write(text: Buffer): void {
    const lines = (this.#rest + text.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#print(`${this.#name}: ${line}\n`);
  }

  end(): void {
    if (this.#rest !== '') this.write(Buffer.from('\n'));
  }
}

export async function runPair(options: Options, trees: Trees): Promise<number> {
  const own = options.share === null ? mkdtempSync(join(tmpdir(), 'pathwarden-vm-')) : null;
  const shared = { ...options, share: options.share ?? own };
  const names = ['compute', 'storage'];
  const outputs: Prefixed[] = [];
  try {
    const [compute, storage] = names.map((name, index) => {
      const out = new Prefixed(name, text => process.stdout.write(text));
      const err = new Prefixed(name, text => process.stderr.write(text));
      outputs.push(out, err);
      return {
        shape: shape(shared, name, index),
        argv: ['/bin/bash', '-c', options.command[index] ?? ''],
        sink: { out: text => out.write(text), err: text => err.write(text) },
      } satisfies Plan;
    });
    if (!compute || !storage) return DIED;
    return await runTogether(names, () => {
      const first = boot(shared, trees, compute, Array(options.links).fill('pipe'));
      const second = boot(shared, trees, storage, first.links);
      // Both ends are QEMU's now: ours must neither read from them nor keep them open.
      for (const link of first.links) link.destroy();
      return [first, second];
    });
  } finally {
    for (const output of outputs) output.end();
    if (own !== null) rmSync(own, { recursive: true, force: true });
  }
}
