/** The demonstration behind scripts/demo: three drills on the leg that carries real storage I/O, and what each shows. */
import { mkdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type ReportOptions, reportTargets } from '../../agent/cli/report-file.ts';
import {
  type DrillReport,
  mergeReports,
  type ReportFile,
  reportFile,
} from '../../agent/drills/report.ts';
import type { HelperOptions } from './product.ts';
import { GROUP, Site } from './site.ts';
import { slowest, startLoad } from './storage.ts';
import { toldTable } from './told.ts';

const RATE = 200;
const FOLDER = 'demo-report';
const REPORTS = {
  json: `${FOLDER}/report.json`,
  junit: `${FOLDER}/report.junit.xml`,
  html: `${FOLDER}/report.html`,
} as const satisfies ReportOptions;
const WIDTH = 98;

interface Act {
  title: string;
  helper: HelperOptions;
  words: string[];
  before: string;
  /** What the act claims; returns what differed. */
  judge(drill: DrillReport, alarms: Set<string>): string[];
  after(drill: DrillReport): string;
}

const differs = (ok: boolean, text: string): string[] => (ok ? [] : [text]);
const ms = (us: number): string => `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`;
const gapOf = (drill: DrillReport): string => {
  const { gap_ms: gap = null, gap_below_spacing: below = false } = drill.repeats[0] ?? {};
  if (gap === null) return 'not measured';
  return `${below ? "no longer than the traffic's own spacing, " : ''}${gap.toFixed(gap < 100 ? 1 : 0)} ms`;
};
const verdictIs = (drill: DrillReport, wanted: string) =>
  differs(
    drill.verdict === wanted,
    `the verdict is ${drill.verdict}, not ${wanted}: ${drill.reason}`,
  );

const acts: Act[] = [
  {
    title: 'the leg goes down, and the kernel is left alone',
    helper: { nudge: 'off' },
    words: ['admin-down', '--primed'],
    before:
      'The leg that carries the I/O is set down. Another link flapped 150 ms earlier, as links do when several ' +
      'things fail at once: the kernel lets one carrier event a second through, and makes ours wait.',
    judge: drill => [
      ...verdictIs(drill, 'FAIL'),
      ...differs((drill.repeats[0]?.gap_ms ?? 0) > drill.budget_ms, `the gap is ${gapOf(drill)}`),
    ],
    after: drill =>
      'The far end heard of the cut about a second late, and only then did its answers take the other leg: ' +
      `the I/O stood still for ${gapOf(drill)}. That is over the budget of ${drill.budget_ms} ms.`,
  },
  {
    title: 'the same cut, with the nudge',
    helper: { nudge: 'auto' },
    words: ['admin-down', '--primed'],
    before:
      'The same again. This time the helpers see the loss themselves and make the kernel look at the link at once.',
    judge: drill => verdictIs(drill, 'PASS'),
    after: drill =>
      `With the nudge (${drill.nudge}) the kernel rerouted at once: the longest pause was ${gapOf(drill)}.`,
  },
  {
    title: 'a blackhole: packets vanish, the link stays up',
    helper: { nudge: 'auto' },
    words: ['blackhole'],
    before:
      'Packets on the leg disappear in both directions. No link goes down, so no route moves.',
    judge: (drill, alarms) => {
      const repeat = drill.repeats[0];
      return [
        ...verdictIs(drill, 'FAIL'),
        ...differs(repeat?.seen_us != null, 'it was not seen'),
        ...differs(repeat?.switched_us === null, 'the flow switched legs'),
        ...['storage-path-stalled', 'failover-absent'].flatMap(type =>
          differs(alarms.has(type), `the receiver got no ${type}`),
        ),
      ];
    },
    after: drill => {
      const { cut_us, seen_us } = drill.repeats[0] ?? {};
      const seen = cut_us != null && seen_us != null ? ms(seen_us - cut_us) : 'never';
      return (
        `Seen after ${seen} by the unacknowledged data, raised and told. Nothing in the kernel reroutes on a loss ` +
        `that no link reports: the I/O came back only with the heal, after ${gapOf(drill)}.`
      );
    },
  },
];

const print = (text = '') => process.stdout.write(`${text}\n`);
const indent = (lines: string[]) => lines.map(line => `  ${line}`).join('\n');

/** Breaks a line at blanks; what follows of an indented line is indented a little more. */
function wrap(text: string): string[] {
  const begin = text.search(/\S/);
  const hang = ' '.repeat(begin > 0 ? begin + 4 : 0);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > WIDTH - 2) {
    const at = rest.lastIndexOf(' ', WIDTH - 2);
    if (at <= hang.length) break;
    lines.push(rest.slice(0, at));
    rest = `${hang}${rest.slice(at + 1)}`;
  }
  return [...lines, rest];
}

function rule(text: string): string {
  return `── ${text} ${'─'.repeat(Math.max(3, WIDTH - text.length - 4))}`;
}

/** One drill with everything around it. Returns the CLI's report and what differed from the act's claim. */
async function play(
  site: Site,
  act: Act,
  number: number,
): Promise<{ report: ReportFile; differences: string[]; slowest_us: number }> {
  print(`\n${rule(`Drill ${number} of ${acts.length}: ${act.title}`)}\n`);
  print(`${indent(wrap(act.before))}\n`);
  await site.restartHelpers(act.helper);
  await site.settled();
  const file = join(site.lab.folder('reports'), `${number}.json`);
  const words = ['drill', 'run', ...act.words, '--group', GROUP, '--hold', '2s'];
  print(`  nudge ${act.helper.nudge}; $ pathwarden ${words.join(' ')}\n`);
  const { code, stdout, stderr } = await site.compute.cli([...words, '--json', file], {
    env: { COLUMNS: String(WIDTH - 2), LANG: 'C.UTF-8' },
  });
  print(indent(stdout.trimEnd().split('\n').flatMap(wrap)));
  if (stderr.trim() !== '') print(indent(stderr.trimEnd().split('\n')));
  const report = readReport(file, code, stderr);
  const drill = report.drills[0];
  if (!drill) throw new Error(`the report of drill ${number} names no drill`);

  await site.settled();
  const cut = drill.repeats[0]?.cut_us ?? 0;
  const told = site.receiver.alarms(cut);
  print(`\n  Alarms as the receiver got them:\n${indent(toldTable(told, cut))}`);
  const io = (await site.load?.stop()) ?? [];
  // What was asked before the heal: the way back is measured on its own.
  const slowest_us = slowest(io, cut - 500_000, drill.repeats[0]?.back?.healed_us);
  print(`\n  fio, which knows nothing of pathwarden: slowest request ${ms(slowest_us)}.`);
  if (site.initiator)
    site.load = await startLoad(
      site.lab.processes,
      site.initiator,
      site.lab.folder(`io-${number}`),
      RATE,
    );
  const types = new Set(told.map(({ change }) => change.alarm.type));
  const differences = act.judge(drill, types);
  const after = differences.length === 0 ? act.after(drill) : drill.reason;
  print(`\n${indent(wrap(`${drill.verdict}. ${after}`))}`);
  for (const difference of differences) print(`  NOT AS EXPECTED: ${difference}`);
  return { report, differences, slowest_us };
}

function readReport(file: string, code: number, stderr: string): ReportFile {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    reportFile.parse(parsed);
    return parsed as ReportFile;
  } catch (error) {
    throw new Error(`the drill ended with exit code ${code} and no report: ${stderr || error}`);
  }
}

/** What both agents know of alarms, the cleared ones too. */
async function allAlarms(site: Site) {
  const lists = await Promise.all(
    site.hosts.map(async host =>
      (await host.ask('alarms', { all: true })).map(alarm => ({ ...alarm, source: host.source })),
    ),
  );
  return lists.flat().sort((x, y) => x.alarmRaisedTime.mono_us - y.alarmRaisedTime.mono_us);
}

function summaryRow(
  number: number,
  act: Act,
  drill: DrillReport | undefined,
  slowest_us: number,
): string[] {
  const {
    cut_us: cut = null,
    seen_us: seen = null,
    told_us: told = null,
  } = drill?.repeats[0] ?? {};
  const after = (t: number | null) => (t === null || cut === null ? 'never' : `+${ms(t - cut)}`);
  const { gap_ms: gap = null, gap_below_spacing: below = false } = drill?.repeats[0] ?? {};
  return [
    String(number),
    act.words.join(' '),
    act.helper.nudge === 'off' ? 'off' : 'on',
    drill?.verdict ?? '-',
    after(seen),
    after(told),
    gap === null ? '-' : `${below ? '≤ ' : ''}${ms(gap * 1000)}`,
    ms(slowest_us),
  ];
}

/** Left-aligned columns, two blanks apart. */
function columns(rows: readonly string[][]): string[] {
  const width = (i: number) => Math.max(...rows.map(row => row[i]?.length ?? 0));
  return rows.map(row =>
    row
      .map((cell, i) => cell.padEnd(width(i)))
      .join('  ')
      .trimEnd(),
  );
}

async function main(): Promise<number> {
  print('pathwarden demo: a storage leg is cut under real I/O\n');
  print(
    indent([
      'compute 10.77.9.1 ─┬─ c-a ════ s-a ─┬─ 10.77.9.2 storage    two cables, ECMP routes both ways',
      '                   └─ c-b ════ s-b ─┘',
      `I/O: fio → qemu-nbd (iSCSI initiator) → tgtd, ${RATE} evenly spaced requests of 8 KiB a second`,
      'pathwarden helper and agent on both hosts; their alarms go to one webhook receiver',
    ]),
  );
  const began = performance.now();
  const site = await Site.open({ rate: RATE, helper: acts[0]?.helper ?? {} });
  const quit = (signal: NodeJS.Signals) => {
    print(`\n${signal}: cleaning up`);
    site.lab.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', quit).once('SIGTERM', quit);
  const differences: string[] = [];
  const rows = [['DRILL', '', 'NUDGE', 'VERDICT', 'SEEN', 'TOLD', 'GAP', "FIO'S SLOWEST"]];
  try {
    const status = await site.status(site.compute);
    const flow = status.flows[0];
    print(
      indent([
        `kernel ${release()}; losses are seen by: ${status.helper.strategy}`,
        `the iSCSI connection goes out by ${flow?.leg_out}, answers come by ${flow?.leg_in}`,
      ]),
    );
    const reports: ReportFile[] = [];
    for (const [i, act] of acts.entries()) {
      const played = await play(site, act, i + 1);
      reports.push(played.report);
      rows.push(summaryRow(i + 1, act, played.report.drills[0], played.slowest_us));
      differences.push(...played.differences.map(text => `drill ${i + 1}: ${text}`));
    }
    const [first, ...rest] = reports;
    if (!first) throw new Error('no drill was run');
    mkdirSync(FOLDER, { recursive: true });
    await reportTargets(REPORTS).write({
      ...mergeReports([first, ...rest]),
      alarms: await allAlarms(site),
    });
  } finally {
    await site.lab.close();
  }
  const left = await site.lab.leftovers();
  differences.push(...left.map(text => `left behind: ${text}`));

  print(`\n${rule('Summary')}\n`);
  print(`${indent(columns(rows))}\n`);
  for (const difference of differences) print(`  NOT AS EXPECTED: ${difference}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  print(
    `  ${differences.length === 0 ? 'Everything happened as the demo says.' : 'The demo does not hold.'} ${seconds} s; all is cleaned up.`,
  );
  print('  Reports of all three drills:');
  print(`    ${REPORTS.html}       time lines, for a browser`);
  print(`    ${REPORTS.junit}  for CI systems`);
  print(`    ${REPORTS.json}       for machines, and for pathwarden drill report`);
  return differences.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  return 1;
});
