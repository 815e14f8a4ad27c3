/** `pathwarden drill run`: its arguments. What comes of them is drill-execute.ts. */
import type { Command } from 'commander';
import type { Direction, DrillKind } from '../drills/kind.ts';
import { drillKinds, findKind } from '../drills/kinds.ts';
import { CliError, EXIT } from './exit.ts';
import { parseCount, parseDuration } from './format.ts';
import { requireRoot } from './root.ts';
import { clean } from './terminal.ts';
import type { Verb } from './verb.ts';

/** As they were written. */
export interface DrillArguments {
  group?: string;
  leg?: string;
  repeat: string;
  hold: string;
  budget?: string;
  wait: string;
  direction?: string;
  primed?: boolean;
  force?: boolean;
  guard?: string;
  json?: string;
}

export const drillRun: Verb = {
  define(drill, run) {
    common(drill.command('run'))
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
    .option('--leg <name>', 'interface to cut (default: the one that carries the storage flow)')
    .option('--repeat <n>', 'how many cuts', '1')
    .option('--hold <time>', 'how long a cut lasts, 100ms to 60s', '2s')
    .option('--budget <time>', 'longest gap that passes (default: as the agent is configured)')
    .option('--wait <time>', 'how long a refusal may take to go away', '0s')
    .option('--direction <which>', 'blackhole: in, out or both (default: both)')
    .option('--primed', "let another link flap just before: the kernel's worst case")
    .option('--force', 'override the refusals that may be overridden')
    .option('--guard <file>', 'pathwarden-guard to use')
    .option(
      '--json <file>',
      'write the report there as well; - for stdout, with the text on stderr',
    );

/** What can be judged before anybody is asked. */
export interface Prepared {
  kind: DrillKind;
  direction: Direction;
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
  const { direction } = options;
  if (direction !== undefined) {
    if (!kind.takes.includes('direction'))
      throw new CliError(EXIT.usage, `--direction: ${kind.name} has no direction`);
    if (!['in', 'out', 'both'].includes(direction))
      throw new CliError(EXIT.usage, `--direction: '${clean(direction)}' is not in, out or both`);
  }
  return {
    kind,
    direction: (direction ?? 'both') as Direction,
    repeats: parseCount('--repeat', options.repeat, 1, 1000),
    hold_ms: parseDuration('--hold', options.hold, 100, MINUTE),
    budget_ms:
      options.budget === undefined ? null : parseDuration('--budget', options.budget, 1, MINUTE),
    wait_ms: parseDuration('--wait', options.wait, 0, 10 * MINUTE),
  };
}
