/** `pathwarden ack`: somebody has seen these alarms. */
import { userInfo } from 'node:os';
import type { Alarm } from '../types.ts';
import { renderAlarms } from './alarm-text.ts';
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { count } from './format.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

interface AckOptions {
  all?: boolean;
  undo?: boolean;
  as?: string;
  json?: boolean;
}

/** Of one request (control/protocol.ts). */
const ALARMS_MAX = 1000;

export const ackVerb: Verb = {
  define(program, run) {
    program
      .command('ack')
      .description('acknowledge active alarms; receivers are told who has seen them (root)')
      .argument(
        '[ids...]',
        'as `alarms` shows them; the beginning or the last part of an id will do',
      )
      .option('--all', 'all that are not acknowledged yet (with --undo: that are)')
      .option('--undo', 'take it back')
      .option('--as <name>', 'who you are (default: SUDO_USER or USER)')
      .option('--json', 'the alarms as they are now, as JSON')
      .action((words: string[], options: AckOptions) =>
        run(async context => {
          if (words.length > 0 === (options.all === true))
            throw new CliError(
              EXIT.usage,
              words.length > 0 ? 'name alarms or --all, not both' : 'name alarms, or --all',
              '`pathwarden alarms` shows their ids.',
            );
          const user = options.as ?? whoAmI();
          const acknowledged = options.undo !== true;
          const now = await ask(
            context,
            async client => {
              const active = await client.request('alarms', { all: false });
              const chosen = options.all
                ? active.filter(a => (a.ackState === 'ACKNOWLEDGED') !== acknowledged)
                : words.map(word => find(active, word));
              const ids = [...new Set(chosen.map(({ id }) => id))];
              const done: Alarm[] = [];
              for (let i = 0; i < ids.length; i += ALARMS_MAX) {
                const alarms = ids.slice(i, i + ALARMS_MAX);
                done.push(...(await client.request('ack', { alarms, acknowledged, user })));
              }
              return done;
            },
            'admin',
          );
          if (options.json) writeJson(context.out, now);
          else {
            const how = acknowledged ? `acknowledged by ${user}` : 'no longer acknowledged';
            const head = `${count(now.length, 'alarm')} ${clean(how)}\n`;
            context.out.write(head + (now.length > 0 ? renderAlarms(context.out, now) : ''));
          }
          return EXIT.ok;
        }),
      );
  },
};

/**
 * The last part of an id, which is what `alarms` shows, comes before the beginning of another: ids begin with the boot's.
 * @throws CliError when no active alarm, or more than one, is meant
 */
export function find(active: readonly Alarm[], word: string): Alarm {
  const ways: ((id: string) => boolean)[] = [
    id => id === word,
    id => id.endsWith(`-${word}`),
    id => word !== '' && id.startsWith(word),
  ];
  const meant =
    ways.map(way => active.filter(({ id }) => way(id))).find(some => some.length > 0) ?? [];
  if (meant.length === 1) return meant[0]!;
  if (meant.length === 0)
    throw new CliError(
      EXIT.no,
      `no active alarm '${clean(word)}'`,
      'It may have cleared; `pathwarden alarms` shows those that are active.',
    );
  throw new CliError(
    EXIT.usage,
    `'${clean(word)}' may be ${meant.map(({ id }) => clean(id)).join(' or ')}`,
    'Give more of the id.',
  );
}

function whoAmI(): string {
  const { SUDO_USER, USER } = process.env;
  return SUDO_USER || USER || userInfo().username;
}
