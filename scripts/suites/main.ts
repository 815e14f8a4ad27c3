/** The test runner behind scripts/test: a table of suites, one closing line. */
import { globSync } from 'node:fs';
import { KERNELS } from '../vm-lab/trees.ts';
import { follow } from './command.ts';
import { lint } from './lint.ts';
import { soak } from './soak.ts';
import { briefStorage, storage } from './storage.ts';
import { addTally, closingLine, emptyTally, type Tally } from './tally.ts';
import { tapCommand, tapFiles } from './tap-files.ts';
import { vim } from './vim.ts';
import { vm } from './vm.ts';

type Print = (line: string) => void;
const print: Print = line => process.stdout.write(`${line}\n`);

const FUZZ_SECONDS = 6;

/** Files for guests that only `vm` runs besides its own. */
const guests = (folder: string) => (only: string[], say: Print) =>
  vm(only.length > 0 ? only : globSync(`test/${folder}/**/*.test.ts`).sort(), kernel, say);

async function native(_only: string[], say: Print): Promise<Tally> {
  const tally = await tapCommand(['make', '-s', '-C', 'native', 'test'], 1, say);
  addTally(tally, await fuzz(say));
  return tally;
}

/** Each fuzzer for a few seconds under the sanitizers, two at a time; counts as one test. */
async function fuzz(say: Print): Promise<Tally> {
  const tally = emptyTally();
  const names = globSync('test/native/fuzz_*.c')
    .sort()
    .map(source => source.replace(/^.*\/|\.c$/g, ''));
  const worker = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      let said = '';
      const only = [`FUZZ_STEMS=${name}`, `FUZZ_SECONDS=${FUZZ_SECONDS}`];
      const code = await follow(
        ['make', '-s', '-C', 'native', 'fuzz', ...only],
        text => {
          said += text;
        },
        'same',
      );
      say(`  ${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${FUZZ_SECONDS} s)`);
      if (code === 0) tally.passed++;
      else {
        tally.failures.push(name);
        say(said);
      }
    }
  };
  // The skeletons first: two makes would write the same files.
  await follow(['make', '-s', '-C', 'native'], () => {}, 'same');
  await Promise.all([worker(), worker()]);
  return tally;
}

const suites: Record<string, (only: string[], say: Print) => Promise<Tally>> = {
  lint: (_only, say) => lint(say),
  unit: tapFiles('test/unit/**/*.test.ts', 2, 120, 1),
  native,
  netns: tapFiles('test/netns/**/*.test.ts', 1, 600, 2),
  vm: (only, say) => vm(only, kernel, say),
  'vm-storage': guests('vm-storage'),
  'vm-hardware': (only, say) =>
    guests('vm-hardware')(chosen === 'all' ? BRIEF_HARDWARE : only, say),
  storage: (only, say) => storage(chosen === 'all' ? briefStorage() : only, say),
  vim,
  soak,
};
/** They download what they test against when there is none; one starts an OpenStack for each of some files. */
const NOT_BY_DEFAULT = ['storage', 'vim', 'vm-hardware'];
/** They take long: emulated processors, a quarter of an hour of traffic. */
const NOT_IN_ALL = ['vm-storage', 'soak'];
/** One boot for most of them. */
const BRIEF_HARDWARE = ['test/vm-hardware/errors.test.ts'];
const NEEDS_ROOT = ['netns', 'storage', 'vim', 'soak'];
/** Of these the first mostly waits for timers of the kernel, the second for an emulated processor: they run side by side. */
const TOGETHER = ['netns', 'vm'];

const words = process.argv.slice(2);
const kernelAt = words.indexOf('--kernel');
const [, kernel = '6.1'] = kernelAt < 0 ? [] : words.splice(kernelAt, 2);
const [chosen = 'default', ...only] = words;
const all = Object.keys(suites).filter(name => !NOT_IN_ALL.includes(name));
const named: Record<string, string[]> = {
  all,
  default: all.filter(name => !NOT_BY_DEFAULT.includes(name)),
  // Guests of all kinds; of files the first suite takes any.
  vm: only.length > 0 ? ['vm'] : ['vm', 'vm-storage', 'vm-hardware'],
};
const names = named[chosen] ?? [chosen];
if (!names.every(name => name in suites)) {
  process.stderr.write(
    `test: no suite ${chosen}; there are: ${Object.keys(suites).join(', ')}, all\n`,
  );
  process.exit(2);
}
if (!KERNELS.some(known => known === kernel)) {
  process.stderr.write(`test: no kernel ${kernel}; there are: ${KERNELS.join(', ')}\n`);
  process.exit(2);
}
const forRoot = names.filter(name => NEEDS_ROOT.includes(name));
if (forRoot.length > 0 && process.getuid?.() !== 0) {
  process.stderr.write(`test: root is needed for ${forRoot.join(', ')}\n`);
  process.exit(2);
}

const total = emptyTally();
const empty: string[] = [];

async function runSuite(name: string, say: Print): Promise<void> {
  const began = performance.now();
  say(`${name}:`);
  const tally = (await suites[name]?.(only, say)) ?? emptyTally();
  // A suite that this machine cannot run has said so in a skip.
  if (tally.passed + tally.failures.length + tally.skips.length === 0) empty.push(name);
  addTally(total, tally);
  say(`${name}: ${closingLine(tally)} in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
}

/** The first says what it does as it does it, the others when it is over. */
async function runTogether(group: readonly string[]): Promise<void> {
  const later: string[] = [];
  const [first = '', ...others] = group;
  const running = others.map(name => runSuite(name, line => later.push(line)));
  await runSuite(first, print);
  await Promise.all(running);
  for (const line of later) print(line);
}

const together = TOGETHER.filter(name => names.includes(name));
for (const name of names.filter(one => !together.includes(one))) await runSuite(name, print);
if (together.length > 0) await runTogether(together);
for (const skip of total.skips) print(`skipped: ${skip.name}: ${skip.reason}`);
for (const failure of total.failures) print(`failed: ${failure}`);
for (const name of empty) print(`failed: the suite ${name} ran no test`);
print(closingLine(total));
process.exit(total.failures.length > 0 || empty.length > 0 ? 1 : 0);
