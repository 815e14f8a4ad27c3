/** `pathwarden outbox list`: single notices. */
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { parseCount } from './format.ts';
import { renderLetters } from './outbox-text.ts';
import type { Verb } from './verb.ts';

interface ListOptions {
  adapter?: string;
  dead?: boolean;
  waiting?: boolean;
  limit: string;
}

export const outboxList: Verb = {
  define(outbox, run) {
    outbox
      .command('list')
      .description('notices that wait, or that a receiver has refused (dead), the oldest first')
      .option('--adapter <name>', 'of this adapter alone')
      .option('--dead', 'only those that were refused')
      .option('--waiting', 'only those that wait')
      .option('-n, --limit <count>', 'how many', '100')
      .option('--json', 'as JSON')
      .action((options: ListOptions, command) =>
        run(async context => {
          const { json } = command.optsWithGlobals() as { json?: boolean };
          const { adapter, dead, waiting } = options;
          if (dead && waiting) throw new CliError(EXIT.usage, 'name --dead or --waiting, not both');
          const limit = parseCount('--limit', options.limit, 1, 1000);
          const letters = await ask(context, client =>
            client.request('outbox', {
              ...(adapter !== undefined && { adapter }),
              ...(dead && { state: 'dead' as const }),
              ...(waiting && { state: 'waiting' as const }),
              limit,
            }),
          );
          if (json) writeJson(context.out, letters);
          else context.out.write(renderLetters(context.out, letters, letters.length === limit));
          return EXIT.ok;
        }),
      );
  },
};
