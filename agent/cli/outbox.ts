/** `pathwarden outbox`: how late each adapter is told; its verbs are in files of their own. */
import { ask, writeJson } from './context.ts';
import { EXIT } from './exit.ts';
import { outboxDrop, outboxRetry } from './outbox-act.ts';
import { outboxList } from './outbox-list.ts';
import { renderLag } from './outbox-text.ts';
import type { Verb } from './verb.ts';

export const outboxVerb: Verb = {
  define(program, run) {
    const outbox = program
      .command('outbox')
      .description('the lag of each adapter; notices that wait or were refused')
      .option('--json', 'as JSON')
      .action((options: { json?: boolean }) =>
        run(async context => {
          const status = await ask(context, client => client.request('status', {}));
          if (options.json) writeJson(context.out, status.outbox);
          else context.out.write(renderLag(context.out, status.outbox));
          return EXIT.ok;
        }),
      );
    for (const verb of [outboxList, outboxRetry, outboxDrop]) verb.define(outbox, run);
  },
};
