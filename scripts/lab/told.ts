/** Alarm changes as a receiver got them. */
import type { AlarmData } from '../../agent/alarm-data.ts';
import type { AlarmChangeKind } from '../../agent/types.ts';

/** `data` of the webhook's CloudEvents. */
export interface ToldChange {
  kind: AlarmChangeKind;
  revision: number;
  sequence: number;
  uncommitted: boolean;
  alarm: AlarmData;
}

export interface Told {
  /** µs CLOCK_MONOTONIC of arrival. */
  t_us: number;
  /** CloudEvents `source`: the host. */
  source: string;
  change: ToldChange;
}

export function isToldChange(data: unknown): data is ToldChange {
  return typeof data === 'object' && data !== null && 'alarm' in data && 'revision' in data;
}

/** One line each; the time is that of arrival, ms after `zero_us`. */
export function toldTable(told: readonly Told[], zero_us: number): string[] {
  if (told.length === 0) return ['(none)'];
  const rows = told.map(({ t_us, source, change: { kind, alarm } }) => [
    `+${((t_us - zero_us) / 1000).toFixed(1)} ms`,
    source.split(':').at(-1) ?? source,
    kind,
    kind === 'cleared' ? '' : alarm.perceivedSeverity,
    alarm.type,
    alarm.managedObjectId,
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map(i => Math.max(...rows.map(row => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map(row => row.map(pad).join('  ').trimEnd());
}
