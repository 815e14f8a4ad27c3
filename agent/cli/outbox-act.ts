/** `pathwarden outbox retry` and `drop`: what becomes of notices that a receiver has refused. */
import type { ControlClient } from '../control/client.ts';
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { count, parseCount } from './format.ts';
import type { Verb } from './verb.ts';

/** Of one request (control/protocol.ts). */
const LETTERS_MAX = 1000;

interface ActOptions {
  all?: boolean;
  adapter?: string;
}

type Act = 'outbox-retry' | 'outbox-drop';

export const outboxRetry = acting('retry', 'outbox-retry', 'send dead notices once more (root)', {
  all: 'all that are dead',
  done: 'will be sent once more',
});

export const outboxDrop = acting('drop', 'outbox-drop', 'give notices up for good (root)', {
  all: 'all that are dead; those that wait are dropped by number alone',
  done: 'dropped',
});

function acting(name: string, act: Act, does: string, say: { all: string; done: string }): Verb {
  return {
    define(outbox, run) {
      outbox
        .command(name)
        .description(does)
        .argument('[n...]', 'numbers, as `outbox list` shows them')
        .option('--all', say.all)
        .option('--adapter <name>', 'with --all: of this adapter alone')
        .option('--json', 'as JSON')
        .action((words: string[], options: ActOptions, command) =>
          run(async context => {
            const { json } = command.optsWithGlobals() as { json?: boolean };
            const letters = chosen(words, options);
            const done = await ask(
              context,
              client => (letters === null ? all(client, act, options) : some(client, act, letters)),
              'admin',
            );
            if (json) writeJson(context.out, { count: done });
            else context.out.write(`${count(done, 'notice')} ${say.done}.\n`);
            if (letters === null || done === letters.length) return EXIT.ok;
            throw new CliError(
              EXIT.no,
              `${act === 'outbox-retry' ? 'not dead, not there, or its alarm has ended' : 'not there'}: ${letters.length - done} of ${count(letters.length, 'notice')}`,
              '`pathwarden outbox list` shows what there is.',
            );
          }),
        );
    },
  };
}

/** Null: all. @throws CliError for wrong usage */
function chosen(words: string[], { all, adapter }: ActOptions): number[] | null {
  const remedy = '`pathwarden outbox list` shows their numbers.';
  if (words.length > 0 && all)
    throw new CliError(EXIT.usage, 'name numbers or --all, not both', remedy);
  if (words.length === 0 && !all) throw new CliError(EXIT.usage, 'name numbers, or --all', remedy);
  if (adapter !== undefined && !all)
    throw new CliError(EXIT.usage, '--adapter is for --all', remedy);
  if (all) return null;
  return [...new Set(words.map(word => parseCount('n', word, 1, Number.MAX_SAFE_INTEGER)))];
}

async function some(client: ControlClient, act: Act, letters: number[]): Promise<number> {
  let done = 0;
  for (let i = 0; i < letters.length; i += LETTERS_MAX)
    done += (await client.request(act, { letters: letters.slice(i, i + LETTERS_MAX) })).count;
  return done;
}

/** What is refused again meanwhile is no part of it: it would never end. */
async function all(client: ControlClient, act: Act, { adapter }: ActOptions): Promise<number> {
  const of = adapter === undefined ? {} : { adapter };
  const seen = new Set<number>();
  let done = 0;
  for (;;) {
    const dead = await client.request('outbox', { ...of, state: 'dead', limit: LETTERS_MAX });
    const letters = dead.map(({ n }) => n).filter(n => !seen.has(n));
    if (letters.length === 0) return done;
    for (const n of letters) seen.add(n);
    done += await some(client, act, letters);
  }
}
