/** Figures as a report shows them. */
import type { Us } from '../../types.ts';
import type { DrillReport, RepeatReport } from '../report.ts';

/** `0.07 ms`, `12.9 ms`, `1275.9 ms`, `−0.2 ms`. */
export function msText(ms: number): string {
  const size = Math.abs(ms);
  return `${ms < 0 ? '−' : ''}${size.toFixed(size < 0.995 ? 2 : 1)} ms`;
}

/** `≤ 9.4 ms` when it is no longer than the traffic's own spacing. */
export function gapText(of: { gap_ms: number | null; gap_below_spacing?: boolean }): string {
  if (of.gap_ms === null) return 'not measured';
  return `${of.gap_below_spacing ? '≤ ' : ''}${msText(of.gap_ms)}`;
}

/** As short as an axis wants it: `0`, `0.5 ms`, `200 ms`, `1.5 s`. */
export function tickText(us: number): string {
  if (us === 0) return '0';
  const [value, unit] = us < 1_000_000 ? [us / 1000, 'ms'] : [us / 1e6, 's'];
  return `${Number(value.toPrecision(6))} ${unit}`;
}

/**
 * `2026-11-25 23:11:59 UTC`, with `.042` if ms are wanted. wall_us: µs since 1970. A report is read elsewhere than it
 * was made: no local time.
 */
export const dateText = (wall_us: number, { ms = false } = {}): string =>
  `${new Date(wall_us / 1000)
    .toISOString()
    .slice(0, ms ? 23 : 19)
    .replace('T', ' ')} UTC`;

/**
 * µs since 1970 at which the drill began, to the second by its id (drill-choose.ts, drillId) if the report is older than
 * the field; null: the id is none of ours.
 */
export function beganWallUs({ began, id }: DrillReport): number | null {
  if (began !== null) return began.wall_us;
  const found = /^drill-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id);
  if (!found) return null;
  const [year = 0, month = 0, ...rest] = found.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
  return Number.isNaN(at) ? null : at * 1000;
}

export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** The end of `urn:pathwarden:lab:storage`: what an operator calls the host. */
export const hostOf = (source: string): string => source.split(':').at(-1) || source;

/** µs after the cut; null: it did not happen, or nobody knows when the cut was. */
export const afterCut = (repeat: RepeatReport, t: Us | null): number | null =>
  t === null || repeat.cut_us === null ? null : t - repeat.cut_us;
