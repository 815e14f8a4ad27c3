/** A drill as it is told on the terminal: what and why, each repeat's time line, and the sum of it. */
import type { Status } from '../control/protocol.ts';
import { type DrillReport, type RepeatReport, statistics } from '../drills/report.ts';
import type { Drill, DrillProgress, DrillRun } from '../drills/runner.ts';
import type { Alarm, Us } from '../types.ts';
import { clockTime, count, duration, ms, wrap } from './format.ts';
import { clean, paint, type Terminal, table } from './terminal.ts';
import { renderTimeline, VERDICT_COLOURS } from './timeline.ts';

export class DrillText {
  #out: Terminal;
  #err: Terminal;
  #drill: Drill;
  #status: Status;
  #cut_us: Us | null = null;

  /** err gets warnings and, if it is a terminal, what only matters while one waits. */
  constructor(out: Terminal, err: Terminal, drill: Drill, status: Status) {
    this.#out = out;
    this.#err = err;
    this.#drill = drill;
    this.#status = status;
  }

  begin(): void {
    this.#out.write(renderBegin(this.#out, this.#drill, this.#status));
  }

  tell(p: DrillProgress): void {
    const err = this.#err;
    const note = (text: string) => {
      if (err.interactive) err.write(`${paint(err, 'dim', `  ${clean(text)}`)}\n`);
    };
    switch (p.step) {
      case 'waiting':
        note(`waiting for: ${p.reasons.join('; ')}`);
        break;
      case 'cutting':
        this.#cut_us = null;
        this.#out.write(
          `\n${paint(this.#out, 'bold', `repeat ${p.repeat} of ${this.#drill.repeats}`)}${p.leg === this.#drill.leg.ifname ? '' : `  cut: ${clean(p.leg)}`}\n`,
        );
        note(`guard is pid ${p.guard_pid}, its plan ${p.plan}`);
        break;
      case 'cut':
        this.#cut_us = p.t_us;
        note(`cut at ${this.#clock(p.t_us)}`);
        break;
      case 'healed': {
        const after =
          this.#cut_us === null ? '' : `, ${duration(p.t_us - this.#cut_us)} after the cut`;
        note(
          `healed at ${this.#clock(p.t_us)}${after} (${p.cause}); waiting for the record to close`,
        );
        break;
      }
      case 'warning':
        err.write(`  ${paint(err, 'yellow', 'warning')}: ${clean(p.text)}\n`);
        break;
      case 'repeat':
        this.#out.write(this.#repeat(p));
        break;
    }
  }

  end(report: DrillReport, made: DrillRun): void {
    this.#out.write(renderEnd(this.#out, report, made.alarms, this.#status.wall_offset_us));
  }

  #clock(t_us: Us): string {
    return clockTime(t_us + this.#status.wall_offset_us);
  }

  #repeat(p: Extract<DrillProgress, { step: 'repeat' }>): string {
    const out = this.#out;
    const { report } = p;
    const differences = report.differences
      .map(d => `  ${paint(out, 'red', 'not restored')}: ${clean(d)}\n`)
      .join('');
    const agreed = p.record?.verdict === report.verdict;
    const own = agreed
      ? ''
      : `  ${paint(out, VERDICT_COLOURS[report.verdict], report.verdict)}  ${clean(report.reason)}\n`;
    return (
      (p.record ? renderTimeline(out, p.record, { headline: false, verdict: agreed }) : '') +
      own +
      differences
    );
  }
}

export function renderBegin(out: Terminal, drill: Drill, status: Status): string {
  const { kind, group, leg } = drill;
  const left = group.legs.filter(l => l !== leg);
  const targets = group.targets.length > 0 ? ` to ${group.targets.join(', ')}` : '';
  const flows = status.flows.filter(
    f => f.group === group.id && (f.leg_out === leg.ifname || f.leg_in === leg.ifname),
  );
  const entries: [string, string][] = [
    [
      'group',
      `${group.id}${targets}; other legs: ${left.map(l => `${l.ifname}${l.healthy ? '' : ' (not healthy)'}`).join(', ')}`,
    ],
    [
      'cut',
      `${leg.ifname}: ${kind.does}; ${drill.hold_ms} ms long${flapping(drill)}, ${count(drill.repeats, 'time')}${drill.primed ? ', after another link has flapped' : ''}${drill.options.direction === 'both' ? '' : `; only what goes ${drill.options.direction}`}`,
    ],
    ['proves', kind.proves],
    [
      'on it',
      flows.length === 0 ? 'no storage flow' : flows.map(f => `${f.id} (${f.role})`).join(', '),
    ],
    [
      'with',
      `carrier strategy ${status.helper.strategy ?? 'unknown'}, nudge ${status.helper.nudge ?? 'unknown'}`,
    ],
    ['budget', `${drill.budget_ms} ms without progress`],
  ];
  const lines = entries.flatMap(([label, text]) =>
    wrap(clean(text), Math.min(out.columns ?? 110, 110), 10).map(
      (line, i) => `  ${(i === 0 ? label : '').padEnd(8)}${line}\n`,
    ),
  );
  return `${paint(out, 'bold', `drill ${kind.name}`)}  ${drill.id}\n${lines.join('')}`;
}

const flapping = ({ kind, options }: Drill): string =>
  kind.takes.includes('flaps')
    ? ` with ${count(options.flaps, 'loss', 'losses')}, one each ${options.period_ms} ms`
    : '';

const from = (r: RepeatReport, t: Us | null): string =>
  t === null || r.cut_us === null ? '-' : ms(t - r.cut_us);

function repeatTable(out: Terminal, repeats: RepeatReport[]): string {
  const atMost = out.unicode ? '≤ ' : '<= ';
  const hits = repeats.some(r => r.hits);
  return table(
    out,
    [
      { title: 'REPEAT', align: 'right' },
      { title: 'SEEN', align: 'right' },
      { title: 'SWITCHED', align: 'right' },
      { title: 'FLOWING', align: 'right' },
      { title: 'TOLD', align: 'right' },
      { title: 'GAP ms', align: 'right' },
      { title: 'BACK ms', align: 'right' },
      ...(hits ? [{ title: 'HITS', align: 'right' as const }] : []),
      { title: 'VERDICT' },
      { title: 'REASON', shrink: true },
    ],
    repeats.map((r, i) => [
      String(i + 1),
      from(r, r.seen_us),
      from(r, r.switched_us),
      from(r, r.flowing_us),
      from(r, r.told_us),
      r.gap_ms === null ? '-' : `${r.gap_below_spacing ? atMost : ''}${r.gap_ms.toFixed(1)}`,
      r.back?.gap_ms == null ? '-' : r.back.gap_ms.toFixed(1),
      ...(hits ? [r.hits ? `${r.hits.in}+${r.hits.out}` : '-'] : []),
      paint(out, VERDICT_COLOURS[r.verdict], r.verdict),
      clean(r.reason),
    ]),
    '  ',
  );
}

/** wall_offset_us: CLOCK_REALTIME − CLOCK_MONOTONIC. */
export function renderEnd(
  out: Terminal,
  report: DrillReport,
  alarms: Alarm[],
  wall_offset_us: number,
): string {
  const s = statistics(report.repeats);
  const figures =
    s === null
      ? '  no gap was measured\n'
      : `  gap of ${s.n}: min ${s.min.toFixed(1)}, median ${s.median.toFixed(1)}, p95 ${s.p95.toFixed(1)}, max ${s.max.toFixed(1)} ms\n`;
  const word = paint(out, VERDICT_COLOURS[report.verdict], report.verdict);
  return (
    (report.repeats.length === 0 ? '\n' : `\n${repeatTable(out, report.repeats)}${figures}`) +
    alarmLines(out, report, alarms, wall_offset_us) +
    `${paint(out, 'bold', report.id)}  ${word}: ${clean(report.reason)}\n`
  );
}

function alarmLines(
  out: Terminal,
  report: DrillReport,
  alarms: Alarm[],
  wall_offset_us: number,
): string {
  if (alarms.length === 0) return '  alarms: none\n';
  const cuts = report.repeats.flatMap(r => (r.cut_us === null ? [] : [r.cut_us + wall_offset_us]));
  const line = (a: Alarm) => {
    const raised = a.alarmRaisedTime.wall_us;
    const cut = cuts.filter(c => c <= raised).at(-1);
    const after = cut === undefined ? '' : ` (+${duration(raised - cut)})`;
    const cleared =
      a.alarmClearedTime === null
        ? paint(out, 'yellow', 'active')
        : `cleared ${clockTime(a.alarmClearedTime.wall_us)}`;
    // A cleared alarm does not say how severe it was.
    const severity = a.perceivedSeverity === 'CLEARED' ? '' : `${a.perceivedSeverity} `;
    const details = a.faultDetails.length > 0 ? `: ${clean(a.faultDetails.join('; '))}` : '';
    return `    ${clockTime(raised)}${after} ${clean(`${severity}${a.type} ${a.managedObjectId}`)}, ${cleared}${details}\n`;
  };
  return `  alarms raised:\n${alarms.map(line).join('')}`;
}
