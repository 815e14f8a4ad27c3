/** A failover record as text: what happened when, to scale against the budget, and the way back. */
import type { FailoverRecord, FlowPassage, Us, Verdict } from '../types.ts';
import { duration, localTime, ms } from './format.ts';
import { clean, type Paint, paint, type Terminal } from './terminal.ts';

export const VERDICT_COLOURS: Record<Verdict | 'INVALID', Paint> = {
  PASS: 'green',
  FAIL: 'red',
  INCONCLUSIVE: 'yellow',
  NOT_MEASURED: 'yellow',
  INVALID: 'yellow',
};

/** Columns of a bar where the terminal does not say how wide it is, and at most. */
const BAR_MAX = 60;
const BAR_MIN = 10;
/** Two spaces, the name, the figure, and what stands between them. */
const LABEL = 2 + 9 + 1 + 12 + 2;
/** Of flows, the worst ones are shown. */
const FLOWS_MAX = 5;

const glyphs = (out: Terminal) =>
  out.unicode
    ? { line: '━', end: '●', limit: '│', arrow: '→', atMost: '≤', about: '±' }
    : { line: '=', end: 'o', limit: '|', arrow: '->', atMost: '<=', about: '+-' };

interface Row {
  name: string;
  /** Null: it did not happen. */
  at: Us | null;
}

/** `12.3`, `≤ 10.1` when it is no longer than the traffic's own spacing, `-` when nothing was measured. */
export function gapText(
  out: Terminal,
  gap: { gap_us: Us | null; spacing_us: Us | null; gap_below_spacing: boolean },
): string {
  if (gap.gap_us === null) return '-';
  if (!gap.gap_below_spacing) return ms(gap.gap_us);
  return `${glyphs(out).atMost} ${ms(gap.spacing_us ?? gap.gap_us)}`;
}

/** A drill has a headline of its own, and where it is INVALID the record's verdict would mislead. */
export interface TimelineParts {
  headline: boolean;
  verdict: boolean;
}

export function renderTimeline(
  out: Terminal,
  record: FailoverRecord,
  parts: TimelineParts = { headline: true, verdict: true },
): string {
  const g = glyphs(out);
  const legs = [...new Set(record.legs.map(l => l.leg))].join(', ');
  const { cut } = record;
  const head = parts.headline
    ? `${paint(out, 'bold', clean(record.id))}  ${localTime(record.opened.wall_us)}  ${clean(record.group)}, leg ${clean(legs)}` +
      `${record.drill === null ? '' : `, drill ${clean(record.drill)}`}\n`
    : '';
  const how =
    `  cut known from ${cut.source.replaceAll('_', ' ')}, ${g.about} ${duration(cut.uncertainty_us)}; ` +
    `carrier strategy ${clean(record.strategy)}, nudge ${clean(record.nudge)}\n`;
  const rows: Row[] = [
    { name: 'cut', at: 0 },
    ...MOMENTS.filter(name => name !== 'announced' || isBonded(record)).map(name => {
      const t = record[`${name}_us`] ?? null;
      return { name, at: t === null ? null : t - cut.t_us };
    }),
  ];
  return [
    head,
    how,
    bars(out, rows, record.budget_ms * 1000),
    phases(record),
    steered(record),
    flows(out, record),
    parts.verdict ? verdict(out, record) : '',
    parts.verdict ? wayBack(out, record) : '',
  ].join('');
}

const MOMENTS = ['seen', 'switched', 'announced', 'flowing', 'told'] as const;

/** A bond or team has parts of its own in the gap. */
export const isBonded = ({ kind }: FailoverRecord): boolean => kind === 'bond' || kind === 'team';

function phases(record: FailoverRecord): string {
  // Records of older agents lack them.
  const of = record.phases ?? null;
  if (of === null) return '';
  const part = (name: string, us: Us | null) =>
    `${name} ${us === null ? 'not seen' : duration(us)}`;
  return `  ${[
    part('detection', of.detection_us),
    part('switch', of.switch_us),
    part('announcement', of.announcement_us),
    part('recovery', of.recovery_us),
  ].join(', ')}\n`;
}

const HOW = {
  'active-member': 'by active member',
  route: 'by route',
  'link-down': 'by taking the link down',
} as const;

function steered(record: FailoverRecord): string {
  // Records of older agents lack it.
  const of = record.steered ?? null;
  if (of === null) return '';
  const { t_us, how, from, to } = of;
  const where = to === null ? `off ${clean(from)}` : `from ${clean(from)} to ${clean(to)}`;
  return `  steered +${duration(t_us - record.cut.t_us)} ${HOW[how]}, ${where}\n`;
}

function verdict(out: Terminal, record: FailoverRecord): string {
  if (record.state === 'open') return '  still open\n';
  const word = paint(out, VERDICT_COLOURS[record.verdict], record.verdict);
  const gap =
    record.gap_us === null
      ? 'no gap measured'
      : `gap ${gapText(out, record)} ms, budget ${record.budget_ms} ms`;
  const findings =
    record.findings.length === 0 ? '' : `  found: ${clean(record.findings.join(', '))}\n`;
  return `  ${word}  ${gap}: ${clean(record.reason)}\n${findings}`;
}

function wayBack(out: Terminal, record: FailoverRecord): string {
  const { back } = record;
  if (back === null) return '';
  const after = (t: Us | null) => (t === null ? null : t - back.healed_us);
  const rows: Row[] = [
    { name: 'healed', at: 0 },
    { name: 'switched', at: after(back.switched_us) },
    { name: 'flowing', at: after(back.flowing_us) },
  ];
  const gap = back.gap_us === null ? 'no gap measured' : `gap ${duration(back.gap_us)}`;
  const word = paint(out, VERDICT_COLOURS[back.verdict], back.verdict);
  return (
    `  the way back, from the heal ${duration(back.healed_us - record.cut.t_us)} after the cut\n` +
    `${bars(out, rows, record.budget_ms * 1000)}  ${word}  ${gap}: ${clean(back.reason)}\n`
  );
}

/** Linear, from 0 to the budget or to the last event, whichever is later; the budget is marked in every row. */
function bars(out: Terminal, rows: Row[], budget: Us): string {
  const g = glyphs(out);
  const width = Math.min(BAR_MAX, Math.max(BAR_MIN, (out.columns ?? 200) - LABEL - 1));
  const end = Math.max(budget * 1.05, ...rows.map(r => r.at ?? 0));
  const cell = (t: Us) => Math.min(width - 1, Math.max(0, Math.round((t / end) * (width - 1))));
  const limit = cell(budget);

  const label = `${ms(budget).replace('.0', '')} ms`;
  const mark = Math.max(0, Math.min(limit - Math.floor(label.length / 2), width - label.length));
  const scale = `0${label.padStart(mark - 1 + label.length)}`;
  const lines = [`${' '.repeat(LABEL)}${paint(out, 'dim', scale)}`];
  for (const { name, at } of rows) {
    const figure = at === null ? 'never' : `${ms(at)} ms`;
    const cells = Array.from({ length: width }, (_, i) => (i === limit ? g.limit : ' '));
    let upTo = -1;
    if (at !== null) {
      upTo = cell(at);
      for (let i = 0; i < upTo; i++) if (i !== limit) cells[i] = g.line;
      cells[upTo] = g.end;
    }
    const over = at !== null && at > budget;
    const how: Paint = over ? 'red' : name === 'cut' || name === 'healed' ? 'cyan' : 'green';
    const bar =
      paint(out, how, cells.slice(0, upTo + 1).join('')) +
      paint(
        out,
        'dim',
        cells
          .slice(upTo + 1)
          .join('')
          .trimEnd(),
      );
    lines.push(`  ${name.padEnd(9)} ${figure.padStart(12)}  ${bar}`.trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

function flows(out: Terminal, record: FailoverRecord): string {
  const worst = [...record.flows].sort((a, b) => (b.gap_us ?? -1) - (a.gap_us ?? -1));
  const { arrow } = glyphs(out);
  const leg = (before: string | null, after: string | null) =>
    after === null || before === after ? (before ?? '?') : `${before ?? '?'} ${arrow} ${after}`;
  const line = (f: FlowPassage) =>
    `  flow ${clean(f.flow)}: out by ${clean(leg(f.leg_out_before, f.leg_out_after))}, ` +
    `back by ${clean(leg(f.leg_in_before, f.leg_in_after))}, ` +
    (f.gap_us === null ? 'no demand' : `gap ${duration(f.gap_us)}`) +
    (f.spacing_us === null ? '' : ` at a spacing of ${duration(f.spacing_us)}`);
  const more = worst.length - FLOWS_MAX;
  return [
    ...worst.slice(0, FLOWS_MAX).map(line),
    ...(more > 0 ? [`  and ${more} more flows with smaller gaps`] : []),
  ]
    .map(l => `${l}\n`)
    .join('');
}
