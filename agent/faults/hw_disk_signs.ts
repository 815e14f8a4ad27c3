/** What a disk's own words come to: signs that it will fail, and that it has. */
import { NVME_WARNING } from '../topology/readings/nvme_log.ts';
import type { DiskCounter, DiskHealth, Severity, Us } from '../types.ts';
import { hardwareLimits } from './hw_limits.ts';

export interface Sign {
  what: string;
  severity: Exclude<Severity, 'CLEARED'>;
}

/** A counter at the begin of its window, and now. */
export interface Trend {
  from: number;
  from_us: Us;
  last: number;
}
export type Trends = Readonly<Partial<Record<DiskCounter, Trend>>>;

/** A lower count is that of another disk, or of one that counts anew. */
export function follow(trends: Trends, counters: DiskHealth['counters'], t: Us): Trends {
  const next: Partial<Record<DiskCounter, Trend>> = { ...trends };
  for (const [name, last] of Object.entries(counters) as [DiskCounter, number][]) {
    const known = trends[name];
    const anew = known === undefined || last < known.last;
    if (anew || t - known.from_us > hardwareLimits.disk.window_us) {
      next[name] = { from: anew ? last : known.last, from_us: t, last };
    } else next[name] = { ...known, last };
  }
  return next;
}

const NAMES: Readonly<Record<DiskCounter, string>> = {
  reallocated: 'reallocated sectors',
  pending: 'sectors that cannot be read',
  uncorrectable: 'uncorrectable sectors',
  reported: 'reported uncorrectable errors',
  timeouts: 'command time-outs',
  interface: 'errors of its interface (cable, backplane)',
  media: 'media errors',
  defects: 'grown defects',
};

/** `reallocated sectors rose from 8 to 24 within 2.5 h`. */
export function trendText(name: DiskCounter, { from, from_us, last }: Trend, t: Us): string {
  const minutes = (t - from_us) / 60e6;
  const within = minutes < 60 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
  return `${NAMES[name]} rose from ${from} to ${last} within ${within}`;
}

export function failingSigns(health: DiskHealth, trends: Trends, t: Us): Sign[] {
  const { passed, below, spare, spare_limit, used } = health;
  const warning = health.warning ?? 0;
  const signs: Sign[] = [];
  const add = (severity: Sign['severity'], what: string) => signs.push({ what, severity });
  if (passed === false && health.protocol !== 'nvme') add('MAJOR', 'it predicts its own failure');
  for (const name of below) add('MAJOR', `attribute ${name} is at its limit`);
  const exhausted = spare !== null && spare_limit !== null && spare < spare_limit;
  if (exhausted) add('MAJOR', `spare blocks: ${spare} %, its limit is ${spare_limit} %`);
  else if (warning & NVME_WARNING.spare) add('MAJOR', 'its spare blocks are below their limit');
  if (warning & NVME_WARNING.reliability) add('MAJOR', 'its reliability is degraded');
  if (warning & NVME_WARNING.memory_region) add('MAJOR', 'its persistent memory is not reliable');
  if (used !== null && used >= hardwareLimits.disk.used) {
    add('WARNING', `${hardwareLimits.disk.used} % of its life are used up`);
  }
  for (const [name, rise] of Object.entries(hardwareLimits.disk.rise) as [DiskCounter, number][]) {
    const trend = trends[name];
    if (trend && trend.last - trend.from >= rise) add('WARNING', trendText(name, trend, t));
  }
  return signs;
}

export function failedSigns({ warning }: DiskHealth): string[] {
  const bits = warning ?? 0;
  return [
    ...(bits & NVME_WARNING.read_only ? ['its medium is read only now'] : []),
    ...(bits & NVME_WARNING.backup ? ['it cannot save its volatile memory any more'] : []),
  ];
}

/** Counters of which each further one is a loss. */
export const MEDIA: readonly DiskCounter[] = ['media', 'reported', 'uncorrectable', 'pending'];
