/** `pathwarden drill clean`: undo what a drill left behind whose guard is dead. The units run it at start, too. */
import type { Cleaned } from '../drills/plans.ts';
import { writeJson } from './context.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { requireRoot } from './root.ts';
import { clean, type Paint, paint, type Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';

export const drillClean: Verb = {
  define(drill, run) {
    drill
      .command('clean')
      .description('undo what drills left behind whose guard is dead; running ones are left alone')
      .option('--guard <file>', 'pathwarden-guard to use')
      .option('--json', 'what was done with each plan, as JSON')
      .action((options: { guard?: string; json?: boolean }) =>
        run(async context => {
          requireRoot('drill clean');
          const { cleanPlans, planFiles } = await import('../drills/plans.ts');
          const { planFolder, requireGuard, safePlanFolder } = await import('./drill-common.ts');
          const left = planFiles(planFolder(context)).length > 0;
          const cleaned = left
            ? await cleanPlans(safePlanFolder(context), requireGuard(context, options.guard))
            : [];
          if (options.json) writeJson(context.out, cleaned);
          else context.out.write(renderCleaned(context.out, cleaned));
          return exitCode(cleaned);
        }),
      );
  },
};

const COLOURS: Record<Cleaned['outcome'], Paint> = {
  undone: 'green',
  discarded: 'green',
  running: 'cyan',
  differences: 'red',
  unusable: 'red',
};

export function renderCleaned(out: Terminal, cleaned: Cleaned[]): string {
  if (cleaned.length === 0) return 'Nothing was left behind.\n';
  return cleaned
    .map(
      c =>
        `${clean(c.plan)}  ${paint(out, COLOURS[c.outcome], c.outcome)}\n` +
        c.details.map(d => `  ${clean(d)}\n`).join(''),
    )
    .join('');
}

function exitCode(cleaned: Cleaned[]): ExitCode {
  if (cleaned.some(c => c.outcome === 'differences')) return EXIT.notRestored;
  // Somebody may still be at work here: that is no clean host either.
  return cleaned.some(c => c.outcome === 'unusable' || c.outcome === 'running') ? EXIT.no : EXIT.ok;
}
