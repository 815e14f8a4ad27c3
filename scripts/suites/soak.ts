/** The suite `soak`: minutes of traffic of which no stall may be told. It counts as one test. */
import { follow } from './command.ts';
import { emptyTally, type Tally } from './tally.ts';

/** minutes: at most one word; none: as long as the script takes by itself. */
export async function soak(
  minutes: readonly string[],
  print: (line: string) => void,
): Promise<Tally> {
  const tally = emptyTally();
  const code = await follow(
    ['node', 'scripts/benchmarks/soak.ts', ...minutes],
    text => {
      for (const line of text.trimEnd().split('\n')) print(`  ${line}`);
    },
    'same',
  );
  if (code === 0) tally.passed++;
  else tally.failures.push(`soak: exit code ${code}`);
  return tally;
}
