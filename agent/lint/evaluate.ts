/** From settings to worst-case times and verdicts. Pure. */
import { blame, notesOf, notKnown, stageReport, stateOf } from './explain.ts';
import type { Host } from './host.ts';
import { fastest, type Judged, judgeAll, type Way, waysOf } from './judge.ts';
import { type PathGroup, pathsOf, type Service } from './paths.ts';
import type { Figure, GroupReport, LintReport, Verdict } from './report.ts';
import { LOSSES, type Loss, type Setting, type Stage, type Subjects, shown } from './rule.ts';
import { rules } from './rules/all.ts';
import { longestElapsed, RTO_MIN_MS } from './rules/tcp.ts';
import { inTime } from './timers.ts';
import { type Ms, plain, sumMs, type Value } from './value.ts';

export interface LintOptions {
  /** The budget of a group, ms. */
  budgetMs(group: string): number;
  /** Is the group judged at all? */
  wanted(group: string): boolean;
  /** What counts for the verdict. */
  losses: readonly Loss[];
}

export function lint(host: Host, options: LintOptions): LintReport {
  const groups = pathsOf(host)
    .filter(g => options.wanted(g.id))
    .map(g => judgeGroup(host, g, options));
  const blind = blindSpots(host);
  const verdicts = groups.map(g => g.verdict);
  return {
    verdict: worst(blind.length > 0 ? [...verdicts, 'UNKNOWN'] : verdicts),
    kernel: plain(host.kernel),
    groups,
    blind,
  };
}

const worst = (all: readonly Verdict[]): Verdict =>
  all.includes('BROKEN') ? 'BROKEN' : all.includes('UNKNOWN') ? 'UNKNOWN' : 'OK';

/** A layer that is there and cannot be read might have paths that nobody has judged. */
function blindSpots(host: Host): Setting[] {
  const layers: [string, Value<unknown>][] = [
    ['iSCSI sessions', host.iscsi.sessions],
    ['NVMe controllers', host.nvme.controllers],
    ['NFS mounts', host.nfs],
    ['Ceph', host.ceph],
  ];
  return layers.filter(([, v]) => v.state === 'unknown').map(([name, v]) => shown(name, v));
}

function judgeGroup(host: Host, group: PathGroup, options: LintOptions): GroupReport {
  const budget_ms = options.budgetMs(group.id);
  const figure = (loss: Loss): Figure => judgeLoss(host, group, loss, budget_ms, options.losses);
  const figures = { carrier: figure('carrier'), silent: figure('silent') };
  const counted = LOSSES.map(l => figures[l]).filter(f => f.counted);
  return {
    id: group.id,
    kind: group.kind,
    targets: group.targets,
    legs: group.legs,
    services: group.services.map(s => s.name),
    budget_ms,
    verdict: worst(counted.map(f => f.verdict)),
    ...figures,
    notes: notesOf(noteJudgements(host, group), limitsOf(group, budget_ms, 'carrier')),
  };
}

const limitsOf = (group: PathGroup, budget_ms: number, loss: Loss) => ({
  elapsed_ms: inTime(longestElapsed(budget_ms, plain(group.rto_min) ?? RTO_MIN_MS, loss)),
});

function judgeLoss(
  host: Host,
  group: PathGroup,
  loss: Loss,
  budget_ms: number,
  counted: readonly Loss[],
): Figure {
  const { way, ways } = slowest(lossJudgements(host, group, loss).map(waysOf));
  const judged = [...way.judged, ...recovery(host, group, way, loss)];
  const ms = sumMs(judged.map(j => j.ms));
  // A way that is not known may be the faster one: then the time is at most what the known ones say.
  const open = ms === 'unknown' || ways.some(w => w.ms === 'unknown');
  const isOk = typeof ms === 'number' && ms <= budget_ms;
  const verdict = isOk ? 'OK' : open ? 'UNKNOWN' : 'BROKEN';
  const limits = limitsOf(group, budget_ms, loss);
  const all = ways.flatMap(w => w.judged);
  const causes = {
    OK: () => [],
    BROKEN: () => blame(judged, all, budget_ms, limits),
    UNKNOWN: () => notKnown([...all, ...judged], limits),
  }[verdict]();
  return {
    loss,
    counted: counted.includes(loss),
    verdict,
    ...stateOf(verdict === 'UNKNOWN' ? 'unknown' : ms),
    seen_by: seenBy(host, group, ways, loss),
    stages: judged.map(stageReport),
    causes,
  };
}

const BEFORE_RECOVERY: readonly Stage[] = ['detect', 'switch', 'announce'];

/** Detection, switch and announcement: once for a group, or once for each connection that has no group below it. */
function lossJudgements(host: Host, group: PathGroup, loss: Loss): Judged[][] {
  // Ceph's replicas are on other hosts; a way that is not known may well have several legs.
  const hasLegs = group.kind !== 'ceph' && group.services.every(s => s.egress.to !== 'unknown');
  const legs = isLower(group) || hasLegs ? judgeAll(rules.legs, group, loss, BEFORE_RECOVERY) : [];
  const own = (judged: Judged[]) => [...legs, ...judged];
  switch (group.kind) {
    case 'bond':
      return [own(judgeAll(rules.bond, group.bond, loss, BEFORE_RECOVERY))];
    case 'team':
      return [own(judgeAll(rules.team, group.team, loss, BEFORE_RECOVERY))];
    case 'ecmp':
    case 'nexthop_group':
      return [own(judgeAll(rules.route, routeSubject(host, group), loss, BEFORE_RECOVERY))];
    default:
      return bareServices(group).map(s => own(serviceJudgements(host, group, s, loss)));
  }
}

type Lower = Extract<PathGroup, { kind: 'bond' | 'team' | 'ecmp' | 'nexthop_group' }>;

const isLower = (group: PathGroup): group is Lower =>
  ['bond', 'team', 'ecmp', 'nexthop_group'].includes(group.kind);

/** A connection over a bond keeps going by the bond's own failover. */
const bareServices = (group: PathGroup): Service[] =>
  group.services.filter(s => s.egress.to !== 'group');

function routeSubject(host: Host, group: Extract<PathGroup, { hops: unknown }>): Subjects['route'] {
  const { kind, hops } = group;
  const routing = host.routing.get(group.id);
  if (!routing) throw new Error(`internal: the routing of ${group.id} was not read`);
  return { kind, hops, routing, nudge: host.nudge, bfd: host.bfd };
}

function serviceJudgements(host: Host, group: PathGroup, service: Service, loss: Loss): Judged[] {
  const connection = connectionSubject(host, group, 0);
  const common = [
    ...judgeAll(rules.service, service, loss, BEFORE_RECOVERY),
    ...judgeAll(rules.connection, connection, loss, BEFORE_RECOVERY),
  ];
  switch (service.layer) {
    case 'iscsi':
      return [...judgeAll(rules.iscsi, service.session, loss, BEFORE_RECOVERY), ...common];
    case 'nvme':
      return [
        ...judgeAll(rules.nvme, nvmeSubject(host, service), loss, BEFORE_RECOVERY),
        ...common,
      ];
    case 'ceph':
      return [
        ...judgeAll(rules.ceph, service.ceph, loss, BEFORE_RECOVERY),
        ...judgeAll(rules.service, service, loss, BEFORE_RECOVERY),
      ];
    case 'nfs':
      return common;
  }
}

const connectionSubject = (host: Host, group: PathGroup, elapsed_ms: number) => ({
  rto_min: group.rto_min,
  retries2: host.tcp.retries2,
  elapsed_ms,
});

const nvmeSubject = (host: Host, service: Extract<Service, { layer: 'nvme' }>) => ({
  controller: service.controller,
  native: host.nvme.native,
});

/** Of several connections that may be hit, the one that takes longest. */
function slowest(all: readonly Way[][]): { way: Way; ways: Way[] } {
  const weight = (ms: Ms) =>
    ms === 'never' ? Number.POSITIVE_INFINITY : ms === 'unknown' ? Number.MAX_VALUE : ms;
  const candidates = all.map(ways => ({ way: fastest(ways), ways }));
  const [first, ...rest] = candidates;
  if (!first) return { way: fastest([]), ways: [] };
  return rest.reduce((a, b) => (weight(b.way.ms) > weight(a.way.ms) ? b : a), first);
}

/** A connection outlives what happens below it, and flows again when TCP sends next. */
function recovery(host: Host, group: PathGroup, way: Way, loss: Loss): Judged[] {
  if (!isLower(group) || typeof way.ms !== 'number') return [];
  const recover = judgeAll(rules.connection, connectionSubject(host, group, way.ms), loss, [
    'recover',
  ]);
  const flows = sumMs([way.ms, ...recover.map(j => j.ms)]);
  if (typeof flows !== 'number') return recover;
  const keep = judgeAll(rules.connection, connectionSubject(host, group, flows), loss, ['keep']);
  const mounts = group.services.flatMap(s =>
    s.layer === 'nfs'
      ? judgeAll(rules.nfs, { mount: s.mount, elapsed_ms: flows }, loss, ['keep'])
      : [],
  );
  return [...recover, ...keep, ...mounts];
}

/** Who notices first; where nobody does who could do something about it, a storage protocol above. */
function seenBy(host: Host, group: PathGroup, ways: readonly Way[], loss: Loss): Figure['seen_by'] {
  const own = ways.flatMap(w => w.judged);
  const above = isLower(group)
    ? group.services.flatMap(s => serviceJudgements(host, group, s, loss))
    : [];
  return firstDetection(own) ?? firstDetection(above);
}

function firstDetection(judged: readonly Judged[]): Figure['seen_by'] {
  const timed = judged
    .filter(j => j.rule.stage === 'detect')
    .flatMap(({ rule, ms }) =>
      typeof ms === 'number' ? [{ layer: rule.layer, rule: rule.id, ms: Math.round(ms) }] : [],
    );
  return timed.toSorted((a, b) => a.ms - b.ms)[0] ?? null;
}

function noteJudgements(host: Host, group: PathGroup): Judged[] {
  const notes: readonly Stage[] = ['note'];
  const loss = 'carrier';
  const own =
    group.kind === 'bond'
      ? judgeAll(rules.bond, group.bond, loss, notes)
      : group.kind === 'ecmp' || group.kind === 'nexthop_group'
        ? judgeAll(rules.route, routeSubject(host, group), loss, notes)
        : [];
  const services = group.services.flatMap(service => {
    if (service.layer === 'nvme')
      return judgeAll(rules.nvme, nvmeSubject(host, service), loss, notes);
    if (service.layer !== 'iscsi') return [];
    const { id } = service.session;
    const path = host.multipath.maps.flatMap(m => m.paths).find(p => p.session === id);
    if (!path) return [];
    const subject = { multipath: host.multipath, disk_timeout: path.timeout };
    return judgeAll(rules.multipath, subject, loss, notes);
  });
  return [...own, ...services];
}
