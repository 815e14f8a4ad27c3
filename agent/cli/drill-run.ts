/** `pathwarden drill run`: its arguments. What comes of them is drill-execute.ts. */
import type { Command } from 'commander';
import type { Direction, DrillKind, DrillOptions } from '../drills/kind.ts';
import { drillKinds, findKind } from '../drills/kinds.ts';
import { CliError, EXIT } from './exit.ts';
import { parseCount, parseDuration } from './format.ts';
import { type ReportOptions, reportOptions } from './report-file.ts';
import { requireRoot } from './root.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

/** As they were written. */
export interface DrillArguments extends ReportOptions {
  group?: string;
  leg?: string;
  repeat: string;
  hold?: string;
  flaps?: string;
  period?: string;
  budget?: string;
  wait: string;
  direction?: string;
  primed?: boolean;
  force?: boolean;
  guard?: string;
}

export const drillRun: Verb = {
  define(drill, run) {
    reportOptions(common(drill.command('run')))
      .description('cut one leg, time the failover of its flows, heal it')
      .action((kind: string, options: DrillArguments) =>
        run(async context => {
          const prepared = prepare(kind, options);
          requireRoot('a drill');
          const { executeDrill } = await import('./drill-execute.ts');
          return executeDrill(context, prepared, options);
        }),
      );
  },
};

const common = (command: Command): Command =>
  command
    .argument('<kind>', `${drillKinds.map(k => k.name).join(' or ')}; see drill list`)
    .option('--group <id>', 'path group, e.g. ecmp:10.0.0.9/32; needed if there are several')
    .option('--leg <name>', 'interface to cut (default: each time the one in use then)')
    .option('--repeat <n>', 'how many cuts', '1')
    .option('--hold <time>', 'how long a cut lasts, 100ms to 60s (default: 2s)')
    .option('--flaps <n>', 'flap: how often the leg goes down (default: 5)')
    .option('--period <time>', 'flap: from one time down to the next, 20ms to 10s (default: 200ms)')
    .option('--budget <time>', 'longest gap that passes (default: as the agent is configured)')
    .option('--wait <time>', 'how long a refusal may take to go away', '0s')
    .option('--direction <which>', 'blackhole: in, out or both (default: both)')
    .option('--primed', "let another link flap just before: the kernel's worst case")
    .option('--force', 'override the refusals that may be overridden')
    .option('--guard <file>', 'pathwarden-guard to use');

/** What can be judged before anybody is asked. */
export interface Prepared {
  kind: DrillKind;
  options: DrillOptions;
  repeats: number;
  hold_ms: number;
  budget_ms: number | null;
  wait_ms: number;
}

const MINUTE = 60_000;

/** @throws CliError (usage) */
export function prepare(name: string, options: DrillArguments): Prepared {
  const kind = findKind(name);
  if (!kind)
    throw new CliError(
      EXIT.usage,
      `there is no drill of kind '${clean(name)}'; there are ${drillKinds.map(k => k.name).join(', ')}`,
    );
  const how = optionsOf(kind, options);
  const lasts = kind.lasts(how);
  if (lasts !== null && options.hold !== undefined)
    throw new CliError(
      EXIT.usage,
      `--hold: how long ${kind.name} lasts follows from ${words(kind)}`,
    );
  if (lasts !== null && lasts > MINUTE)
    throw new CliError(EXIT.usage, `${words(kind)}: ${lasts} ms in all are more than a minute`);
  return {
    kind,
    options: how,
    repeats: parseCount('--repeat', options.repeat, 1, 1000),
    hold_ms: lasts ?? parseDuration('--hold', options.hold ?? '2s', 100, MINUTE),
    budget_ms:
      options.budget === undefined ? null : parseDuration('--budget', options.budget, 1, MINUTE),
    wait_ms: parseDuration('--wait', options.wait, 0, 10 * MINUTE),
  };
}

const WORDS: Record<keyof DrillOptions, 'direction' | 'flaps' | 'period'> = {
  direction: 'direction',
  flaps: 'flaps',
  period_ms: 'period',
};
const words = (kind: DrillKind): string => kind.takes.map(o => `--${WORDS[o]}`).join(' and ');

/** @throws CliError (usage) for what this kind does not take, or nobody */
function optionsOf(kind: DrillKind, written: DrillArguments): DrillOptions {
  for (const [option, word] of Object.entries(WORDS))
    if (written[word] !== undefined && !kind.takes.includes(option as keyof DrillOptions))
      throw new CliError(EXIT.usage, `--${word}: ${kind.name} has no ${word}`);
  const { direction = 'both', flaps = '5', period = '200ms' } = written;
  if (!['in', 'out', 'both'].includes(direction))
    throw new CliError(EXIT.usage, `--direction: '${clean(direction)}' is not in, out or both`);
  return {
    direction: direction as Direction,
    flaps: parseCount('--flaps', flaps, 1, 1000),
    period_ms: parseDuration('--period', period, 20, 10_000),
  };
}
