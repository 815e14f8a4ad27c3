/** The checks that run nothing of the product: types, format and lint of TypeScript, format of C, pinned packages. */
import { readdirSync, readFileSync } from 'node:fs';
import { follow } from './command.ts';
import { emptyTally, type Tally } from './tally.ts';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, { version?: string; integrity?: string; link?: boolean }>;
}

/** What is wrong with the pins, one line each. */
export function pinMistakes(manifest: Manifest, lock: Lock): string[] {
  const mistakes: string[] = [];
  for (const [name, wanted] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  }))
    if (!/^\d+\.\d+\.\d+$/.test(wanted))
      mistakes.push(`package.json: ${name} ${wanted}: not exact`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (name === 'peacenotwar') mistakes.push(`package-lock.json: ${path} is malware`);
    if (path !== '' && !entry.link && !entry.integrity)
      mistakes.push(`package-lock.json: ${path} has no integrity`);
  }
  return mistakes;
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

export async function lint(print: (line: string) => void): Promise<Tally> {
  const tally = emptyTally();
  const judge = (name: string, ok: boolean, said: string) => {
    print(`  ${ok ? 'ok    ' : 'FAILED'} ${name}`);
    if (ok) tally.passed++;
    else {
      tally.failures.push(name);
      print(said.trimEnd());
    }
  };
  const labTools = readdirSync('scripts/lab').filter(name => name.endsWith('.c'));
  const commands: [string, string[]][] = [
    ['types (tsc)', ['tsc', '--noEmit']],
    ['format and lint of TypeScript (biome)', ['biome', 'check', '--error-on-warnings', '.']],
    ['node-ipc is the version that was read', ['scripts/check-node-ipc']],
    ['format of C (clang-format)', ['make', '-s', '-C', 'native', 'format-check']],
    [
      "format of the lab's tools in C (clang-format)",
      ['clang-format-14', '--dry-run', '--Werror', ...labTools.map(name => `scripts/lab/${name}`)],
    ],
  ];
  for (const [name, argv] of commands) {
    let said = '';
    const code = await follow(
      argv,
      text => {
        said += text;
      },
      'same',
    );
    judge(name, code === 0, said);
  }
  const mistakes = pinMistakes(json('package.json'), json('package-lock.json'));
  judge('exact pins', mistakes.length === 0, mistakes.join('\n'));
  return tally;
}
