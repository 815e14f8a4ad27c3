/** The suite `vim`: each file of test/vim against a VIM of its own, real OpenStack and brokers from Debian's packages. */
import { UNAVAILABLE } from '../vim-lab/root.ts';
import { follow } from './command.ts';
import { emptyTally, type Tally } from './tally.ts';
import { tapFiles } from './tap-files.ts';

/** Of a file; it may start OpenStack more than once. */
const FILE_LIMIT_S = 600;
const files = tapFiles('test/vim/**/*.test.ts', 1, FILE_LIMIT_S, 2);

/** only: files; none: all of test/vim. Counts one skip when the packages cannot be had here. */
export async function vim(only: readonly string[], print: (line: string) => void): Promise<Tally> {
  let said = '';
  const prepare = ['node', 'scripts/vim-lab/prepare.ts'];
  const code = await follow(
    prepare,
    text => {
      said += text;
      for (const line of text.trimEnd().split('\n')) print(`  ${line.replace(/^vim: /, '')}`);
    },
    'same',
  );
  if (code === 0) return files(only, print);
  const tally = emptyTally();
  const reason =
    said
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^vim: /, '') ?? '';
  if (code === UNAVAILABLE) tally.skips.push({ name: 'vim', reason });
  else tally.failures.push(`vim: ${prepare.join(' ')}: exit code ${code}: ${reason}`);
  return tally;
}
