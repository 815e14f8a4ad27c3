/** One repeat to scale: the gap, what it went into, and each event after the cut; the way back beside it. */
import type { Us } from '../../types.ts';
import type { DrillReport, RepeatReport } from '../report.ts';
import { afterCut, msText, tickText } from './figures.ts';
import { backLanes, EVENTS, type Lane, lanesOf, PHASES, type Rows, rowsOf } from './lanes.ts';
import { type Markup, markup } from './markup.ts';
import { linear, linearToTick, type Scale } from './scale.ts';
import { grid, label, line, tickLabels } from './svg.ts';

/** What all repeats of a drill are drawn on, so that they can be compared. */
export interface Canvas {
  /** Begins the ids of its backgrounds. */
  id: string;
  budget_us: Us;
  /** From the cut, or from the heal, to a little after budget and last event. */
  whole: Scale;
  /** The beginning once more, larger: where several events would lie on each other. Null: not needed. */
  zoom: Scale | null;
  rows: Rows;
}

/** Events within this share of the scale lie too close together to be told apart. */
const CROWDED = 0.12;

const ROW = 20;
const TOP = 18;
const BOTTOM = 18;

export function canvasOf({ repeats, budget_ms }: DrillReport, id: string): Canvas {
  const budget_us = budget_ms * 1000;
  const times = repeats.map(timesOf);
  const last = Math.max(0, ...times.flat(), ...repeats.flatMap(lengthsOf));
  const whole = linear(Math.max(budget_us * 1.1, last * 1.05), 5);
  const crowded = times.map(at => at.filter(t => t <= whole.end * CROWDED));
  const zoom = crowded.some(at => at.length > 1)
    ? linearToTick(Math.max(1000, ...crowded.flat()) * 1.1, 3)
    : null;
  return { id, budget_us, whole, zoom, rows: rowsOf(repeats) };
}

const timesOf = (repeat: RepeatReport): number[] =>
  EVENTS.flatMap(name => afterCut(repeat, repeat[`${name}_us`]) ?? []);

/** What else has a length on the scale. */
const lengthsOf = ({ gap_ms, back }: RepeatReport): number[] => [
  (gap_ms ?? 0) * 1000,
  (back?.gap_ms ?? 0) * 1000,
  ...(back?.flowing_us == null ? [] : [back.flowing_us - back.healed_us]),
];

const PANELS = ['whole', 'zoom', 'back'] as const;
type PanelName = (typeof PANELS)[number];

const scaleOf = ({ whole, zoom }: Canvas, name: PanelName): Scale =>
  name === 'zoom' ? (zoom ?? whole) : whole;

/** Axis and budget, once for all repeats of the drill: `<use>` takes them from here. */
export function backgrounds(canvas: Canvas): Markup {
  const { id, rows, zoom } = canvas;
  const heights = { whole: heightOf(rows), zoom: heightOf(rows), back: BACK_ROWS * ROW };
  return markup`<svg class="backgrounds" width="0" height="0" aria-hidden="true"><defs>${PANELS.filter(
    name => name !== 'zoom' || zoom !== null,
  ).map(
    name => markup`<g id="${id}-${name}">${background(canvas, name, heights[name])}</g>`,
  )}</defs></svg>`;
}

/** gap, seen, switched, flowing, told, healed. */
const heightOf = ({ link, announced, phases }: Rows): number =>
  (6 + Number(link) + Number(announced) + Number(phases)) * ROW;

const BACK_ROWS = 3;

function background(canvas: Canvas, name: PanelName, height: number): Markup {
  const scale = scaleOf(canvas, name);
  const bottom = TOP + height;
  const limit = canvas.budget_us <= scale.end ? scale.at(canvas.budget_us) : null;
  const budget = `budget ${tickText(canvas.budget_us)}`;
  const origin = name === 'back' ? 'heal' : 'cut';
  return markup`${[
    grid(scale, TOP, bottom),
    line(0, TOP, bottom, 'origin'),
    tickLabels(
      scale.ticks,
      bottom + 14,
      value => (value === 0 ? origin : tickText(value)),
      name === 'zoom' ? scale.ticks.length - 1 : undefined,
    ),
    name === 'zoom' && label(0, 12, `first ${tickText(scale.end)}`, 'note', 'start'),
    limit !== null && [
      line(limit, TOP - 2, bottom, 'budget'),
      label(limit, 12, budget, 'limit', limit > 0.5 ? 'end' : 'start'),
    ],
  ]}`;
}

function panel(canvas: Canvas, name: PanelName, lanes: Lane[], words: string): Markup {
  const scale = scaleOf(canvas, name);
  const zoomed = name === 'zoom';
  const height = TOP + lanes.length * ROW + BOTTOM;
  return markup`<svg class="panel" role="img" aria-label="${words}" height="${height}"><use href="#${canvas.id}-${name}"/>${lanes.map(
    (lane, i) => lane.draw({ scale, y: TOP + i * ROW + ROW / 2, zoomed }),
  )}</svg>`;
}

/** From the cut. name: what the picture is called where it is not seen. */
export function timeline(repeat: RepeatReport, canvas: Canvas, name: string): Markup {
  const { zoom, rows, budget_us } = canvas;
  const lanes = lanesOf(repeat, rows, budget_us);
  return markup`<div class="${zoom ? 'plot zoomed' : 'plot'}">${words(lanes)}${
    zoom && panel(canvas, 'zoom', lanes, `${name}, its beginning`)
  }${panel(canvas, 'whole', lanes, name)}</div>${phasesKey(repeat)}`;
}

/** From the heal; false: there is nothing to draw. */
export function backTimeline(
  back: NonNullable<RepeatReport['back']>,
  canvas: Canvas,
  name: string,
): Markup | false {
  if (back.gap_ms === null && back.switched_us === null && back.flowing_us === null) return false;
  const lanes = backLanes(back, canvas.budget_us);
  return markup`<div class="plot">${words(lanes)}${panel(canvas, 'back', lanes, name)}</div>`;
}

const words = (lanes: Lane[]): Markup =>
  markup`<dl class="lanes">${lanes.map(
    ({ name, figure, main, bad }) =>
      markup`<div class="lane${main && ' main'}${bad && ' bad'}"><dt>${name}</dt><dd>${figure}</dd></div>`,
  )}</dl>`;

/** The key to the colours, with the figures: segments may be too narrow for words. */
function phasesKey({ phases }: RepeatReport): Markup | false {
  if (phases === null) return false;
  return markup`<ul class="phases">${PHASES.map(([name, key]) => {
    const length = phases[key];
    const figure = length === null ? 'not seen' : msText(length / 1000);
    return markup`<li><svg class="swatch" width="10" height="10" aria-hidden="true"><rect class="phase ${name}" width="10" height="10" rx="2"/></svg>${name} <b>${figure}</b></li>`;
  })}</ul>`;
}
