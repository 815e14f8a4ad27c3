/** `pathwarden alarms`: those that are active, or each change as it comes. */
import type { Alarm, AlarmChange, Severity } from '../types.ts';
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
import { stampTime } from './format.ts';
import { clean, type Paint, paint, type Terminal, table } from './terminal.ts';
import type { Verb } from './verb.ts';

export const alarmsVerb: Verb = {
  define(program, run) {
    program
      .command('alarms')
      .description('active alarms')
      .option('--all', 'also those that have cleared')
      .option('--follow', 'each change as it comes, one line each, until interrupted')
      .option('--json', 'JSON; with --follow one change a line')
      .action((options: { all?: boolean; follow?: boolean; json?: boolean }) =>
        run(async context => {
          if (options.follow) return follow(context, options.json === true);
          const alarms = await ask(context, client =>
            client.request('alarms', { all: options.all === true }),
          );
          if (options.json) writeJson(context.out, alarms);
          else context.out.write(renderAlarms(context.out, alarms));
          return EXIT.ok;
        }),
      );
  },
};

const COLOURS: Record<Severity, Paint | null> = {
  CRITICAL: 'red',
  MAJOR: 'red',
  MINOR: 'yellow',
  WARNING: 'yellow',
  INDETERMINATE: null,
  CLEARED: 'green',
};

const severity = (out: Terminal, s: Severity): string => {
  const how = COLOURS[s];
  return how ? paint(out, how, s) : s;
};

const marks = (a: Alarm): string =>
  [a.drill ?? '', a.ackState === 'ACKNOWLEDGED' ? 'acknowledged' : '']
    .filter(x => x !== '')
    .join(', ');

export function renderAlarms(out: Terminal, alarms: Alarm[]): string {
  if (alarms.length === 0) return 'No alarms.\n';
  return table(
    out,
    [
      { title: 'RAISED' },
      { title: 'SEVERITY' },
      { title: 'ALARM' },
      { title: 'OBJECT', shrink: true },
      { title: 'CLEARED' },
      { title: 'DETAILS', shrink: true },
    ],
    alarms.map(a => [
      stampTime(a.alarmRaisedTime),
      severity(out, a.perceivedSeverity),
      clean(a.type),
      clean(a.managedObjectId),
      stampTime(a.alarmClearedTime),
      clean([...a.faultDetails, marks(a)].filter(x => x !== '').join('; ')),
    ]),
  );
}

/** `2026-03-01 14:05:09.042 raised MAJOR link-down leg/c-a: no carrier (drill-20260301-…)`. What it was is in the raise; a clear says why it ended. */
export function changeLine(out: Terminal, { kind, alarm: a }: AlarmChange): string {
  const at =
    kind === 'cleared'
      ? a.alarmClearedTime
      : kind === 'raised'
        ? a.alarmRaisedTime
        : (a.alarmChangedTime ?? a.alarmRaisedTime);
  const details =
    kind === 'cleared' && a.clearCause ? [a.clearCause.replaceAll('-', ' ')] : a.faultDetails;
  const text = details.length === 0 ? '' : `: ${details.join('; ')}`;
  const note = marks(a) === '' ? '' : ` (${marks(a)})`;
  const how = severity(out, kind === 'cleared' ? 'CLEARED' : a.perceivedSeverity);
  const word = kind === 'cleared' ? '' : ` ${how}`;
  return (
    `${stampTime(at)} ${kind === 'cleared' ? paint(out, 'green', kind) : kind}${word} ` +
    clean(`${a.type} ${a.managedObjectId}${text}${note}`)
  );
}

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
