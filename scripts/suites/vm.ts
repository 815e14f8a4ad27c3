/**
 * The suite `vm`: each file of test/vm runs in a guest of scripts/vm that is booted for it. Its first lines say which:
 *
 *     // guest: --nics 4 --timeout 90      options of scripts/vm
 *     // guest: pair --links 2             it runs in both; PATHWARDEN_VM tells it which, `compute` or `storage`
 *     // host                              it runs on this machine and calls scripts/vm itself
 */
import { globSync, readFileSync } from 'node:fs';
import { UNAVAILABLE } from '../vm-lab/trees.ts';
import { follow } from './command.ts';
import { bundleTest } from './guest-bundle.ts';
import { emptyTally, type Tally } from './tally.ts';
import { TapStream } from './tap-stream.ts';

const VM = 'scripts/vm';
/** Hard limit for a file, and with it for its guest, where it names none. */
const FILE_LIMIT_S = 120;
const HEAD_LINES = 5;
/** How often a drill is repeated, where somebody wants more than a test of each day. */
const REPEATS = ['PATHWARDEN_REPEATS'].flatMap(name => {
  const value = process.env[name];
  return value === undefined ? [] : ['--env', `${name}=${value}`];
});
/** The limits here are the only ones: tap's own is made for processors that are not emulated. */
const NO_TAP_LIMIT = 'TAP_TIMEOUT=0';

/** Where a test file wants to run: null on the host, else options of scripts/vm. Throws when the file does not say. */
export function wantedGuest(text: string, file: string): string[] | null {
  const head = text.split('\n', HEAD_LINES);
  if (head.some(line => line.trim() === '// host')) return null;
  const said = head.flatMap(line => /^\/\/ guest:(.*)$/.exec(line)?.[1] ?? [])[0];
  if (said === undefined)
    throw new Error(`${file}: none of its first ${HEAD_LINES} lines is "// guest: …" or "// host"`);
  return said.split(' ').filter(word => word !== '');
}

/** Reads one file's TAP as if a runner had called it: a subtest of that name. */
class FileStream {
  readonly #tap: TapStream;
  readonly #name: string;
  readonly #began: number;
  readonly #countedBefore: number;
  #rest = '';

  constructor(tap: TapStream, name: string, began = performance.now()) {
    this.#tap = tap;
    this.#name = name;
    this.#began = began;
    this.#countedBefore = this.#counted();
    tap.write(`# Subtest: ${name}\n`);
  }

  #counted(): number {
    const { passed, failures, skips } = this.#tap.tally;
    return passed + failures.length + skips.length;
  }

  #line(line: string): void {
    this.#tap.write(`    ${line}\n`);
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end(code: number): void {
    if (this.#rest !== '') this.#line(this.#rest);
    const time = `${((performance.now() - this.#began) / 1000).toFixed(1)}s`;
    const wrong =
      code !== 0
        ? ` (exit code ${code})`
        : this.#counted() > this.#countedBefore
          ? ''
          : ' (no test in it)';
    this.#tap.write(`${wrong ? 'not ok' : 'ok'} 1 - ${this.#name}${wrong} # time=${time}\n`);
  }
}

async function onHost(tap: TapStream, file: string): Promise<void> {
  const stream = new FileStream(tap, file);
  const limit = ['timeout', '--kill-after=10', String(FILE_LIMIT_S)];
  stream.end(
    await follow(['env', NO_TAP_LIMIT, ...limit, 'node', file], text => stream.write(text)),
  );
}

async function inGuest(
  tap: TapStream,
  file: string,
  guest: readonly string[],
  kernel: string,
): Promise<void> {
  const bundled = await bundleTest(file);
  const pair = guest[0] === 'pair';
  const options = [
    ...(pair ? ['pair'] : []),
    ...['--kernel', kernel, '--timeout', String(FILE_LIMIT_S), '--env', NO_TAP_LIMIT],
    ...REPEATS,
    ...guest.slice(pair ? 1 : 0),
  ];
  if (!pair) {
    const stream = new FileStream(tap, file);
    stream.end(await follow([VM, ...options, 'node', bundled], text => stream.write(text)));
    return;
  }
  // Two streams of TAP, told apart by what scripts/vm puts before each line; the second is read when the first is over.
  const streams = { compute: '', storage: '' };
  let rest = '';
  const began = performance.now();
  const command = `exec node '${bundled}'`;
  const code = await follow([VM, ...options, command, command], text => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, name, said] = /^(compute|storage): (.*)$/.exec(line) ?? [];
      if (name === 'compute' || name === 'storage') streams[name] += `${said}\n`;
    }
  });
  for (const name of ['compute', 'storage'] as const) {
    const stream = new FileStream(tap, `${file} (${name})`, began);
    stream.write(streams[name]);
    stream.end(/^not ok/m.test(streams[name]) ? 1 : name === 'storage' ? code : 0);
  }
}

/** only: files; none: all of test/vm. Counts one skip when there can be no guest here. */
export async function vm(
  only: readonly string[],
  kernel: string,
  print: (line: string) => void,
): Promise<Tally> {
  const files = only.length > 0 ? only : globSync('test/vm/**/*.test.ts').sort();
  let said = '';
  const code = await follow(
    [VM, '--kernel', kernel, '--fetch'],
    text => {
      said += text;
    },
    'same',
  );
  if (code !== 0) {
    const reason = said
      .trim()
      .split('\n')
      .filter(line => !line.startsWith('vm: getting '))
      .map(line => line.replace(/^vm: /, ''))
      .join('; ');
    const tally = emptyTally();
    if (code === UNAVAILABLE) tally.skips.push({ name: `vm (kernel ${kernel})`, reason });
    else tally.failures.push(`vm: ${VM} --fetch: exit code ${code}: ${reason}`);
    print(`  ${code === UNAVAILABLE ? 'skipped' : 'FAILED'} ${reason}`);
    return tally;
  }
  const tap = new TapStream(print, 2);
  for (const file of files) {
    try {
      const guest = wantedGuest(readFileSync(file, 'utf8'), file);
      if (guest === null) await onHost(tap, file);
      else await inGuest(tap, file, guest, kernel);
    } catch (error) {
      // No such file, none of the lines that say where, an import that is not there.
      tap.tally.failures.push(`${file}: ${(error as Error).message}`);
    }
  }
  tap.end();
  return tap.tally;
}
