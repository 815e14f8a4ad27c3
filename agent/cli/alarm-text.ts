/** Alarms and their changes as lines of text. */
import type { Alarm, AlarmChange, Severity, Stamp } from '../types.ts';
import { stampTime } from './format.ts';
import { notedTable } from './noted-table.ts';
import { clean, type Paint, paint, type Terminal } from './terminal.ts';

const COLOURS: Record<Severity, Paint | null> = {
  CRITICAL: 'red',
  MAJOR: 'red',
  MINOR: 'yellow',
  WARNING: 'yellow',
  INDETERMINATE: null,
  CLEARED: 'green',
};

const severity = (out: Terminal, s: Severity): string => {
  const how = COLOURS[s];
  return how ? paint(out, how, s) : s;
};

/** What an operator types instead of the id: its end, which counts the alarms of this host, unless two here share it. */
function shortIds(alarms: readonly Alarm[]): (alarm: Alarm) => string {
  const end = ({ id }: Alarm) => id.slice(id.lastIndexOf('-') + 1);
  const counts = new Map<string, number>();
  for (const alarm of alarms) counts.set(end(alarm), (counts.get(end(alarm)) ?? 0) + 1);
  return alarm => (counts.get(end(alarm)) === 1 ? end(alarm) : alarm.id);
}

/** Each alarm after the one that explains it, one level deeper; causes in the order given. */
export function byCause(alarms: readonly Alarm[]): { alarm: Alarm; depth: number }[] {
  const ids = new Set(alarms.map(({ id }) => id));
  const causeOf = (alarm: Alarm) => alarm.correlatedAlarmIds.find(id => ids.has(id)) ?? null;
  const ordered: { alarm: Alarm; depth: number }[] = [];
  const seen = new Set<Alarm>();
  const add = (alarm: Alarm, depth: number) => {
    if (seen.has(alarm)) return;
    seen.add(alarm);
    ordered.push({ alarm, depth });
    for (const effect of alarms) if (causeOf(effect) === alarm.id) add(effect, depth + 1);
  };
  for (const alarm of alarms) if (causeOf(alarm) === null) add(alarm, 0);
  // Two that name each other.
  for (const alarm of alarms) add(alarm, 0);
  return ordered;
}

const marks = (a: Alarm): string[] => [
  ...(a.ackState === 'ACKNOWLEDGED'
    ? [a.ackUser === null ? 'acknowledged' : `acknowledged by ${a.ackUser}`]
    : []),
  ...(a.maintenance === null ? [] : [`maintenance: ${a.maintenance}`]),
  ...(a.drill === null ? [] : [a.drill]),
];

/** Narrower terminals have no room for the year, and then for the milliseconds. */
const YEAR_FROM_COLUMNS = 120;
const MS_FROM_COLUMNS = 100;

export function renderAlarms(out: Terminal, alarms: Alarm[]): string {
  if (alarms.length === 0) return 'No alarms.\n';
  const columns = out.columns ?? Number.POSITIVE_INFINITY;
  const time = (stamp: Stamp | null) =>
    stampTime(stamp).slice(
      columns < YEAR_FROM_COLUMNS ? '2026-'.length : 0,
      columns < MS_FROM_COLUMNS ? -'.000'.length : undefined,
    );
  const id = shortIds(alarms);
  const branch = out.unicode ? '└ ' : '- ';
  const type = (a: Alarm, depth: number) =>
    depth === 0 ? a.type : `${'  '.repeat(depth - 1)}${branch}${a.type}`;
  const cleared = alarms.some(a => a.alarmClearedTime !== null);
  const ordered = byCause(alarms);
  return notedTable(
    out,
    [
      { title: 'ID' },
      { title: 'RAISED' },
      { title: 'SEVERITY' },
      { title: 'ALARM' },
      { title: 'OBJECT', shrink: true },
      ...(cleared ? [{ title: 'CLEARED' }] : []),
    ],
    ordered.map(({ alarm: a, depth }) => [
      id(a),
      time(a.alarmRaisedTime),
      severity(out, a.perceivedSeverity),
      clean(type(a, depth)),
      clean(a.managedObjectId),
      ...(cleared ? [time(a.alarmClearedTime)] : []),
    ]),
    'DETAILS',
    ordered.map(({ alarm: a }) => clean([...a.faultDetails, ...marks(a)].join('; '))),
  );
}

/**
 * `2026-03-01 14:05:09.042 raised MAJOR link-down leg/c-a: no carrier (root cause; drill-20260301-…)`. What it was is in
 * the raise; a clear says why it ended.
 */
export function changeLine(out: Terminal, { kind, alarm: a, held }: AlarmChange): string {
  const at = {
    raised: a.alarmRaisedTime,
    changed: a.alarmChangedTime,
    cleared: a.alarmClearedTime,
    acknowledged: a.alarmAcknowledgedTime ?? a.alarmChangedTime,
  }[kind];
  const details =
    kind === 'cleared' && a.clearCause ? [a.clearCause.replaceAll('-', ' ')] : a.faultDetails;
  const text = details.length === 0 ? '' : `: ${details.join('; ')}`;
  const notes = [
    ...(a.isRootCause ? [] : [`follows from ${a.correlatedAlarmIds.join(', ')}`]),
    ...marks(a),
    ...(held ? ['notices held back'] : []),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  const word =
    kind === 'cleared'
      ? paint(out, 'green', 'cleared')
      : `${kind} ${severity(out, a.perceivedSeverity)}`;
  return (
    `${stampTime(at ?? a.alarmRaisedTime)} ${word} ` +
    clean(`${a.type} ${a.managedObjectId}${text}${note}`)
  );
}
