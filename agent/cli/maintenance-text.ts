/** Maintenance mode in words. */
import type { Maintenance } from '../types.ts';
import { localTime, uptime, wrap } from './format.ts';
import { clean, paint, type Terminal } from './terminal.ts';

const minute = (wall_us: number): string => localTime(wall_us).slice(0, -'.000'.length);

const NOTICES: Record<Maintenance['notices'], string> = {
  hold: 'held back',
  mark: 'go out, marked',
};

/** `until 2026-03-01 12:31:00: new switch; notices held back; objects leg/*`. */
export const maintenanceText = ({ until, reason, notices, objects }: Maintenance): string =>
  clean(
    `until ${minute(until.wall_us)}: ${reason}; notices ${NOTICES[notices]}` +
      (objects.includes('*') ? '' : `; objects ${objects.join(' ')}`),
  );

export const maintenanceSentence = (out: Terminal, maintenance: Maintenance): string =>
  `${fitted(out, `${paint(out, 'yellow', 'Maintenance')} ${maintenanceText(maintenance)}.`)}\n`;

const fitted = (out: Terminal, text: string): string =>
  out.columns === null ? text : wrap(text, out.columns, 0).join('\n');

/** now_wall_us: µs since 1970. */
export function renderMaintenance(
  out: Terminal,
  maintenance: Maintenance | null,
  now_wall_us: number,
): string {
  if (maintenance === null) return 'No maintenance.\n';
  const { since, until, reason, notices, objects } = maintenance;
  const left = Math.max(0, (until.wall_us - now_wall_us) / 1e6);
  const lines = [
    ['since', minute(since.wall_us)],
    ['until', `${minute(until.wall_us)}, ${uptime(left)} left`],
    ['reason', reason],
    ['notices', NOTICES[notices]],
    ['objects', objects.includes('*') ? 'all' : `${objects.join(' ')}`],
  ] as const;
  const head = paint(out, 'yellow', 'Maintenance is on.');
  return `${head}\n${lines.map(([k, v]) => `  ${k.padEnd(7)}  ${clean(v)}\n`).join('')}`;
}
