import t from 'tap';
import {
  type DrillVerdict,
  drillReport,
  mergeAlarms,
  mergeReports,
  overall,
  type RepeatReport,
  type ReportedAlarm,
  type ReportFile,
  repeatOf,
  repeatWithout,
  reportFile,
  statistics,
} from '../../../agent/drills/report.ts';
import { drilled, makeAlarm, makeRecord, stampAt } from '../cli/fake-agent.ts';

const clean = { leg: 'c-a', edges: [], hits: null, differences: [], invalid: null };

const repeat = (
  gap_ms: number | null,
  verdict: DrillVerdict,
  reason = 'because',
): RepeatReport => ({
  ...repeatOf(makeRecord(), clean),
  gap_ms,
  verdict,
  reason,
});

t.test('a repeat takes its times and verdict from the record', async t => {
  const r = repeatOf(drilled('d', 5_000_000), clean);
  t.match(r, {
    cut_us: 5_000_000,
    seen_us: 5_001_200,
    switched_us: 5_003_400,
    flowing_us: 5_012_300,
    told_us: 5_015_100,
    gap_ms: 12.3,
    verdict: 'PASS',
    told_verdict: 'PASS',
    failover: 'f1',
    back: { gap_ms: 9.9, verdict: 'PASS' },
  });
});

t.test('what did not happen is null', async t => {
  const r = repeatOf(
    makeRecord({ switched_us: null, told_us: null, gap_us: null, back: null }),
    clean,
  );
  t.match(r, { switched_us: null, told_us: null, gap_ms: null, back: null });
  t.match(repeatWithout(null, 'interrupted', clean), {
    cut_us: null,
    seen_us: null,
    gap_ms: null,
    verdict: 'INVALID',
    reason: 'interrupted',
  });
});

t.test('no hits: INVALID whatever was measured; a difference: FAIL even then', async t => {
  const invalid = {
    ...clean,
    hits: { in: 0, out: 0 },
    invalid: 'the cut met no packet',
  };
  t.match(repeatOf(makeRecord(), invalid), { verdict: 'INVALID', reason: 'the cut met no packet' });
  const left = { ...invalid, differences: ['missing: route a', 'missing: route b'] };
  t.match(repeatOf(makeRecord(), left), {
    verdict: 'FAIL',
    reason: 'not restored: missing: route a and 1 more',
  });
  t.match(repeatWithout(1, 'x', left), { verdict: 'FAIL' });
});

t.test('PASS only if all pass', async t => {
  const of = (...verdicts: DrillVerdict[]) =>
    overall(
      verdicts.map(v => repeat(10, v)),
      1000,
    ).verdict;
  t.equal(of('PASS', 'PASS'), 'PASS');
  t.equal(of('PASS', 'NOT_MEASURED'), 'NOT_MEASURED');
  t.equal(of('NOT_MEASURED', 'INCONCLUSIVE', 'PASS'), 'INCONCLUSIVE');
  t.equal(of('INCONCLUSIVE', 'INVALID'), 'INVALID');
  t.equal(of('INVALID', 'FAIL', 'PASS'), 'FAIL');
  t.equal(of(), 'INVALID');
});

t.test('the reason names how many repeats and the first of them', async t => {
  t.equal(
    overall([repeat(12.34, 'PASS')], 1000).reason,
    'within 1000 ms, no gap longer than 12.3 ms',
  );
  t.equal(
    overall([repeat(1, 'PASS'), repeat(1311, 'FAIL', 'too slow')], 1000).reason,
    '1 of 2 repeats; repeat 2: too slow',
  );
  t.equal(overall([repeat(1311, 'FAIL', 'too slow')], 1000).reason, 'too slow');
});

t.test('statistics by nearest rank, of what was measured', async t => {
  t.equal(statistics([repeat(null, 'NOT_MEASURED')]), null);
  const gaps = Array.from({ length: 20 }, (_, i) => repeat(20 - i, 'PASS'));
  t.same(statistics([...gaps, repeat(null, 'NOT_MEASURED')]), {
    n: 20,
    min: 1,
    median: 10,
    p95: 19,
    max: 20,
  });
  t.same(statistics([repeat(7, 'PASS')]), { n: 1, min: 7, median: 7, p95: 7, max: 7 });
});

t.test('the newest state of each alarm counts', async t => {
  const raised = makeAlarm();
  const cleared = makeAlarm({ alarmClearedTime: stampAt(63_000_000) });
  const later = makeAlarm({ id: 'a2', alarmRaisedTime: stampAt(62_000_000) });
  t.same(mergeAlarms([later, raised], [cleared]), [cleared, later]);
});

const fileWith = (id: string, alarms: ReportedAlarm[], over: Partial<ReportFile> = {}) => ({
  ...{ version: '0.1.0', host: 'compute-1', alarms, ...over },
  drills: [
    drillReport.parse({
      ...{ id, kind: 'admin-down', group: 'g', leg: 'c-a', nudge: 'ask', strategy: 'timer' },
      ...{ budget_ms: 1000, ...overall([], 1000), repeats: [], hold_ms: 2000, primed: false },
    }),
  ],
});

t.test('several reports as one: each drill and each alarm once', async t => {
  const raised = makeAlarm();
  const cleared = makeAlarm({ alarmClearedTime: stampAt(63_000_000) });
  const first = fileWith('d1', [raised]);
  t.same(mergeReports([first]), first);
  const merged = mergeReports([
    first,
    fileWith('d2', [cleared]),
    fileWith('d1', [], { host: 'compute-2' }),
  ]);
  t.match(merged, { version: '0.1.0', host: 'compute-1, compute-2', alarms: [cleared] });
  t.same(
    merged.drills.map(({ id }) => id),
    ['d1', 'd2'],
  );
  t.equal(mergeReports([merged, fileWith('d3', [])]).host, 'compute-1, compute-2');
});

t.test('the file that --json writes is what its schema says', async t => {
  const drill = {
    id: 'drill-1',
    kind: 'admin-down',
    group: 'ecmp:10.77.9.2/32',
    leg: 'c-a',
    nudge: 'ask',
    strategy: 'timer',
    budget_ms: 1000,
    verdict: 'PASS',
    reason: 'within 1000 ms',
    repeats: [repeatOf(makeRecord(), clean)],
    hold_ms: 2000,
    primed: false,
    began: stampAt(60_000_000),
  };
  t.same(drillReport.parse(drill), drill);
  const file = { version: '0.1.0', host: 'compute-1', drills: [drill], alarms: [makeAlarm()] };
  t.same(reportFile.parse(file), file, 'alarms keep all their fields');
  for (const broken of [
    { ...file, drills: [{ ...drill, verdict: 'MAYBE' }] },
    { ...file, drills: [{ ...drill, repeats: [{ ...drill.repeats[0], seen_us: 1.5 }] }] },
    { ...file, host: undefined },
    { ...file, alarms: [{}] },
  ])
    t.notOk(reportFile.safeParse(broken).success);
});
