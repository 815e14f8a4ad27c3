/** `pathwarden paths`: every storage path: group → legs → connections, sessions, multipath devices and disks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import {
  type Context,
  connectAgent,
  explainControl,
  interruptCode,
  writeJson,
  writeJsonLine,
} from './context.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { parseCount } from './format.ts';
import { renderPaths } from './paths-text.ts';
import { screenful } from './terminal.ts';
import type { Verb } from './verb.ts';

/** As many as the agent gives at once (control/protocol.ts). */
const LIMIT_MAX = 10_000;
const REFRESH_MS = 1000;

interface Options {
  watch?: boolean;
  json?: boolean;
  limit: string;
}

export const pathsVerb: Verb = {
  define(program, run) {
    program
      .command('paths')
      .description('storage paths: group, legs, connections, sessions, multipath devices, disks')
      .option('-w, --watch', 'again each second, until interrupted')
      .option('-n, --limit <count>', 'connections to show', '1000')
      .option('--json', 'as JSON; with --watch one document a line')
      .action((options: Options) =>
        run(async context => {
          const limit = parseCount('--limit', options.limit, 1, LIMIT_MAX);
          const client = await connectAgent(context, 'view');
          try {
            return options.watch
              ? await watch(context, client, limit, options)
              : await show(context, client, limit, options);
          } catch (error) {
            throw explainControl(error);
          } finally {
            client.close();
          }
        }),
      );
  },
};

async function show(
  { out }: Context,
  client: ControlClient,
  limit: number,
  { json }: Options,
): Promise<ExitCode> {
  const paths = await client.request('paths', { limit });
  if (json) writeJson(out, paths);
  else out.write(renderPaths(out, paths));
  return EXIT.ok;
}

async function watch(
  { out, interrupt }: Context,
  client: ControlClient,
  limit: number,
  { json }: Options,
): Promise<ExitCode> {
  while (!interrupt.aborted) {
    const paths = await client.request('paths', { limit });
    if (json) writeJsonLine(out, paths);
    else out.write(screenful(out, renderPaths(out, paths)));
    await sleep(REFRESH_MS, undefined, { signal: interrupt }).catch(() => {});
  }
  return interruptCode(interrupt);
}
