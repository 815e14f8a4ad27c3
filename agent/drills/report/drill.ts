/** One drill: what was done and how, how its gaps spread, and each of its repeats. */
import { findKind } from '../kinds.ts';
import type { DrillReport, RepeatReport, ReportedAlarm } from '../report.ts';
import { alarmList, cutOf } from './alarm-list.ts';
import type { AlarmsOfDrill } from './alarms.ts';
import { badge } from './badge.ts';
import { distribution } from './distribution.ts';
import { afterCut, beganWallUs, dateText, gapText, msText, plural } from './figures.ts';
import { type Content, join, type Markup, markup } from './markup.ts';
import { drillAnchor, drillTitle, legsText } from './summary.ts';
import { backgrounds, backTimeline, type Canvas, canvasOf, timeline } from './timeline.ts';

export function drillSection(drill: DrillReport, index: number, alarms: AlarmsOfDrill): Markup {
  const canvas = canvasOf(drill, drillAnchor(index));
  const does = findKind(drill.kind)?.does;
  return markup`<section class="card drill" id="${drillAnchor(index)}"><div class="head">${badge(drill.verdict, true)}<h2>${drillTitle(drill)}</h2></div>
<p class="reason">${drill.reason}</p>
<dl class="facts">${facts(drill)}</dl>${does !== undefined && markup`<p class="quiet also">What it does to the leg: ${does}.</p>`}
<h3 class="part">${drill.repeats.length > 1 ? 'Distribution over the repeats' : 'Gap'}</h3>${distribution(drill)}
<h3 class="part">${plural(drill.repeats.length, 'repeat')}</h3>${notPassed(drill, canvas)}${backgrounds(canvas)}${drill.repeats.map(
    (repeat, i) =>
      repeatArticle(drill, repeat, { number: i + 1, canvas, alarms: alarms.repeats[i] ?? [] }),
  )}${
    alarms.others.length > 0 &&
    markup`<h3 class="part">Other alarms of the drill</h3>${alarmList(alarms.others, null)}`
  }</section>`;
}

function facts(drill: DrillReport): Markup[] {
  const began = beganWallUs(drill);
  const fact = (name: string, value: Content, wide = false) =>
    markup`<div${wide && markup` class="wide"`}><dt>${name}</dt><dd>${value}</dd></div>`;
  return [
    fact('path group', drill.group),
    fact('leg', legsText(drill)),
    fact('kind', drill.kind),
    fact('budget', `${drill.budget_ms} ms`),
    fact('nudge', drill.nudge),
    fact('carrier strategy', drill.strategy),
    fact('held for', `${drill.hold_ms} ms`),
    fact('primed', drill.primed ? 'another link flapped just before' : 'no'),
    fact('began', began === null ? '–' : dateText(began)),
    fact('id', markup`<code>${drill.id}</code>`, true),
  ];
}

/** The way to the repeats that matter, where there are many. */
function notPassed({ repeats }: DrillReport, { id }: Canvas): Markup | false {
  const numbers = repeats.flatMap(({ verdict }, i) => (verdict === 'PASS' ? [] : [i + 1]));
  if (repeats.length < 2 || numbers.length === 0) return false;
  const links = numbers.map(n => markup`<a href="#${id}-repeat-${n}">${n}</a>`);
  return markup`<p class="quiet">Did not pass: ${join(links, ', ')}</p>`;
}

interface RepeatPlace {
  number: number;
  canvas: Canvas;
  alarms: ReportedAlarm[];
}

function repeatArticle(
  drill: DrillReport,
  repeat: RepeatReport,
  { number, canvas, alarms }: RepeatPlace,
): Markup {
  const name = `Repeat ${number}`;
  const { began } = drill;
  const cut = repeat.cut_us;
  const at =
    cut !== null &&
    began !== null &&
    `cut at ${dateText(began.wall_us + cut - began.mono_us, { ms: true })}`;
  return markup`<article class="repeat" id="${canvas.id}-repeat-${number}"><div class="head"><h3>${name}</h3>${badge(repeat.verdict)}<strong>gap ${gapText(repeat)}</strong>${
    repeat.leg !== null && legsText(drill) !== drill.leg && markup`<span>leg ${repeat.leg}</span>`
  }<span class="quiet">${at}</span></div><p class="reason">${repeat.reason}</p>${differences(repeat)}<div class="ways"><div>${
    cut === null
      ? markup`<p class="quiet">No time line: nothing was cut.</p>`
      : repeat.failover === null
        ? markup`<p class="quiet">No time line: there is no record of it.</p>`
        : markup`<h4>From the cut</h4>${timeline(repeat, canvas, name)}`
  }</div><div>${wayBack(repeat, canvas, name)}${beside(repeat)}</div></div>${
    alarms.length > 0
      ? markup`<h4>Alarms</h4>${alarmList(alarms, cutOf(drill, repeat))}`
      : cut !== null && markup`<p class="quiet also">No alarm was raised.</p>`
  }</article>`;
}

function wayBack(repeat: RepeatReport, canvas: Canvas, name: string): Markup | false {
  const { back } = repeat;
  if (back === null) return false;
  return markup`<h4>The way back, from the heal</h4><p class="also">${badge(back.verdict)} ${back.reason}</p>${backTimeline(back, canvas, `${name}, the way back`)}`;
}

function differences({ differences: all }: RepeatReport): Markup | false {
  if (all.length === 0) return false;
  return markup`<div class="differences"><b>Not as it was before the cut:</b><ul>${all.map(
    text => markup`<li><code>${text}</code></li>`,
  )}</ul></div>`;
}

/** What is judged or counted beside the gap. */
function beside(repeat: RepeatReport): Content {
  const { told_verdict, hits, failover } = repeat;
  return [
    told_verdict !== null && markup`<p class="also">${badge(told_verdict)} ${toldText(repeat)}</p>`,
    hits &&
      markup`<p class="also quiet">packets swallowed: ${hits.in} coming in, ${hits.out} going out</p>`,
    failover !== null && markup`<p class="also quiet">failover record <code>${failover}</code></p>`,
  ];
}

function toldText(repeat: RepeatReport): string {
  const at = afterCut(repeat, repeat.told_us);
  if (at !== null) return `alarm acknowledged ${msText(at / 1000)} after the cut`;
  return repeat.told_verdict === 'NOT_MEASURED'
    ? 'nobody was to be told'
    : 'no alarm was acknowledged';
}
