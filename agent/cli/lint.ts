/** `pathwarden lint`: the worst-case failover time of every path group, by the host's own settings. */
import type { Inventory } from '../drills/inventory.ts';
import type { Loss } from '../lint/rule.ts';
import type { Tree } from '../lint/tree.ts';
import { type Context, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { parseCount } from './format.ts';
import { renderLint, renderRules } from './lint-text.ts';
import { clean, paint } from './terminal.ts';
import type { Verb } from './verb.ts';

interface LintArguments {
  budgetMs?: string;
  group?: string;
  loss: string;
  root?: string;
  save?: string;
  explain?: boolean;
  rules?: boolean;
  json?: boolean;
}

const LOSS: Record<string, readonly Loss[]> = {
  both: ['carrier', 'silent'],
  carrier: ['carrier'],
  silent: ['silent'],
};

export const lintVerb: Verb = {
  define(program, run) {
    program
      .command('lint')
      .description(
        'worst-case failover time by the settings of this host, and which setting breaks the budget; needs no root and no agent',
      )
      .option('--budget-ms <ms>', 'longest failover (default: as configured, else 1000)')
      .option('--group <pattern>', 'only path groups with such an id; * stands for anything')
      .option('--loss <kind>', 'what counts: carrier, silent or both', 'both')
      .option('--root <dir>', 'judge this tree of settings, not the live host')
      .option('--save <dir>', 'also save what was read, as a tree for --root')
      .option('--explain', 'also how each time was reckoned, and what is worth knowing besides')
      .option('--rules', 'list the rules: what they read, formula, advice, source')
      .option('--json', 'as JSON')
      .action((options: LintArguments) =>
        run(async context => {
          const { out } = context;
          if (options.rules) {
            const { ruleFacts } = await import('../lint/rules/facts.ts');
            if (options.json) writeJson(out, ruleFacts());
            else out.write(renderRules(out, ruleFacts()));
            return EXIT.ok;
          }
          const losses = LOSS[options.loss];
          if (!losses)
            throw new CliError(
              EXIT.usage,
              `--loss: '${clean(options.loss)}' is not carrier, silent or both`,
            );
          const report = await judge(context, options, losses);
          if (options.json) writeJson(out, report);
          else out.write(renderLint(out, report, options.explain ?? false));
          return report.verdict === 'OK' ? EXIT.ok : EXIT.no;
        }),
      );
  },
};

async function judge(context: Context, options: LintArguments, losses: readonly Loss[]) {
  const own =
    options.budgetMs === undefined ? null : parseCount('--budget-ms', options.budgetMs, 1, 60_000);
  const { tree, inventory, save } = await open(options);
  const { globMatches } = await import('../config/glob.ts');
  const { budgetsOf } = await import('./lint-budget.ts');
  const { readHost } = await import('../lint/host.ts');
  const { lint } = await import('../lint/evaluate.ts');
  const budgets = budgetsOf(context.options.config, tree);
  if (budgets.problem !== null && own === null)
    context.err.write(`${paint(context.err, 'yellow', 'pathwarden')}: ${clean(budgets.problem)}\n`);
  const report = lint(readHost(tree, inventory), {
    budgetMs: group => own ?? budgets.budgetMs(group),
    wanted: group =>
      options.group === undefined ? budgets.wanted(group) : globMatches(options.group, group),
    losses,
  });
  save?.(budgets.kept);
  if (options.group !== undefined && report.groups.length === 0)
    throw new CliError(EXIT.usage, `--group: no path group matches '${clean(options.group)}'`);
  return report;
}

interface Source {
  tree: Tree;
  inventory: Inventory;
  /** `config`: what of pathwarden's own configuration goes with it. */
  save?: (config: string | null) => void;
}

async function open({ root, save }: LintArguments): Promise<Source> {
  const { openBundle, recording } = await import('../lint/bundle.ts');
  if (root !== undefined) {
    if (save !== undefined) throw new CliError(EXIT.usage, '--save and --root exclude each other');
    const bundle = openBundle(root);
    if ('problem' in bundle)
      throw new CliError(
        EXIT.usage,
        clean(bundle.problem),
        'Make such a tree on the host with: pathwarden lint --save DIR',
      );
    return bundle;
  }
  const { openTree } = await import('../lint/tree.ts');
  const { decode } = await import('../drills/inventory.ts');
  const { dumpAll } = await import('../drills/rtnetlink.ts');
  // Without the teams' own state, which the kernel tells root only.
  const inventory = decode(await dumpAll());
  if (save === undefined) return { tree: openTree('/'), inventory };
  const recorder = recording('/');
  return {
    tree: recorder.tree,
    inventory,
    save(config) {
      try {
        recorder.save(save, inventory, config);
      } catch (error) {
        throw new CliError(EXIT.usage, `--save: ${clean((error as Error).message)}`);
      }
    },
  };
}
