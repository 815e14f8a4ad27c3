/**
 * How values spread over the repeats: a dot for each, a box for the middle half, a line from the least to the longest.
 * The scale is logarithmic, so that 5 ms and 5 s are on one picture.
 */
import { type DrillReport, type RepeatReport, rank, statisticsOf } from '../report.ts';
import { afterCut, gapText, msText, tickText } from './figures.ts';
import { type Markup, markup } from './markup.ts';
import { logarithmic, type Scale } from './scale.ts';
import { dot, grid, label, line, percent, tickLabels } from './svg.ts';

interface Value {
  ms: number;
  /** `repeat 3: 12.9 ms`. */
  title: string;
  /** It is a limit: no longer than that. */
  below: boolean;
}

const HEIGHT = 26;
const LEAST_MS = 0.01;

export interface Spread {
  scale: Scale;
  budget_ms: number | null;
}

/** One scale for several drills. The budget is marked where all of them have the same. */
export function spreadOf(drills: readonly DrillReport[], gapsAlone: boolean): Spread {
  const values = drills.flatMap(drill =>
    rowsOf(drill, gapsAlone).flatMap(({ values }) => values.map(({ ms }) => ms)),
  );
  const budgets = [...new Set(drills.map(drill => drill.budget_ms))];
  const all = [...values.map(ms => Math.max(ms, LEAST_MS)), ...budgets];
  const scale = logarithmic(Math.min(1, ...all), Math.max(10, ...all) * 1.2);
  return { scale, budget_ms: budgets.length === 1 ? (budgets[0] ?? null) : null };
}

/** A table: what, the picture, and the figures. Of a single repeat the gap alone: its time line shows the rest. */
export function distribution(drill: DrillReport): Markup {
  const single = drill.repeats.length < 2;
  const rows = rowsOf(drill, single).filter(({ values }) => values.length > 0);
  if (rows.length === 0) return markup`<p class="quiet">No gap was measured.</p>`;
  const spread = spreadOf([drill], single);
  const keys = single ? (['max'] as const) : FIGURES;
  return markup`<table class="spread"><thead><tr><th scope="col"></th><th scope="col" class="picture">${limitLabel(spread)}</th>${keys.map(
    key => markup`<th scope="col" class="number">${single ? '' : key}</th>`,
  )}</tr></thead><tbody>${rows.map(({ name, values }) => {
    const s = statisticsOf(values.map(({ ms }) => ms));
    const below = values.length === 1 && values[0]?.below ? '≤ ' : '';
    return markup`<tr><th scope="row">${name}</th><td class="picture">${strip(values, spread, name)}</td>${
      s &&
      keys.map(
        key =>
          markup`<td class="number"${!single && markup` data-name="${key}"`}>${below}${msText(s[key])}</td>`,
      )
    }</tr>`;
  })}</tbody><tfoot><tr><td class="note">logarithmic scale</td><td class="picture">${axis(spread)}</td><td colspan="${keys.length}"></td></tr></tfoot></table>`;
}

const FIGURES = ['min', 'median', 'p95', 'max'] as const;

/** The gaps alone, on a scale that is shared with other drills. */
export const gapStrip = (drill: DrillReport, spread: Spread): Markup =>
  strip(rowsOf(drill, true)[0]?.values ?? [], { ...spread, budget_ms: drill.budget_ms }, 'gaps');

function rowsOf({ repeats }: DrillReport, gapsAlone: boolean): { name: string; values: Value[] }[] {
  const gather = (name: string, value: (repeat: RepeatReport) => Omit<Value, 'title'> | null) => ({
    name,
    values: repeats.flatMap((repeat, i) => {
      const found = value(repeat);
      if (found === null) return [];
      const text = gapText({ gap_ms: found.ms, gap_below_spacing: found.below });
      return [{ ...found, title: `${name}, repeat ${i + 1}: ${text}` }];
    }),
  });
  const after = (name: 'seen' | 'switched' | 'announced' | 'flowing' | 'told') =>
    gather(name, repeat => {
      const at = afterCut(repeat, repeat[`${name}_us`]);
      return at === null ? null : { ms: at / 1000, below: false };
    });
  const gaps = gather('gap', ({ gap_ms, gap_below_spacing }) =>
    gap_ms === null ? null : { ms: gap_ms, below: gap_below_spacing },
  );
  if (gapsAlone) return [gaps];
  return [
    gaps,
    ...(['seen', 'switched', 'announced', 'flowing', 'told'] as const).map(after),
    gather('gap of the way back', ({ back }) =>
      back?.gap_ms == null ? null : { ms: back.gap_ms, below: false },
    ),
  ];
}

/** Values that are alike do not hide each other. */
const SIDESTEP = [0, -4, 4, -2, 2];

function strip(values: Value[], { scale, budget_ms }: Spread, name: string): Markup {
  const y = HEIGHT / 2;
  const sorted = values.map(({ ms }) => ms).sort((a, b) => a - b);
  const x = (ms: number) => scale.at(Math.max(ms, LEAST_MS));
  const box =
    sorted.length > 3 &&
    markup`<line class="whisker" x1="${percent(x(rank(sorted, 0)))}" x2="${percent(x(rank(sorted, 1)))}" y1="${y}" y2="${y}"/><rect class="box" x="${percent(x(rank(sorted, 0.25)))}" width="${percent(x(rank(sorted, 0.75)) - x(rank(sorted, 0.25)))}" y="${y - 8}" height="16"/>${line(x(rank(sorted, 0.5)), y - 8, y + 8, 'median')}`;
  return markup`<svg class="panel" role="img" aria-label="${name}" height="${HEIGHT}">${[
    grid(scale, 0, HEIGHT),
    budget_ms !== null && line(x(budget_ms), 0, HEIGHT, 'budget'),
    box,
    values.map(({ ms, title, below }, i) => {
      const late = budget_ms !== null && ms > budget_ms ? ' late' : '';
      const aside = values.length > 1 ? (SIDESTEP[i % SIDESTEP.length] ?? 0) : 0;
      return dot(x(ms), y + aside, `value${late}${below ? ' hollow' : ''}`, title);
    }),
  ]}</svg>`;
}

export const axis = ({ scale }: Spread): Markup =>
  markup`<svg class="panel" aria-hidden="true" height="16">${tickLabels(scale.ticks, 12, ms => tickText(ms * 1000))}</svg>`;

export const limitLabel = ({ scale, budget_ms }: Spread): Markup | false =>
  budget_ms !== null &&
  markup`<svg class="panel" role="img" aria-label="budget ${budget_ms} ms" height="16">${label(
    scale.at(budget_ms),
    12,
    `budget ${tickText(budget_ms * 1000)}`,
    'limit',
  )}</svg>`;
