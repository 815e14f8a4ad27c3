import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import t, { type Test } from 'tap';
import { junitReport } from '../../../../agent/drills/report/junit.ts';
import type { ReportFile } from '../../../../agent/drills/report.ts';
import { all, type Element, parseXml } from '../../support/xml.ts';
import {
  alarmAfter,
  emptyRepeat,
  HOSTILE,
  hostileFile,
  makeDrill,
  makeFile,
  makeRepeat,
  recorded,
} from './reports.ts';

const suites = (file: ReportFile): Element[] => {
  const { name, attributes, children } = parseXml(junitReport(file));
  // Ant's schema knows no attributes of it.
  strictEqual(name, 'testsuites');
  deepStrictEqual(attributes, {});
  return children;
};

const property = (suite: Element, name: string): string | undefined =>
  all(suite, 'property').find(({ attributes }) => attributes.name === name)?.attributes.value;

/** What Ant's schema asks for, which readers of CI systems take as well. */
function checkShape(t: Test, suite: Element, index: number): void {
  const { attributes, children } = suite;
  t.same(
    Object.keys(attributes).filter(name => name !== 'timestamp'),
    'id package name hostname tests failures errors skipped time'.split(' '),
  );
  t.equal(attributes.id, String(index));
  for (const name of ['name', 'package', 'hostname']) t.not(attributes[name]?.trim(), '');
  if (attributes.timestamp !== undefined)
    t.match(attributes.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  const cases = all(suite, 'testcase');
  t.same(
    children.map(({ name }) => name),
    ['properties', ...cases.map(() => 'testcase'), 'system-out', 'system-err'],
  );
  const count = (name: string) => String(cases.filter(c => c.children[0]?.name === name).length);
  t.match(attributes, {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  });
  for (const c of cases) {
    t.same(Object.keys(c.attributes), ['name', 'classname', 'time']);
    t.match(c.attributes.time, /^\d+\.\d{6}$/);
    t.ok(c.children.length <= 1);
    const [outcome] = c.children;
    if (outcome && outcome.name !== 'skipped') t.ok(outcome.attributes.type);
  }
  const sum = cases.reduce((s, c) => s + Number(c.attributes.time), 0);
  t.equal(Number(attributes.time).toFixed(6), sum.toFixed(6));
}

t.test('a suite for each drill of a real run', async t => {
  const found = suites(recorded());
  for (const [i, suite] of found.entries()) checkShape(t, suite, i);
  t.same(
    found.map(({ attributes: { name, timestamp, tests, failures, hostname } }) => [
      name,
      timestamp,
      `${failures} of ${tests}`,
      hostname,
    ]),
    [
      [
        'admin-down of c-b in ecmp:10.77.9.2/32, nudge off, primed',
        '2026-11-25T23:11:59',
        '1 of 1',
        'vm',
      ],
      [
        'admin-down of c-b in ecmp:10.77.9.2/32, nudge ask, primed',
        '2026-11-25T23:12:13',
        '0 of 1',
        'vm',
      ],
      ['blackhole of c-b in ecmp:10.77.9.2/32, nudge ask', '2026-11-25T23:12:23', '1 of 1', 'vm'],
    ],
  );
  const [first] = all(found[0]!, 'testcase');
  t.match(first, {
    attributes: { classname: 'pathwarden.drill.admin-down', time: '1.275918' },
    children: [
      {
        name: 'failure',
        attributes: { type: 'FAIL', message: /^no progress for 1\.276 s, budget 1 s/ },
        text: /^gap 1275\.9 ms, seen 0\.07 ms, switched 12\.9 ms, flowing 1288\.8 ms, told 24\.1 ms/,
      },
    ],
  });
  t.match(
    all(found[0]!, 'system-out')[0]?.text,
    /\n {2}\+2\.1 ms link-down leg\/c-b by compute, cl/,
  );
  t.match(all(found[1]!, 'system-out')[0]?.text, 'gap ≤ 9.4 ms');
});

t.test('each verdict as what CI systems know', async t => {
  const [suite] = suites(
    makeFile([
      makeDrill([
        makeRepeat(),
        makeRepeat({ verdict: 'FAIL', reason: 'too slow', differences: ['missing: route x'] }),
        emptyRepeat('INVALID', 'the cut met no packet'),
        makeRepeat({ verdict: 'INCONCLUSIVE', reason: 'nobody could see' }),
        emptyRepeat('NOT_MEASURED', 'no flow'),
      ]),
    ]),
  );
  checkShape(t, suite!, 0);
  t.same(
    all(suite!, 'testcase').map(({ children: [c] }) =>
      c ? [c.name, c.attributes.type, c.attributes.message] : 'passed',
    ),
    [
      'passed',
      ['failure', 'FAIL', 'too slow'],
      ['error', 'INVALID', 'the cut met no packet'],
      ['error', 'INCONCLUSIVE', 'nobody could see'],
      ['skipped', undefined, 'no flow'],
    ],
  );
  t.match(all(suite!, 'failure')[0]?.text, '\nmissing: route x');
  t.match(suite!.attributes, { tests: '5', failures: '1', errors: '2', skipped: '1' });
});

t.test('a drill that was broken off is no success, however good its repeats are', async t => {
  for (const drill of [
    makeDrill([makeRepeat()], { verdict: 'INVALID', reason: 'interrupted' }),
    makeDrill([]),
  ]) {
    const [suite] = suites(makeFile([drill]));
    checkShape(t, suite!, 0);
    const last = all(suite!, 'testcase').at(-1);
    t.match(last, {
      attributes: { name: /: as a whole$/ },
      children: [{ name: 'error', attributes: { type: 'INVALID', message: drill.reason } }],
    });
    t.equal(suite!.attributes.errors, '1');
  }
});

t.test('how it was done, and what was told, as properties', async t => {
  const repeats = [
    makeRepeat(),
    makeRepeat({ told_us: null, told_verdict: 'FAIL' }),
    emptyRepeat('INVALID', 'interrupted'),
  ];
  const [suite] = suites(makeFile([makeDrill(repeats)]));
  const expected = {
    host: 'compute-1',
    version: '0.1.0',
    kind: 'admin-down',
    group: 'bond:bond0',
    leg: 'ens4',
    carrier_strategy: 'fentry',
    nudge: 'ask',
    budget_ms: '1000',
    gap_max_ms: '9.8',
    repeat_1_told_verdict: 'PASS',
    repeat_1_told_ms: '8.1',
    repeat_2_told_verdict: 'FAIL',
    repeat_2_told_ms: undefined,
    repeat_3_told_verdict: 'NOT_MEASURED',
  };
  for (const [name, value] of Object.entries(expected))
    t.equal(property(suite!, name), value, name);
});

t.test('hostile text neither breaks the document nor gets lost', async t => {
  const file = hostileFile();
  const found = suites(file);
  for (const [i, suite] of found.entries()) checkShape(t, suite, i);
  const [failure] = all(found[0]!, 'failure');
  t.equal(failure?.attributes.message?.slice(0, 60), HOSTILE.slice(0, 60));
  t.same(failure?.children, []);
  t.equal(found[1]?.attributes.timestamp, undefined, 'nobody knows when');
  const dots = makeFile([makeDrill([makeRepeat()], { kind: 'a.b.c' })]);
  t.equal(
    all(suites(dots)[0]!, 'testcase')[0]?.attributes.classname,
    'pathwarden.drill.a_b_c',
    'no package of its own',
  );
});

t.test('no drill, no suite; nothing external, and no alarm is lost', async t => {
  t.same(suites(makeFile([])), []);
  const [suite] = suites(
    makeFile([makeDrill()], [alarmAfter(2), alarmAfter(3, { failover: null })]),
  );
  t.match(all(suite!, 'system-out')[0]?.text, /\+2\.0 ms link-down.*\n.*\+3\.0 ms link-down/);
});
