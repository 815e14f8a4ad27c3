/** Suites whose tests need packages that are unpacked into a cache first. */
import { UNAVAILABLE, withoutLab } from '../debs/root.ts';
import { follow } from './command.ts';
import { emptyTally, type Tally } from './tally.ts';
import { tapFiles } from './tap-files.ts';

/**
 * The suite of test/<name>, after scripts/<name>-lab/prepare.ts has filled the cache. Counts one skip when the packages cannot
 * be had here. limitS: of a file.
 */
export function preparedSuite(name: string, limitS: number) {
  const files = tapFiles(`test/${name}/**/*.test.ts`, 1, limitS, 2);
  return async (only: readonly string[], print: (line: string) => void): Promise<Tally> => {
    let said = '';
    const prepare = ['node', `scripts/${name}-lab/prepare.ts`];
    const code = await follow(
      prepare,
      text => {
        said += text;
        for (const line of text.trimEnd().split('\n')) print(`  ${withoutLab(line)}`);
      },
      'same',
    );
    if (code === 0) return files(only, print);
    const tally = emptyTally();
    const reason = withoutLab(said.trim().split('\n').at(-1) ?? '');
    if (code === UNAVAILABLE) tally.skips.push({ name, reason });
    else tally.failures.push(`${name}: ${prepare.join(' ')}: exit code ${code}: ${reason}`);
    return tally;
  };
}
