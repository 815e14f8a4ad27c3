/** What `pathwarden lint` says to people: the table first, then what to set, then what could not be read. */
import type {
  Cause,
  Figure,
  GroupReport,
  LintReport,
  StageReport,
  Verdict,
} from '../lint/report.ts';
import type { Setting } from '../lint/rule.ts';
import type { RuleFacts } from '../lint/rules/facts.ts';
import { count, wrap } from './format.ts';
import { clean, type Paint, paint, type Terminal, table } from './terminal.ts';

const COLOURS: Record<Verdict, Paint> = { OK: 'green', BROKEN: 'red', UNKNOWN: 'yellow' };
const LOSS_TEXT = { carrier: 'link down', silent: 'silent' } as const;
const TEXT_COLUMNS = 110;

export function renderLint(out: Terminal, report: LintReport, explain: boolean): string {
  const { groups, blind } = report;
  if (groups.length === 0 && blind.length === 0)
    return 'No path group and no storage connection: nothing to judge.\n';
  const parts = [head(out, report), groups.length > 0 ? figures(out, groups) : ''];
  parts.push(...alike(groups).map(([g]) => problems(out, g, explain)), unread(out, report));
  if (explain) parts.push(...groups.map(g => explanation(out, g)));
  else {
    const warnings = groups.flatMap(g => g.notes).filter(n => n.warns).length;
    if (warnings > 0)
      parts.push(
        `--explain: ${count(warnings, 'warning')} more, sources, and how each time was reckoned\n`,
      );
  }
  return parts.filter(Boolean).join('\n');
}

const budgetsOf = (groups: readonly GroupReport[]) => new Set(groups.map(g => g.budget_ms));

function head(out: Terminal, { verdict, groups }: LintReport): string {
  const broken = groups.filter(g => g.verdict === 'BROKEN').length;
  const [budget, another] = budgetsOf(groups);
  const limit = budget && !another ? `the budget of ${budget} ms` : 'the budget';
  const text = {
    OK: `every path group fails over within ${limit}`,
    BROKEN: `${broken} of ${count(groups.length, 'path group')} may take longer than ${limit}`,
    UNKNOWN: 'what decides could not be read everywhere',
  }[verdict];
  return `${paint(out, COLOURS[verdict], verdict)}: ${text}\n`;
}

function figures(out: Terminal, groups: readonly GroupReport[]): string {
  const budgets = budgetsOf(groups);
  return table(
    out,
    [
      { title: 'PATH GROUP', shrink: true },
      { title: 'LOSS' },
      { title: 'WORST CASE', align: 'right' },
      ...(budgets.size > 1 ? [{ title: 'BUDGET', align: 'right' as const }] : []),
      { title: 'VERDICT' },
      { title: 'SEEN FIRST BY' },
      { title: 'WHAT BREAKS IT', shrink: true },
    ],
    alike(groups).flatMap(([group, more]) =>
      [group.carrier, group.silent].map((figure, i) => [
        i === 0 ? clean(group.id) : more > 0 ? `and ${more} more` : '',
        LOSS_TEXT[figure.loss],
        timeText(figure),
        ...(budgets.size > 1 ? [i === 0 ? `${group.budget_ms} ms` : ''] : []),
        figure.counted
          ? paint(out, COLOURS[figure.verdict], figure.verdict)
          : paint(out, 'dim', 'not asked'),
        seenText(figure),
        clean(causesText(figure)),
      ]),
    ),
  );
}

/** Routes of which the same is so are one line, however many there are. */
function alike(groups: readonly GroupReport[]): [group: GroupReport, more: number][] {
  const found = new Map<string, [GroupReport, number]>();
  for (const group of groups) {
    const { id, targets: _, ...same } = group;
    const key = group.kind === 'ecmp' ? JSON.stringify(same) : id;
    const before = found.get(key);
    if (before) before[1]++;
    else found.set(key, [group, 0]);
  }
  return [...found.values()];
}

const timeText = ({ state, ms }: Figure): string =>
  state === 'bounded' ? `${ms} ms` : state === 'never' ? 'never' : 'unknown';

const seenText = ({ seen_by }: Figure): string =>
  seen_by === null ? 'nobody' : `${seen_by.layer}, ${seen_by.ms} ms`;

function causesText({ causes: [first, ...more] }: Figure): string {
  if (!first) return '';
  const text = first.setting ? settingText(first.setting) : first.rule;
  return more.length > 0 ? `${text} (+${more.length})` : text;
}

function settingText({ name, value, needs_root }: Setting): string {
  if (value !== null) return `${name} = ${value}`;
  return needs_root ? `${name}: unknown (needs root)` : `${name}: unknown`;
}

/** What to do, for each thing that is not well; both kinds of loss together where they have the same cause. */
function problems(out: Terminal, group: GroupReport, explain: boolean): string {
  const bad = [group.carrier, group.silent].filter(f => f.counted);
  const causes = new Map<string, { cause: Cause; figures: Figure[] }>();
  for (const figure of bad)
    for (const cause of figure.causes) {
      const known = causes.get(cause.why);
      if (known?.figures.includes(figure) === false) known.figures.push(figure);
      else if (!known) causes.set(cause.why, { cause, figures: [figure] });
    }
  if (causes.size === 0) return '';
  const entries = [...causes.values()].map(({ cause, figures }) => {
    const losses = figures.map(f => LOSS_TEXT[f.loss]).join(', ');
    const where = cause.setting?.file ? ` (${cause.setting.file})` : '';
    return (
      entry(out, losses, `${cause.why}${where}`) +
      (figures.some(f => f.verdict === 'BROKEN') ? entry(out, 'do', cause.advice) : '') +
      (explain ? entry(out, 'source', cause.source.join('; '), 'dim') : '')
    );
  });
  return `${paint(out, 'bold', clean(group.id))}\n${entries.join('')}`;
}

function entry(out: Terminal, label: string, text: string, how?: Paint): string {
  const indent = 22;
  return wrap(clean(text), out.columns ?? TEXT_COLUMNS, indent)
    .map((line, i) => {
      const shown = how ? paint(out, how, line) : line;
      return `  ${(i === 0 ? label : '').padEnd(indent - 2)}${shown}\n`;
    })
    .join('');
}

/** Every path that could not be read, once. */
function unread(out: Terminal, { groups, blind }: LintReport): string {
  const settings = [
    ...blind,
    ...groups.flatMap(g => [
      ...[g.carrier, g.silent].flatMap(f => [
        ...f.stages.flatMap(s => s.settings),
        ...f.causes.flatMap(c => c.setting ?? []),
      ]),
      ...g.notes.flatMap(n => n.settings),
    ]),
  ].filter(s => s.value === null);
  const seen = new Map<string, Setting>();
  for (const setting of settings) if (!seen.has(setting.file)) seen.set(setting.file, setting);
  if (seen.size === 0) return '';
  const lines = [...seen.values()].map(({ name, file, why, needs_root }) =>
    entry(
      out,
      needs_root ? 'needs root' : 'unknown',
      `${file}: ${why ?? 'is not there'} (${name})`,
    ),
  );
  return `${paint(out, 'bold', 'not read, so never a pass')}\n${lines.join('')}`;
}

function explanation(out: Terminal, group: GroupReport): string {
  const legs = group.legs.length > 0 ? `: ${group.legs.join(', ')}` : '';
  const services =
    group.services.length > 0 ? entry(out, 'used by', group.services.join(', ')) : '';
  const stages = [group.carrier, group.silent]
    .map(figure =>
      figure.stages
        .map((stage, i) => entry(out, i === 0 ? LOSS_TEXT[figure.loss] : '', stageText(stage)))
        .join(''),
    )
    .join('');
  const notes = group.notes
    .map(n =>
      n.warns
        ? entry(out, 'warning', `${n.why}: ${n.advice}`, 'yellow')
        : entry(out, 'note', n.why),
    )
    .join('');
  return `${paint(out, 'bold', clean(group.id))}${clean(legs)}\n${services}${stages}${notes}`;
}

function stageText({ stage, state, ms, why, rule, settings }: StageReport): string {
  const time = state === 'bounded' ? `${ms} ms` : state;
  const from = settings.map(s => `${settingText(s)}${s.origin === 'default' ? ' (default)' : ''}`);
  return `${stage} ${time}: ${why} [${[rule, ...from].join('; ')}]`;
}

export function renderRules(out: Terminal, rules: readonly RuleFacts[]): string {
  const preface =
    "Times of the kernel's timers are reckoned an eighth late, which is the most that they may be.";
  return `${preface}\n\n${rules
    .map(
      r =>
        `${paint(out, 'bold', r.id)}  ${r.layer}, ${r.stage}, ${r.losses.map(l => LOSS_TEXT[l as 'carrier']).join(' and ')}\n` +
        entry(out, 'reads', r.reads.join(', ')) +
        entry(out, 'formula', r.formula) +
        entry(out, 'advice', r.advice) +
        entry(out, 'source', r.source.join('; ')),
    )
    .join('\n')}`;
}
