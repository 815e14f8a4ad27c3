/** `pathwarden alarms`: those that are active, or each change as it comes. */
import { changeLine, renderAlarms } from './alarm-text.ts';
import {
  ask,
  type Context,
  connectAgent,
  explainControl,
  untilInterrupted,
  writeJson,
  writeJsonLine,
} from './context.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { maintenanceSentence } from './maintenance-text.ts';
import type { Verb } from './verb.ts';

export const alarmsVerb: Verb = {
  define(program, run) {
    program
      .command('alarms')
      .description('active alarms, those that follow from others below their cause')
      .option('--all', 'also those that have cleared')
      .option('--follow', 'each change as it comes, one line each, until interrupted')
      .option('--json', 'JSON; with --follow one change a line')
      .action((options: { all?: boolean; follow?: boolean; json?: boolean }) =>
        run(async context => {
          if (options.follow) return follow(context, options.json === true);
          const [alarms, { maintenance }] = await ask(context, client =>
            Promise.all([
              client.request('alarms', { all: options.all === true }),
              client.request('status', {}),
            ]),
          );
          if (options.json) writeJson(context.out, alarms);
          else {
            context.out.write(renderAlarms(context.out, alarms));
            if (maintenance) context.out.write(maintenanceSentence(context.out, maintenance));
          }
          return EXIT.ok;
        }),
      );
  },
};

async function follow(context: Context, json: boolean): Promise<ExitCode> {
  const client = await connectAgent(context, 'view');
  try {
    await client.follow(['alarms'], event => {
      if (event.topic !== 'alarms') return;
      if (json) writeJsonLine(context.out, event.change);
      else context.out.write(`${changeLine(context.out, event.change)}\n`);
    });
    return await untilInterrupted(context, client.closed);
  } catch (error) {
    throw explainControl(error);
  } finally {
    client.close();
  }
}
