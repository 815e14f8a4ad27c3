/** `pathwarden maintenance`: alarms are kept and marked while somebody works on the host. */
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { parseDuration } from './format.ts';
import { maintenanceSentence, renderMaintenance } from './maintenance-text.ts';
import type { Verb } from './verb.ts';

const SECOND = 1000;
const MONTH = 30 * 86_400_000;

interface OnOptions {
  for: string;
  reason: string;
  notices: string;
  object: string[];
  json?: boolean;
}

export const maintenanceVerb: Verb = {
  define(program, run) {
    const maintenance = program
      .command('maintenance')
      .description('whether maintenance mode is on; `on` and `off` switch it (root)')
      .option('--json', 'the maintenance as JSON, null without one')
      .action((options: { json?: boolean }) =>
        run(async context => {
          const status = await ask(context, client => client.request('status', {}));
          const now = status.now_us + status.wall_offset_us;
          if (options.json) writeJson(context.out, status.maintenance);
          else context.out.write(renderMaintenance(context.out, status.maintenance, now));
          return EXIT.ok;
        }),
      );
    maintenance
      .command('on')
      .description('alarms are kept and marked; replaces one that is on (root)')
      .requiredOption('--for <duration>', 'it ends by itself: 90s, 30m, 2h, up to 30d')
      .requiredOption('--reason <text>', 'what is being done; stands in every alarm of it')
      .option(
        '--notices <how>',
        'hold: receivers are not told; mark: told, with the reason',
        'hold',
      )
      .option(
        '--object <pattern>',
        'only these objects, * stands for anything; may be given again',
        (one: string, all: string[]) => [...all, one],
        [],
      )
      .option('--json', 'the maintenance as JSON')
      // commander gives `--json` to the first that knows it, wherever it stands.
      .action((options: OnOptions, command) =>
        run(async context => {
          const { for: lasts, reason, notices, object } = options;
          const { json } = command.optsWithGlobals() as { json?: boolean };
          if (notices !== 'hold' && notices !== 'mark')
            throw new CliError(EXIT.usage, `--notices: there are hold and mark`);
          const on = await ask(
            context,
            client =>
              client.request('maintenance-on', {
                for_ms: parseDuration('--for', lasts, SECOND, MONTH),
                reason,
                notices,
                objects: object.length === 0 ? ['*'] : object,
              }),
            'admin',
          );
          if (json) writeJson(context.out, on);
          else context.out.write(maintenanceSentence(context.out, on));
          return EXIT.ok;
        }),
      );
    maintenance
      .command('off')
      .description('ends it now (root)')
      .option('--json', 'the maintenance that was on as JSON, null without one')
      .action((_options: object, command) =>
        run(async context => {
          const { json } = command.optsWithGlobals() as { json?: boolean };
          const was = await ask(context, client => client.request('maintenance-off', {}), 'admin');
          if (json) writeJson(context.out, was);
          else context.out.write(was ? 'Maintenance is over.\n' : 'There was no maintenance.\n');
          return EXIT.ok;
        }),
      );
  },
};
