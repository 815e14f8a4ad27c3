/** `pathwarden drill list`: kinds of drill, and plans of drills that run or were left behind. */
import { drillKinds } from '../drills/kinds.ts';
import type { PlanState } from '../drills/plans.ts';
import { type Context, writeJson } from './context.ts';
import { EXIT } from './exit.ts';
import { wrap } from './format.ts';
import { clean, paint, type Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';

export const drillList: Verb = {
  define(drill, run) {
    drill
      .command('list')
      .description('kinds of drill, what they need and prove; drills that run or were left behind')
      .option('--guard <file>', 'pathwarden-guard to use')
      .option('--json', 'as JSON')
      .action((options: { guard?: string; json?: boolean }) =>
        run(async context => {
          const plans = await readPlans(context, options.guard);
          if (options.json)
            writeJson(context.out, {
              kinds: drillKinds.map(({ name, does, proves, needs }) => ({
                name,
                does,
                proves,
                needs,
              })),
              plans,
            });
          else context.out.write(renderKinds(context.out) + renderPlans(context.out, plans));
          return EXIT.ok;
        }),
      );
  },
};

/** Null: only root sees the folder. */
async function readPlans(context: Context, guard: string | undefined): Promise<PlanState[] | null> {
  if (process.getuid?.() !== 0) return null;
  const { inspectPlans } = await import('../drills/plans.ts');
  const { planFolder, requireGuard } = await import('./drill-common.ts');
  return inspectPlans(planFolder(context), () => requireGuard(context, guard));
}

export function renderKinds(out: Terminal): string {
  return drillKinds
    .map(k => {
      const entry = (label: string, text: string) =>
        wrap(text, out.columns ?? 100, 10)
          .map((line, i) => `  ${(i === 0 ? label : '').padEnd(8)}${line}\n`)
          .join('');
      return (
        `${paint(out, 'bold', k.name)}\n${entry('does', k.does)}` +
        `${entry('proves', k.proves)}${entry('needs', k.needs.join('; '))}`
      );
    })
    .join('\n');
}

export function renderPlans(out: Terminal, plans: PlanState[] | null): string {
  if (plans === null) return '\nWhether a drill runs or was left behind is for root to see.\n';
  if (plans.length === 0) return '\nNo drill runs, and none was left behind.\n';
  const left = plans.some(p => p.state !== 'running');
  const text = plans.map(p => {
    const how = p.state === 'running' ? 'green' : 'yellow';
    return `${clean(p.plan)}  ${paint(out, how, p.state)}\n${p.details.map(d => `  ${clean(d)}\n`).join('')}`;
  });
  return `\n${text.join('')}${left ? 'Undo what was left behind: pathwarden drill clean\n' : ''}`;
}
