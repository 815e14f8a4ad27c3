/** Suites of tap: what speaks TAP is run, shown as it goes and counted. */
import { globSync } from 'node:fs';
import { follow } from './command.ts';
import { emptyTally, type Tally } from './tally.ts';
import { TapStream } from './tap-stream.ts';

type Print = (line: string) => void;

/** One TAP-speaking command. It fails as a whole when it ends badly although no test of it failed. */
export async function tapCommand(argv: string[], depth: number, say: Print): Promise<Tally> {
  const stream = new TapStream(say, depth);
  const code = await follow(argv, text => stream.write(text));
  stream.end();
  if (code !== 0 && stream.tally.failures.length === 0)
    stream.tally.failures.push(`${argv.join(' ')}: exit ${code}`);
  return stream.tally;
}

/** One file at a time runs where files share what they test: the machine's network namespaces, its linkwatch. */
export function tapFiles(pattern: string, jobs: number, timeoutS: number, depth: number) {
  return async (only: readonly string[], say: Print): Promise<Tally> => {
    const files = only.length > 0 ? only : globSync(pattern).sort();
    if (files.length === 0) return emptyTally();
    return await tapCommand(
      [
        ...['tap', '--reporter=tap', '--disable-coverage', `--jobs=${jobs}`],
        ...[`--timeout=${timeoutS}`, ...files],
      ],
      depth,
      say,
    );
  };
}
