/** The program behind scripts/vm. */
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DIED, FIRST_LINK_FD, Guest, type Outcome } from './guest.ts';
import { type Options, parseOptions, UsageError } from './options.ts';
import type { Shape } from './qemu.ts';
import { fetchTrees, type Trees, UNAVAILABLE, Unavailable } from './trees.ts';

const say = (text: string) => process.stderr.write(`vm: ${text}\n`);
const nodeFolder = resolve(import.meta.dirname, '../../node_modules/.bin');
const PATH = `${nodeFolder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const CONSOLE_LINES = 80;

const guests: Guest[] = [];
/** The process group that gets packages, as long as it does. */
let fetching: number | null = null;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => {
    if (guests.length === 0) {
      if (fetching !== null) process.kill(-fetching, 'SIGTERM');
      process.exit(code);
    }
    for (const guest of guests) guest.end(`ended by ${signal}`, code);
  });

// Whoever read our output is gone, as with `scripts/vm … | head`: the code is that of a program ended by SIGPIPE.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => {
    process.exitCode = 141;
    for (const guest of guests) guest.end('nobody reads its output', 141);
  });

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

function start(
  options: Options,
  trees: Trees,
  guest: { shape: Shape; argv: readonly string[]; sink: Sink },
  links: ConstructorParameters<typeof Guest>[1] = [],
): Guest {
  const started = new Guest(
    {
      trees,
      shape: guest.shape,
      command: {
        argv: guest.argv,
        cwd: process.cwd(),
        env: {
          PATH,
          ...options.env,
          PATHWARDEN_VM: guest.shape.name,
          PATHWARDEN_VM_KERNEL: options.kernel,
        },
        hostname: guest.shape.name,
        coldplug: options.qemu.length > 0,
        share: guest.shape.share !== null,
      },
      timeoutS: options.timeoutS,
      onOut: guest.sink.out,
      onErr: guest.sink.err,
      ...(options.console ? { onConsole: (text: Buffer) => process.stderr.write(text) } : {}),
    },
    links,
  );
  guests.push(started);
  return started;
}

function explain(name: string, outcome: Outcome): void {
  if (outcome.failure === null) return;
  say(`${name}: ${outcome.failure}`);
  const lines = outcome.console.replaceAll('\r', '').trimEnd().split('\n').slice(-CONSOLE_LINES);
  if (lines.join('') !== '') say(`${name}: its console said last:\n${lines.join('\n')}`);
}

async function single(options: Options, trees: Trees): Promise<number> {
  const sink = {
    out: (text: Buffer) => process.stdout.write(text),
    err: (text: Buffer) => process.stderr.write(text),
  };
  const guest = start(options, trees, {
    shape: shape(options, 'vm', 0),
    argv: options.command,
    sink,
  });
  const outcome = await guest.outcome;
  explain('the guest', outcome);
  return outcome.code;
}

/** Prints whole lines, each with the guest's name. */
function prefixed(name: string, print: (text: string) => void) {
  let rest = '';
  return {
    write(text: Buffer): void {
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) print(`${name}: ${line}\n`);
    },
    end(): void {
      if (rest !== '') print(`${name}: ${rest}\n`);
    },
  };
}

async function pair(options: Options, trees: Trees): Promise<number> {
  const own = options.share === null ? mkdtempSync(join(tmpdir(), 'pathwarden-vm-')) : null;
  const shared = { ...options, share: options.share ?? own };
  try {
    const started: Guest[] = [];
    const outcomes = ['compute', 'storage'].map(async (name, index) => {
      const out = prefixed(name, text => process.stdout.write(text));
      const err = prefixed(name, text => process.stderr.write(text));
      const first = started[0];
      const guest = start(
        shared,
        trees,
        {
          shape: shape(shared, name, index),
          argv: ['/bin/bash', '-c', options.command[index] ?? ''],
          sink: { out: text => out.write(text), err: text => err.write(text) },
        },
        first ? first.links : Array.from({ length: options.links }, () => 'pipe' as const),
      );
      started.push(guest);
      // Both ends are QEMU's now: ours must neither read from them nor keep them open.
      for (const link of first?.links ?? []) link.destroy();
      const outcome = await guest.outcome;
      out.end();
      err.end();
      explain(name, outcome);
      if (outcome.code !== 0)
        for (const other of started)
          if (other !== guest) other.end(`ended because ${name} failed (${outcome.code})`);
      return outcome.code;
    });
    const codes = await Promise.all(outcomes);
    return codes.find(code => code !== 0 && code !== DIED) ?? Math.max(...codes);
  } finally {
    if (own !== null) rmSync(own, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    const trees = await fetchTrees(options.kernel, options.refresh, pid => {
      fetching = pid;
    });
    fetching = null;
    if (options.fetch) return 0;
    return options.pair ? await pair(options, trees) : await single(options, trees);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}; scripts/vm --help says more`);
      return 2;
    }
    if (error instanceof Unavailable) return UNAVAILABLE; // the reason has been said
    say((error as Error).message);
    return DIED;
  }
}

process.exitCode = await main();
