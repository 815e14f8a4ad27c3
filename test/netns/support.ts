/** What the netns tests share: a site that cleans up after itself, drills with their report, checks of alarm lives. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { DrillReport, RepeatReport, ReportFile } from '../../agent/drills/report.ts';
import type { FailoverRecord } from '../../agent/types.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { routingState } from '../../scripts/lab/network.ts';
import type { Host } from '../../scripts/lab/product.ts';
import { Site, type SiteOptions } from '../../scripts/lab/site.ts';
import { type Completion, slowest } from '../../scripts/lab/storage.ts';
import type { Told } from '../../scripts/lab/told.ts';
import { until } from '../../scripts/lab/wait.ts';

/** Closes the lab after the test, whether it passes or is ended by tap's time limit; what is left behind fails the test. */
export function closeAfter(t: Test, lab: Lab): void {
  const stop = () => lab.close().finally(() => process.exit(1));
  process.once('SIGTERM', stop);
  t.teardown(async () => {
    process.removeListener('SIGTERM', stop);
    await lab.closeClean();
  });
}

export async function openSite(t: Test, options: Partial<SiteOptions> = {}): Promise<Site> {
  const site = await Site.open(options);
  closeAfter(t, site.lab);
  return site;
}

export interface Drilled {
  code: number;
  drill: DrillReport;
  repeat: RepeatReport;
  /** What the operator saw. */
  text: string;
}

let reports = 0;

/**
 * Runs a drill on the compute host's group to its end. Throws when there is no report. It waits by itself until all is steady
 * and until the record is closed, for each of its repeats.
 */
export async function drill(site: Site, words: string[], repeats = 1): Promise<Drilled> {
  const timeoutMs = 60_000 + repeats * 120_000;
  const file = join(site.lab.folder('reports'), `${++reports}.json`);
  const argv = ['drill', 'run', ...words, '--group', site.group, '--json', file];
  const { code, stdout, stderr } = await site.compute.cli(argv, { timeoutMs });
  let report: ReportFile;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`drill ${words.join(' ')}: exit ${code} and no report:\n${stdout}\n${stderr}`);
  }
  const first = report.drills[0];
  const repeat = first?.repeats[0];
  if (!first || !repeat) throw new Error(`no repeat in ${JSON.stringify(report)}\n${stdout}`);
  return { code, drill: first, repeat, text: stdout };
}

/**
 * Both measured the same incident: the product's gap and fio's slowest request differ by no more than half and 60 ms.
 * Wide, because they measure different things: fio a request with its answer, the product each flow's progress.
 */
export function agreesWithFio(
  t: Test,
  gap_ms: number | null,
  io: readonly Completion[],
  from_us: number,
  to_us = Number.POSITIVE_INFINITY,
): void {
  const theirs = slowest(io, from_us, to_us) / 1000;
  t.ok(
    gap_ms !== null && Math.abs(gap_ms - theirs) <= 60 + 0.5 * Math.max(gap_ms, theirs),
    `the gap of ${gap_ms} ms agrees with fio's slowest request of ${theirs.toFixed(1)} ms`,
  );
}

/**
 * What is wrong with the lives of the alarms that were told, one line each: every alarm is raised once, cleared once, and
 * its changes come in order. Alarms that are active now, by the agents' own account, need no clear.
 */
export async function brokenLives(site: Site, told: readonly Told[]): Promise<string[]> {
  const active = new Set<string>();
  for (const host of site.hosts)
    for (const alarm of await host.ask('alarms', { all: false }))
      active.add(`${host.source} ${alarm.id}`);
  const lives = new Map<string, Told['change'][]>();
  for (const { source, change } of told) {
    const key = `${source} ${change.alarm.id}`;
    lives.set(key, [...(lives.get(key) ?? []), change]);
  }
  const broken: string[] = [];
  for (const [key, changes] of lives) {
    const ordered = changes.every(({ revision }, i) => revision === i + 1);
    const raised = changes.filter(({ kind }) => kind === 'raised').length;
    const cleared = changes.filter(({ kind }) => kind === 'cleared').length;
    const ended = changes.at(-1)?.kind === 'cleared' && cleared === 1;
    if (ordered && raised === 1 && (ended || (cleared === 0 && active.has(key)))) continue;
    const { type, managedObjectId } = changes[0]!.alarm;
    const kinds = changes.map(({ revision, kind }) => `${revision} ${kind}`).join(', ');
    broken.push(`${key} ${type} ${managedObjectId}: ${kinds}`);
  }
  return broken;
}

/** Alarm types told by one host since then. */
export function typesTold(site: Site, host: Host, since_us: number): Set<string> {
  return new Set(
    site.receiver
      .alarms(since_us)
      .filter(({ source }) => source.endsWith(`:${host.name}`))
      .map(({ change }) => change.alarm.type),
  );
}

/** Addresses, routes, next hops and links of both hosts. */
export async function routingOf(site: Site): Promise<string> {
  const parts = await Promise.all(site.hosts.map(host => routingState(host.netns)));
  return parts.join('\n--\n');
}

/** The newest closed failover record of a host's group that opened after `since_us`. */
export async function closedRecord(host: Host, since_us: number): Promise<FailoverRecord> {
  return await until(
    `a closed failover record on ${host.name}`,
    async () => {
      const records = await host.ask('failovers', { limit: 1000 });
      return records.find(r => r.opened.mono_us >= since_us && r.state !== 'open') ?? null;
    },
    45_000,
    300,
  );
}
