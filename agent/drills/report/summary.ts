/** The top of the page: the verdict over all drills, a few figures, and a row for each drill. */
import type { DrillReport, DrillVerdict, ReportFile } from '../report.ts';
import { worstVerdict } from '../report.ts';
import { badge, toneOf } from './badge.ts';
import { axis, gapStrip, limitLabel, spreadOf } from './distribution.ts';
import { beganWallUs, dateText, gapText, plural } from './figures.ts';
import { type Content, type Markup, markup } from './markup.ts';

export function summary(file: ReportFile): Markup {
  const { drills, host, version } = file;
  const repeats = drills.flatMap(drill => drill.repeats);
  const passed = drills.filter(({ verdict }) => verdict === 'PASS').length;
  const verdict = worstVerdict(drills);
  const count = (of: DrillVerdict) => repeats.filter(({ verdict }) => verdict === of).length;
  const others = (['INCONCLUSIVE', 'NOT_MEASURED', 'INVALID'] as const).filter(of => count(of) > 0);
  return markup`<header><h1>Failover drills on ${host}</h1><p class="quiet">${dates(drills)}pathwarden ${version}</p></header>
<section class="card" aria-label="Summary"><div class="head">${verdict !== null && badge(verdict, true)}<strong>${passed} of ${plural(drills.length, 'drill')} passed</strong></div>
<dl class="facts tiles">${[
    fact('drills', drills.length),
    fact('repeats', repeats.length),
    ...(['PASS', 'FAIL'] as const).map(of =>
      fact(`repeats ${of}`, count(of), count(of) > 0 && toneOf(of)),
    ),
    ...others.map(of => fact(`repeats ${of.replace('_', ' ')}`, count(of), toneOf(of))),
    worstGap(drills),
  ]}</dl>${drills.length > 0 && drillTable(drills)}</section>`;
}

const fact = (name: string, value: Content, tone: string | false = false): Markup =>
  markup`<div><dt>${name}</dt><dd${tone && markup` class="${tone}"`}>${value}</dd></div>`;

function dates(drills: DrillReport[]): Content {
  const all = drills.flatMap(drill => beganWallUs(drill) ?? []);
  if (all.length === 0) return null;
  const [first, last] = [dateText(Math.min(...all)), dateText(Math.max(...all))];
  if (first === last) return `${first} · `;
  const day = first.slice(0, 11);
  return `${first.replace(' UTC', '')} to ${last.startsWith(day) ? last.slice(11) : last} · `;
}

function worstGap(drills: DrillReport[]): Markup {
  const [worst] = drills
    .flatMap(({ repeats, budget_ms }) => repeats.map(repeat => ({ ...repeat, budget_ms })))
    .filter(({ gap_ms }) => gap_ms !== null)
    .sort((a, b) => (b.gap_ms ?? 0) - (a.gap_ms ?? 0));
  if (!worst) return fact('worst gap', 'none');
  const over = (worst.gap_ms ?? 0) > worst.budget_ms;
  return fact('worst gap', gapText(worst), over && 'fail');
}

export const drillAnchor = (index: number): string => `drill-${index + 1}`;

/** `admin-down of c-b, primed`. */
export const drillTitle = (drill: DrillReport): string =>
  `${drill.kind} of ${legsText(drill)}${drill.primed ? ', primed' : ''}`;

/** Of a bond each repeat may have cut another one, that in use then. */
export const legsText = ({ leg, repeats }: DrillReport): string =>
  [...new Set([leg, ...repeats.map(repeat => repeat.leg ?? leg)])].join(' and ');

function drillTable(drills: DrillReport[]): Markup {
  const spread = spreadOf(drills, true);
  const row = (drill: DrillReport, i: number) => {
    const gaps = drill.repeats.filter(({ gap_ms }) => gap_ms !== null);
    const [worst] = gaps.sort((a, b) => (b.gap_ms ?? 0) - (a.gap_ms ?? 0));
    return markup`<tr><td>${badge(drill.verdict)}</td><td><a href="#${drillAnchor(i)}">${drillTitle(drill)}</a></td><td>${drill.group}</td><td>nudge ${drill.nudge}</td><td>${plural(drill.repeats.length, 'repeat')}</td><td class="picture">${gapStrip(drill, spread)}</td><td class="number" data-name="worst gap">${worst ? gapText(worst) : '–'}</td></tr>`;
  };
  return markup`<h3 class="part">Gap of each drill</h3><table class="list"><thead><tr><th scope="col">verdict</th><th scope="col">drill</th><th scope="col">path group</th><th scope="col">nudge</th><th scope="col">repeats</th><th scope="col" class="picture">${limitLabel(spread)}</th><th scope="col" class="number">worst gap</th></tr></thead><tbody>${drills.map(row)}</tbody><tfoot><tr><td colspan="5" class="note"></td><td class="picture">${axis(spread)}</td><td class="note"></td></tr></tfoot></table>`;
}
