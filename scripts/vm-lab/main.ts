/** The program behind scripts/vm. */

import { DIED } from './guest.ts';
import { parseOptions, UsageError } from './options.ts';
import { endAll, running, runPair, runSingle, say } from './run.ts';
import { fetchTrees, UNAVAILABLE, Unavailable } from './trees.ts';

/** The process group that gets packages, as long as it does. */
let fetching: number | null = null;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => {
    if (!running()) {
      if (fetching !== null) process.kill(-fetching, 'SIGTERM');
      process.exit(code);
    }
    endAll(`ended by ${signal}`, code);
  });

// Whoever read our output is gone, as with `scripts/vm … | head`: the code is that of a program ended by SIGPIPE.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => {
    process.exitCode = 141;
    endAll('nobody reads its output', 141);
  });

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    const trees = await fetchTrees(options.kernel, options.refresh, pid => {
      fetching = pid;
    });
    fetching = null;
    if (options.fetch) return 0;
    return options.pair ? await runPair(options, trees) : await runSingle(options, trees);
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
