import t from 'tap';
import { flow, groupIs, legs, ms, record, Story, s } from './story.ts';

const healthy = () =>
  new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(flow('1', 'moving', 1 * s));

t.test('absent is told when the budget has passed, not at the end of the record', async t => {
  const story = healthy()
    .tell(record({ t: 10 * s, drill: 'd1' }))
    .tell(flow('1', 'stalled', 10 * s + 50 * ms));
  t.same(story.said(), ['active storage-path-stalled target/g/10.0.0.2']);
  story.until(10 * s + 999 * ms);
  t.same(story.said(), []);
  story.until(11 * s);
  t.match(story.changes, [
    { fault: { t: 11 * s, group: 'g', leg: 'a', failover: 'f1', drill: 'd1' } },
  ]);
  t.same(story.said(), ['active failover-absent group/g']);

  t.test('a late switch makes it slow', async t => {
    const late = Object.assign(new Story(), {
      state: story.state,
      wakeAt: story.wakeAt,
      now: story.now,
    });
    late.tell(
      record({
        t: 11 * s + 300 * ms,
        cut: { t_us: 10 * s, source: 'carrier', uncertainty_us: 0 },
        switched_us: 11 * s + 300 * ms,
      }),
    );
    t.same(late.said(), [
      'cleared failover-absent group/g superseded',
      'active failover-slow group/g',
    ]);
  });
  t.test('healed, not switched: it stays until the group has been healthy', async t => {
    story.tell(flow('1', 'moving', 12 * s));
    story.tell(record({ t: 15 * s, state: 'closed', verdict: 'FAIL', flowing_us: 12 * s }));
    story.said();
    story.until(18 * s - 1);
    t.same(story.active(), ['failover-absent group/g']);
    story.until(18 * s);
    t.same(story.said(), ['cleared failover-absent group/g condition-ended']);
    t.equal(story.wakeAt, null);
  });
});

t.test('no demand, no missing failover', async t => {
  const story = healthy()
    .tell(record({ t: 10 * s }))
    .until(40 * s);
  t.same(story.said(), []);
});

t.test('switched in time is nothing, switched late is slow', async t => {
  const story = healthy().tell(
    record({ t: 10 * s, state: 'closed', verdict: 'PASS', switched_us: 10 * s + ms }),
  );
  t.same(story.said(), []);
  story.tell(
    record({ t: 20 * s, id: 'f2', state: 'closed', verdict: 'FAIL', switched_us: 21 * s }),
  );
  t.same(story.said(), ['active failover-slow group/g']);
});

t.test('the next failover that passes clears at once', async t => {
  const story = healthy().tell(
    record({
      t: 20 * s,
      state: 'closed',
      verdict: 'FAIL',
      switched_us: 21 * s,
      findings: ['peer-still-uses-leg'],
    }),
  );
  t.same(story.said(), ['active peer-still-uses-leg leg/a', 'active failover-slow group/g']);
  story.tell(record({ t: 22 * s, id: 'f2', state: 'closed', verdict: 'PASS' }));
  t.same(story.said().sort(), [
    'cleared failover-slow group/g condition-ended',
    'cleared peer-still-uses-leg leg/a condition-ended',
  ]);
});

t.test('it waits for the second leg', async t => {
  const story = healthy().tell(legs('g', 19 * s, ['b'], ['a']));
  story
    .tell(record({ t: 20 * s, state: 'closed', verdict: 'FAIL', switched_us: 21 * s }))
    .until(100 * s);
  t.ok(story.active().includes('failover-slow group/g'));
  story.tell(legs('g', 101 * s, ['a', 'b'])).until(106 * s);
  t.same(story.active(), []);
});

t.test('a group that is gone clears as gone', async t => {
  const story = healthy().tell(record({ t: 20 * s, state: 'closed', verdict: 'FAIL' }));
  story.said();
  story.tell(groupIs('g', 21 * s, 'absent'));
  t.same(story.said(), ['cleared failover-absent group/g subject-gone']);
});

t.test('another failing record on top is a change, not a second alarm', async t => {
  const story = healthy()
    .tell(record({ t: 20 * s, state: 'closed', verdict: 'FAIL' }))
    .tell(record({ t: 22 * s, id: 'f2', state: 'closed', verdict: 'FAIL' }));
  t.match(story.changes.at(-1), { kind: 'changed', fault: { failover: 'f2' } });
  t.same(story.said(), ['active failover-absent group/g', 'changed failover-absent group/g']);
});

t.test('a bond that does not switch, with no flow that had to', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  story.tell(legs('g', 10 * s, ['b'], ['a'])).tell(record({ t: 10 * s, kind: 'bond' }));
  story.said();
  const failed = {
    cut: { t_us: 10 * s, source: 'carrier', uncertainty_us: 0 } as const,
    kind: 'bond' as const,
    verdict: 'FAIL' as const,
    findings: ['no-switch'],
  };
  story.tell(record({ t: 11 * s + 1, ...failed }));
  t.match(story.changes, [
    { fault: { t: 11 * s, details: [/^failover f1/, /^budget/, 'the bond used no other member'] } },
  ]);
  t.same(story.said(), ['active failover-absent group/g']);
  story.tell(record({ t: 14 * s, ...failed, state: 'closed' })).until(60 * s);
  t.ok(story.active().includes('failover-absent group/g'), 'as long as it is on the lost member');

  t.test('a switch that comes late makes it slow', async t => {
    const late = Object.assign(new Story(), { state: story.state, now: story.now });
    late.tell(record({ t: 61 * s, ...failed, findings: [], switched_us: 12 * s }));
    t.same(late.said(), [
      'cleared failover-absent group/g superseded',
      'active failover-slow group/g',
    ]);
  });
  t.test('its link is back', async t => {
    story.tell(legs('g', 61 * s, ['a', 'b'])).until(65 * s);
    t.same(story.active(), []);
  });
});
