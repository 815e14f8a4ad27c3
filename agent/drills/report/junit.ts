/**
 * The JUnit report: a suite for each drill, a case for each repeat. The shape is that of Ant's JUnit task, strictly (order of the
 * elements, required attributes, no zone in the timestamp), which the schemas of Jenkins' plugins take as well.
 */
import type { DrillReport, DrillVerdict, RepeatReport, ReportFile } from '../report.ts';
import { statistics } from '../report.ts';
import { alarmText, cutOf } from './alarm-list.ts';
import { type AlarmsOfDrill, assignAlarms } from './alarms.ts';
import { afterCut, beganWallUs, msText } from './figures.ts';
import { lanesText } from './lanes.ts';
import { type Content, type Markup, markup } from './markup.ts';

/** A PASS has none. Neither a repeat that proves nothing nor one that may be either is a success. */
const OUTCOMES: Readonly<Record<DrillVerdict, 'failure' | 'error' | 'skipped' | null>> = {
  PASS: null,
  FAIL: 'failure',
  INVALID: 'error',
  INCONCLUSIVE: 'error',
  NOT_MEASURED: 'skipped',
};

export function junitReport(file: ReportFile): string {
  const alarms = assignAlarms(file);
  const suites = file.drills.map((drill, i) =>
    suite(file, drill, i, alarms.drills[i] ?? { repeats: [], others: [] }),
  );
  return `${
    markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
${suites}</testsuites>`.text
  }\n`;
}

interface Case {
  name: string;
  seconds: number;
  verdict: DrillVerdict;
  reason: string;
  details: string;
}

function suite(file: ReportFile, drill: DrillReport, index: number, alarms: AlarmsOfDrill): Markup {
  const cases = casesOf(drill);
  const count = (outcome: string) => cases.filter(c => OUTCOMES[c.verdict] === outcome).length;
  const began = beganWallUs(drill);
  const timestamp = began === null ? '' : new Date(began / 1000).toISOString().slice(0, 19);
  const attributes: [string, Content][] = [
    ['id', index],
    ['package', 'pathwarden.drill'],
    ['name', suiteName(drill)],
    ['timestamp', timestamp],
    ['hostname', file.host || 'unknown'],
    ['tests', cases.length],
    ['failures', count('failure')],
    ['errors', count('error')],
    ['skipped', count('skipped')],
    ['time', seconds(cases.reduce((sum, c) => sum + c.seconds, 0))],
  ];
  return markup`  <testsuite${attributes.map(([name, value]) => value !== '' && attribute(name, value))}>
    <properties>
${properties(file, drill).map(
  ([name, value]) =>
    markup`      <property${attribute('name', name)}${attribute('value', value)}/>\n`,
)}    </properties>
${cases.map(c => testcase(drill, c))}    <system-out>${told(drill, alarms)}</system-out>
    <system-err/>
  </testsuite>
`;
}

const attribute = (name: string, value: Content): Markup => markup` ${name}="${value}"`;

/** Unique enough for a history of results, and the same in each run. */
const suiteName = ({ kind, leg, group, nudge, primed }: DrillReport): string =>
  `${kind} of ${leg} in ${group}, nudge ${nudge}${primed ? ', primed' : ''}`;

const seconds = (s: number): string => s.toFixed(6);

function casesOf(drill: DrillReport): Case[] {
  const cases = drill.repeats.map((repeat, i) => ({
    name: `repeat ${i + 1}`,
    seconds: (repeat.gap_ms ?? 0) / 1000,
    verdict: repeat.verdict,
    reason: repeat.reason,
    details: [lanesText(repeat), ...repeat.differences].join('\n'),
  }));
  // It was broken off, or there is no repeat at all: nobody may take what is there for a success.
  if (cases.some(({ verdict }) => verdict === drill.verdict)) return cases;
  const { verdict, reason } = drill;
  return [...cases, { name: 'as a whole', seconds: 0, verdict, reason, details: '' }];
}

function testcase(drill: DrillReport, c: Case): Markup {
  const outcome = OUTCOMES[c.verdict];
  const name = `${suiteName(drill)}: ${c.name}`;
  // Readers split the class name at its last dot: those of an address would be taken for packages.
  const of = `pathwarden.drill.${drill.kind.replaceAll('.', '_')}`;
  const begin = markup`    <testcase${attribute('name', name)}${attribute('classname', of)}${attribute('time', seconds(c.seconds))}`;
  if (outcome === null) return markup`${begin}/>\n`;
  return markup`${begin}>
      ${tag(outcome, c)}
    </testcase>
`;
}

function tag(name: 'failure' | 'error' | 'skipped', { verdict, reason, details }: Case): Markup {
  const message = attribute('message', reason);
  switch (name) {
    case 'failure':
      return markup`<failure${message}${attribute('type', verdict)}>${details}</failure>`;
    case 'error':
      return markup`<error${message}${attribute('type', verdict)}>${details}</error>`;
    case 'skipped':
      return markup`<skipped${message}/>`;
  }
}

function properties(file: ReportFile, drill: DrillReport): [string, string | number][] {
  const s = statistics(drill.repeats);
  return [
    ['host', file.host],
    ['version', file.version],
    ['drill', drill.id],
    ['kind', drill.kind],
    ['group', drill.group],
    ['leg', drill.leg],
    ['carrier_strategy', drill.strategy],
    ['nudge', drill.nudge],
    ['budget_ms', drill.budget_ms],
    ['hold_ms', drill.hold_ms],
    ['primed', String(drill.primed)],
    ['verdict', drill.verdict],
    ['reason', drill.reason],
    ...(s === null
      ? []
      : (['min', 'median', 'p95', 'max'] as const).map(
          key => [`gap_${key}_ms`, s[key]] satisfies [string, number],
        )),
    ...drill.repeats.flatMap((repeat, i) => toldProperties(repeat, `repeat_${i + 1}`)),
  ];
}

function toldProperties(repeat: RepeatReport, of: string): [string, string | number][] {
  const at = afterCut(repeat, repeat.told_us);
  return [
    [`${of}_told_verdict`, repeat.told_verdict ?? 'NOT_MEASURED'],
    ...(at === null ? [] : [[`${of}_told_ms`, at / 1000] satisfies [string, number]]),
  ];
}

/** The whole story as text, for whoever has nothing but this file. */
function told(drill: DrillReport, alarms: AlarmsOfDrill): string {
  const lines = drill.repeats.flatMap((repeat, i) => [
    `repeat ${i + 1}: ${repeat.verdict}: ${repeat.reason}`,
    `  ${lanesText(repeat)}; told ${repeat.told_verdict ?? 'NOT_MEASURED'}`,
    ...(repeat.back
      ? [
          `  way back: ${repeat.back.verdict}: ${repeat.back.reason}${repeat.back.gap_ms === null ? '' : ` (gap ${msText(repeat.back.gap_ms)})`}`,
        ]
      : []),
    ...repeat.differences.map(text => `  not as before: ${text}`),
    ...(alarms.repeats[i] ?? []).map(alarm => `  ${alarmText(alarm, cutOf(drill, repeat))}`),
  ]);
  return ['', `${drill.verdict}: ${drill.reason}`, ...lines, ''].join('\n');
}
