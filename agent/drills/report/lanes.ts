/** The rows of a time line: what each says in words, and what it draws. */
import type { Us } from '../../types.ts';
import type { DrillVerdict, RepeatReport } from '../report.ts';
import { toneOf } from './badge.ts';
import { afterCut, gapText, msText, plural } from './figures.ts';
import { type Markup, markup } from './markup.ts';
import type { Scale } from './scale.ts';
import { BEYOND, DIAMOND, dot, percent, SQUARE, shape } from './svg.ts';

/** Where a row is drawn. */
export interface Place {
  scale: Scale;
  /** Middle of the row, in pixels. */
  y: number;
  /** It shows the beginning alone, larger. */
  zoomed: boolean;
}

export interface Lane {
  name: string;
  /** Stands beside the picture, where it cannot overlap with anything. */
  figure: string;
  main?: boolean;
  /** Beyond the budget, or never. */
  bad?: boolean;
  draw(place: Place): Markup | false;
}

export const EVENTS = ['seen', 'switched', 'announced', 'flowing', 'told'] as const;
type EventName = (typeof EVENTS)[number];

export const PHASES = [
  ['detection', 'detection_us'],
  ['switch', 'switch_us'],
  ['announcement', 'announcement_us'],
  ['recovery', 'recovery_us'],
] as const;

/** Which rows there are: the same for all repeats of a drill. */
export interface Rows {
  /** Of a link that was made to flap. */
  link: boolean;
  announced: boolean;
  phases: boolean;
}

export const rowsOf = (repeats: readonly RepeatReport[]): Rows => ({
  link: repeats.some(({ edges }) => edges.length > 0),
  announced: repeats.some(({ announced_us }) => announced_us !== null),
  phases: repeats.some(({ phases }) => phases !== null),
});

export function lanesOf(repeat: RepeatReport, rows: Rows, budget_us: Us): Lane[] {
  return [
    gapLane(repeat, budget_us),
    ...(rows.phases ? [phasesLane(repeat)] : []),
    ...(rows.link ? [linkLane(repeat)] : []),
    ...EVENTS.filter(name => name !== 'announced' || rows.announced).map(name =>
      eventLane(name, afterCut(repeat, repeat[`${name}_us`]), budget_us, absence(repeat, name)),
    ),
    healedLane(repeat),
  ];
}

/** Counted from the heal. */
export function backLanes(back: NonNullable<RepeatReport['back']>, budget_us: Us): Lane[] {
  const after = (t: Us | null) => (t === null ? null : t - back.healed_us);
  return [
    gapLane({ ...back, gap_below_spacing: false }, budget_us),
    eventLane('switched', after(back.switched_us), budget_us, '–'),
    eventLane('flowing', after(back.flowing_us), budget_us, '–'),
  ];
}

/** The events in words, for a report without pictures. */
export function lanesText(repeat: RepeatReport): string {
  if (repeat.cut_us === null) return 'nothing was cut';
  return lanesOf(repeat, { ...rowsOf([repeat]), phases: false }, 0)
    .map(({ name, figure }) => `${name} ${figure}`)
    .join(', ');
}

function gapLane(
  of: { gap_ms: number | null; gap_below_spacing: boolean; verdict: DrillVerdict },
  budget_us: Us,
): Lane {
  const gap_us = of.gap_ms === null ? null : of.gap_ms * 1000;
  const figure = gapText(of);
  const kind = `gap ${toneOf(of.verdict)}${of.gap_below_spacing ? ' hollow' : ''}`;
  return {
    name: 'gap',
    figure,
    main: true,
    bad: gap_us !== null && gap_us > budget_us && !of.gap_below_spacing,
    draw: place => gap_us !== null && bar(place, 0, gap_us, kind, `gap ${figure}`),
  };
}

const BAR = 12;

const bar = ({ scale, y }: Place, from: Us, to: Us, kind: string, title: string): Markup | false =>
  from < scale.end &&
  markup`<rect class="${kind}" x="${percent(scale.at(from))}" y="${y - BAR / 2}" width="${percent(scale.at(to) - scale.at(from))}" height="${BAR}" rx="1.5"><title>${title}</title></rect>`;

function phasesLane({ phases }: RepeatReport): Lane {
  const known = phases === null ? [] : PHASES.flatMap(([, key]) => phases[key] ?? []);
  const sum = known.reduce((a, b) => a + b, 0);
  return {
    name: 'phases',
    figure: known.length === 0 ? '–' : msText(sum / 1000),
    draw(place) {
      let from = 0;
      return markup`${PHASES.map(([name, key]) => {
        const length = phases?.[key] ?? 0;
        if (length === 0) return false;
        const begin = from;
        from += length;
        return bar(place, begin, from, `phase ${name}`, `${name} ${msText(length / 1000)}`);
      })}`;
    },
  };
}

/** A bar for each time that the link was down. */
function linkLane(repeat: RepeatReport): Lane {
  const times = repeat.edges.flatMap(({ t_us, up }, i, all) => {
    const to = all[i + 1]?.t_us ?? repeat.back?.healed_us ?? t_us;
    return up ? [] : [{ from: afterCut(repeat, t_us) ?? 0, to: afterCut(repeat, to) ?? 0 }];
  });
  return {
    name: 'link down',
    figure: times.length === 0 ? '–' : plural(times.length, 'time'),
    draw: place =>
      markup`${times.map(({ from, to }) =>
        bar(place, from, to, 'down', `down from ${msText(from / 1000)} to ${msText(to / 1000)}`),
      )}`,
  };
}

/** What it means that an event has no time. */
function absence({ failover, told_verdict }: RepeatReport, name: EventName): string {
  const unknown = failover === null || name === 'announced';
  return unknown || (name === 'told' && told_verdict === 'NOT_MEASURED') ? '–' : 'never';
}

function eventLane(name: EventName, at: Us | null, budget_us: Us, absent: string): Lane {
  const late = at !== null && at > budget_us;
  const figure = at === null ? absent : msText(at / 1000);
  const kind = `${name}${late ? ' late' : ''}`;
  const title = `${name} ${figure}`;
  return {
    name,
    figure,
    bad: late || figure === 'never',
    draw({ scale, y }) {
      if (at === null) return false;
      const x = percent(scale.at(at));
      return markup`<line class="stem ${kind}" x1="0" x2="${x}" y1="${y}" y2="${y}"/>${
        at > scale.end
          ? shape(1, y, BEYOND, `beyond ${kind}`, title)
          : name === 'told'
            ? shape(scale.at(at), y, DIAMOND, `event ${kind}`, title)
            : dot(scale.at(at), y, `event ${kind}`, title)
      }`;
    },
  };
}

function healedLane(repeat: RepeatReport): Lane {
  const at = repeat.back && afterCut(repeat, repeat.back.healed_us);
  const figure = at === null ? '–' : msText(at / 1000);
  return {
    name: 'healed',
    figure,
    draw({ scale, y, zoomed }) {
      if (at === null || zoomed) return false;
      const title = `healed ${figure}`;
      return at > scale.end
        ? shape(1, y, BEYOND, 'beyond healed', title)
        : shape(scale.at(at), y, SQUARE, 'event healed', title);
    },
  };
}
