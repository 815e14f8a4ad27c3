/**
 * A drill's result: the verdict over its repeats, the figures, and the JSON that `--json` writes. The schema is shared
 * with what reads such files again; other forms of a report (report/) are made from nothing else.
 */
import * as z from 'zod';
import type { Alarm, FailoverRecord, Us } from '../types.ts';

/** The records' verdicts, and INVALID: the cut met no packet or was not held, so the repeat proves nothing. */
export const drillVerdict = z.enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'NOT_MEASURED', 'INVALID']);
export type DrillVerdict = z.infer<typeof drillVerdict>;

const us = z.int().min(0);
/** Not in reports that are older than the field. */
const laterUs = us.nullable().default(null);

const stamp = z.object({ boot_id: z.string(), mono_us: us, wall_us: us });

/** What did not happen is null. Times are µs of CLOCK_MONOTONIC of the host, gaps are ms. */
export const repeatReport = z.object({
  /** Interface that was cut. */
  leg: z.string().nullable().default(null),
  cut_us: us.nullable(),
  seen_us: us.nullable(),
  switched_us: us.nullable(),
  /** Bonds and teams: first gratuitous ARP or unsolicited NA after the switch. */
  announced_us: laterUs,
  flowing_us: us.nullable(),
  told_us: us.nullable(),
  gap_ms: z.number().min(0).nullable(),
  /** What the time from the cut to flowing went into (FailoverPhases). */
  phases: z
    .object({
      detection_us: us.nullable(),
      switch_us: us.nullable(),
      announcement_us: us.nullable(),
      recovery_us: us.nullable(),
    })
    .nullable()
    .default(null),
  verdict: drillVerdict,
  reason: z.string(),
  /** The gap is no longer than the traffic's own spacing: gap_ms is that spacing, which it does not exceed. */
  gap_below_spacing: z.boolean(),
  /** Whether the alarm receiver acknowledged in time; judged on its own. */
  told_verdict: drillVerdict.nullable(),
  /** The way back, after the leg was healed. */
  back: z
    .object({
      healed_us: us,
      switched_us: us.nullable(),
      flowing_us: us.nullable(),
      gap_ms: z.number().min(0).nullable(),
      verdict: drillVerdict,
      reason: z.string(),
    })
    .nullable(),
  /** Packets that a blackhole swallowed; null for other kinds. */
  hits: z.object({ in: z.int().min(0), out: z.int().min(0) }).nullable(),
  /** Of a link that was made to flap: each change of its state, from the cut to the heal; empty for other kinds. */
  edges: z.array(z.object({ t_us: us, up: z.boolean() })).default([]),
  /** What is not as it was before the cut. */
  differences: z.array(z.string()),
  /** Failover record. */
  failover: z.string().nullable(),
});

export const drillReport = z.object({
  id: z.string(),
  kind: z.string(),
  group: z.string(),
  leg: z.string(),
  nudge: z.string(),
  strategy: z.string(),
  budget_ms: z.int().min(1),
  verdict: drillVerdict,
  reason: z.string(),
  repeats: z.array(repeatReport),
  hold_ms: z.int().min(1),
  primed: z.boolean(),
  /** All times of the drill are of its boot. Null: the report is older than the field. */
  began: stamp.nullable().default(null),
});

/** Alarms are types.ts' Alarm; what a reader sorts by or shows is checked here. */
const alarm = z.looseObject({
  id: z.string(),
  type: z.string(),
  managedObjectId: z.string(),
  perceivedSeverity: z.string(),
  alarmRaisedTime: stamp,
  alarmClearedTime: stamp.nullable(),
  faultDetails: z.array(z.string()),
  drill: z.string().nullable(),
  failover: z.string().nullable(),
  /** Who raised it, where alarms of several hosts are in one file. */
  source: z.string().optional(),
});

export const reportFile = z.object({
  version: z.string(),
  host: z.string(),
  drills: z.array(drillReport),
  alarms: z.array(alarm),
});

export type RepeatReport = z.infer<typeof repeatReport>;
export type DrillReport = z.infer<typeof drillReport>;
export type ReportedAlarm = Alarm & { source?: string };
export type ReportFile = Omit<z.infer<typeof reportFile>, 'alarms'> & { alarms: ReportedAlarm[] };

const ms = (gap_us: Us | null): number | null => (gap_us === null ? null : gap_us / 1000);

/** What the guard says of one cut. */
export interface CutResult {
  /** Interface that was cut. */
  leg: string;
  edges: { t_us: Us; up: boolean }[];
  hits: { in: number; out: number } | null;
  differences: string[];
  /** Set when the repeat proves nothing, e.g. the blackhole met no packet. */
  invalid: string | null;
}

/** A repeat from its failover record and from what the guard did; a difference left is a FAIL whatever was measured. */
export function repeatOf(record: FailoverRecord, cut: CutResult): RepeatReport {
  let verdict: DrillVerdict = record.verdict;
  let reason = record.reason;
  if (cut.invalid !== null) [verdict, reason] = ['INVALID', cut.invalid];
  if (cut.differences.length > 0) [verdict, reason] = ['FAIL', notRestored(cut.differences)];
  return {
    leg: cut.leg,
    cut_us: record.cut.t_us,
    seen_us: record.seen_us,
    switched_us: record.switched_us,
    announced_us: record.announced_us,
    flowing_us: record.flowing_us,
    told_us: record.told_us,
    gap_ms: ms(record.gap_below_spacing ? record.spacing_us : record.gap_us),
    phases: record.phases,
    verdict,
    reason,
    gap_below_spacing: record.gap_below_spacing,
    told_verdict: record.told_verdict,
    back: record.back && {
      healed_us: record.back.healed_us,
      switched_us: record.back.switched_us,
      flowing_us: record.back.flowing_us,
      gap_ms: ms(record.back.gap_us),
      verdict: record.back.verdict,
      reason: record.back.reason,
    },
    hits: cut.hits,
    edges: cut.edges,
    differences: cut.differences,
    failover: record.id,
  };
}

/** A repeat of which there is no record: it was broken off, or the agent did not answer. */
export function repeatWithout(cut_us: Us | null, reason: string, cut: CutResult): RepeatReport {
  const differs = cut.differences.length > 0;
  return {
    leg: cut.leg,
    cut_us,
    seen_us: null,
    switched_us: null,
    announced_us: null,
    flowing_us: null,
    told_us: null,
    gap_ms: null,
    phases: null,
    verdict: differs ? 'FAIL' : 'INVALID',
    reason: differs ? notRestored(cut.differences) : reason,
    gap_below_spacing: false,
    told_verdict: null,
    back: null,
    hits: cut.hits,
    edges: cut.edges,
    differences: cut.differences,
    failover: null,
  };
}

const notRestored = (differences: string[]): string =>
  `not restored: ${differences[0]}${differences.length > 1 ? ` and ${differences.length - 1} more` : ''}`;

/** From the worst down. FAIL before INVALID: a measured failure counts even if another repeat proved nothing. */
const ORDER: DrillVerdict[] = ['FAIL', 'INVALID', 'INCONCLUSIVE', 'NOT_MEASURED', 'PASS'];

/** Null: there is none. */
export const worstVerdict = (of: readonly { verdict: DrillVerdict }[]): DrillVerdict | null =>
  ORDER.find(v => of.some(({ verdict }) => verdict === v)) ?? null;

/** PASS only if there are repeats and all of them pass; else the worst verdict, with the first repeat that has it. */
export function overall(
  repeats: RepeatReport[],
  budget_ms: number,
): { verdict: DrillVerdict; reason: string } {
  if (repeats.length === 0) return { verdict: 'INVALID', reason: 'no repeat was made' };
  const verdict = worstVerdict(repeats) ?? 'INVALID';
  const n = repeats.length;
  if (verdict === 'PASS') {
    const s = statistics(repeats);
    const worst = s === null ? '' : `, no gap longer than ${s.max.toFixed(1)} ms`;
    return {
      verdict,
      reason: `${n === 1 ? 'within' : `all ${n} repeats within`} ${budget_ms} ms${worst}`,
    };
  }
  const at = repeats.findIndex(r => r.verdict === verdict);
  const first = repeats[at]?.reason ?? '';
  const many = repeats.filter(r => r.verdict === verdict).length;
  if (n === 1) return { verdict, reason: first };
  return {
    verdict,
    reason: `${many} of ${n} repeats; repeat ${at + 1}: ${first}`,
  };
}

export interface Statistics {
  n: number;
  min: number;
  median: number;
  p95: number;
  max: number;
}

/** Of the gaps that were measured, ms, by nearest rank; null when there is none. */
export const statistics = (repeats: RepeatReport[]): Statistics | null =>
  statisticsOf(repeats.flatMap(r => (r.gap_ms === null ? [] : [r.gap_ms])));

/** By nearest rank; null when there are no values. */
export function statisticsOf(values: number[]): Statistics | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n: sorted.length,
    min: rank(sorted, 0),
    median: rank(sorted, 0.5),
    p95: rank(sorted, 0.95),
    max: rank(sorted, 1),
  };
}

/** The value at a share (0..1) of ascending values, by nearest rank. */
export const rank = (sorted: number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

/** The newest state of each alarm, in the order in which they were raised. */
export function mergeAlarms<A extends Alarm>(known: A[], more: A[]): A[] {
  const byId = new Map(known.map(a => [a.id, a]));
  for (const a of more) byId.set(a.id, a);
  return [...byId.values()].sort((a, b) => a.alarmRaisedTime.wall_us - b.alarmRaisedTime.wall_us);
}

/** Several reports as one, drills in the order of the files; a drill that is in several of them counts once. */
export function mergeReports([first, ...rest]: [ReportFile, ...ReportFile[]]): ReportFile {
  const words = (a: string, b: string) => [...new Set([...a.split(', '), ...b.split(', ')])];
  return rest.reduce(
    (all, { version, host, drills, alarms }) => ({
      version: words(all.version, version).join(', '),
      host: words(all.host, host).join(', '),
      drills: [...all.drills, ...drills.filter(({ id }) => !all.drills.some(d => d.id === id))],
      alarms: mergeAlarms(all.alarms, alarms),
    }),
    first,
  );
}
