import t from 'tap';
import { renderTimeline } from '../../../agent/cli/timeline.ts';
import type { FailoverRecord } from '../../../agent/types.ts';
import { makeRecord } from './fake-agent.ts';
import { paper, text } from './terminals.ts';

process.env.TZ = 'UTC';

t.test('a failover well within its budget, and the way back', async t => {
  t.equal(
    renderTimeline(paper(), makeRecord()),
    text`
      f1  2026-03-01 12:01:01.000  ecmp:10.77.9.2/32, leg c-a
        cut known from carrier, +- 1.5 ms; carrier strategy timer, nudge ask
                                0                                                    1000 ms
        cut             0.0 ms  o                                                       |
        seen            1.2 ms  o                                                       |
        switched        3.4 ms  o                                                       |
        flowing        12.3 ms  =o                                                      |
        told           15.1 ms  =o                                                      |
        flow 10.77.9.1:40112-10.77.9.2:3260: out by c-a -> c-b, back by c-a -> c-b, gap 12.3 ms at a spacing of 10.0 ms
        PASS  gap 12.3 ms, budget 1000 ms: within the budget
        the way back, from the heal 2000.0 ms after the cut
                                0                                                    1000 ms
        healed          0.0 ms  o                                                       |
        switched        4.0 ms  o                                                       |
        flowing         4.5 ms  o                                                       |
        PASS  gap 9.9 ms: within the budget
    `,
  );
});

t.test('a failover beyond its budget, with what never happened', async t => {
  const slow = makeRecord({
    cut: { t_us: 61_000_000, source: 'drill', uncertainty_us: 90 },
    switched_us: null,
    told_us: null,
    flowing_us: 64_150_000,
    gap_us: 3_150_000,
    verdict: 'FAIL',
    reason: 'healed, not switched',
    findings: ['peer-still-uses-leg'],
    flows: [],
    back: null,
  });
  t.equal(
    renderTimeline(paper({ unicode: true }), slow),
    text`
      f1  2026-03-01 12:01:01.000  ecmp:10.77.9.2/32, leg c-a
        cut known from drill, ± 0.1 ms; carrier strategy timer, nudge ask
                                0               1000 ms
        cut             0.0 ms  ●                  │
        seen            1.2 ms  ●                  │
        switched         never                     │
        flowing      3150.0 ms  ━━━━━━━━━━━━━━━━━━━│━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━●
        told             never                     │
        FAIL  gap 3150.0 ms, budget 1000 ms: healed, not switched
        found: peer-still-uses-leg
    `,
  );
});

t.test('a gap below the spacing, many flows, an open record', async t => {
  const [flow] = makeRecord().flows;
  const many = makeRecord({
    gap_us: 8000,
    gap_below_spacing: true,
    flows: Array.from({ length: 7 }, (_, i) => ({ ...flow!, flow: `f${i}`, gap_us: i * 1000 })),
  });
  const rendered = renderTimeline(paper({ unicode: true }), many);
  t.match(rendered, 'gap ≤ 10.0 ms');
  t.match(rendered, /flow f6: .*\n.*flow f5: /, 'the worst first');
  t.match(rendered, 'and 2 more flows');
  const open = renderTimeline(paper(), makeRecord({ state: 'open', back: null }));
  t.match(open, 'still open');
  t.notMatch(open, 'PASS');
});

t.test('it fits the terminal, and a budget of any size', async t => {
  for (const budget_ms of [1, 50, 1000, 60_000])
    for (const columns of [40, 60, 80, 200]) {
      const bars = renderTimeline(paper({ columns }), makeRecord({ budget_ms }))
        .split('\n')
        .filter(line => /^ {2}(cut|seen|switched|flowing|told|healed) .* (ms|never) /.test(line));
      t.equal(bars.length, 8);
      t.ok(
        bars.every(line => line.length <= columns),
        `${budget_ms} ms in ${columns} columns`,
      );
    }
});

t.test('an event before the cut is drawn at the cut', async t => {
  const early = makeRecord({ seen_us: 60_999_000 });
  t.match(renderTimeline(paper(), early), /seen +-1\.0 ms {2}o/);
});

t.test('a bond: its announcement, and the parts of the gap', async t => {
  const bond = makeRecord({
    group: 'bond:bond0',
    kind: 'bond',
    announced_us: 61_003_500,
    phases: { detection_us: 3400, switch_us: 0, announcement_us: 100, recovery_us: null },
    flows: [],
    back: null,
  });
  t.equal(
    renderTimeline(paper(), bond),
    text`
      f1  2026-03-01 12:01:01.000  bond:bond0, leg c-a
        cut known from carrier, +- 1.5 ms; carrier strategy timer, nudge ask
                                0                                                    1000 ms
        cut             0.0 ms  o                                                       |
        seen            1.2 ms  o                                                       |
        switched        3.4 ms  o                                                       |
        announced       3.5 ms  o                                                       |
        flowing        12.3 ms  =o                                                      |
        told           15.1 ms  =o                                                      |
        detection 3.4 ms, switch 0.0 ms, announcement 0.1 ms, recovery not seen
        PASS  gap 12.3 ms, budget 1000 ms: within the budget
    `,
  );
});

t.test('records of older agents lack what came later', async t => {
  const { announced_us: _announced, phases: _phases, ...old } = makeRecord({ kind: 'bond' });
  t.match(renderTimeline(paper(), old as FailoverRecord), /announced +never/);
});

t.test('steering has a line of its own', async t => {
  const steered = { t_us: 61_063_400, how: 'route', from: 'c-a', to: 'c-b' } as const;
  const shown = renderTimeline(paper(), makeRecord({ steered, findings: ['steered'] }));
  t.match(shown, '  steered +63.4 ms by route, from c-a to c-b\n');
  t.match(shown, '  found: steered\n');
  const several = makeRecord({ steered: { ...steered, how: 'link-down', to: null } });
  t.match(
    renderTimeline(paper(), several),
    '  steered +63.4 ms by taking the link down, off c-a\n',
  );
  const { steered: _older, ...older } = makeRecord();
  t.notMatch(renderTimeline(paper(), older as FailoverRecord), 'steered');
});
