/** Which flows a failover concerns, and what their pauses prove. */
import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { flowName, labSnapshots } from '../support/lab_frames.ts';
import { cut, healed, lab, ms, Story } from '../support/story.ts';

t.test('a leg probe alone opens a record, and nothing is measured without demand', async t => {
  const { h, story } = lab();
  story.play(h.probe(320, 31, false, 20));
  t.match(story.record.cut, { source: 'last_progress', t_us: us(20), uncertainty_us: 100_000 });
  const { record } = story.end();
  t.match(record, { state: 'closed', verdict: 'NOT_MEASURED', gap_us: null, back: null });
  t.match(record.reason, /no flow on c-a had demand/);
});

t.test('two flows, one of them on the other leg', async t => {
  const { h, story } = lab();
  story.play(
    h.flow(-500, 2, 32, 32),
    h.carrier(1, 31, 'd', 1, 2),
    h.trace(1.5, 'begin'),
    h.switch(8, 1, 'out', 31, 32),
    h.switch(8.1, 1, 'in', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
    // A healthy pause of the other, long after.
    h.progress(900, 2, 'pause', 820),
    h.account(5100, 1, 0, 8.1),
    h.account(5100, 2, 820, 900),
    h.trace(5100, 'end'),
  );
  const { record } = story.end();
  t.equal(record.flows.length, 1);
  t.match(record.flows, [{ flow: flowName(1) }]);
  t.match(record, { verdict: 'PASS', gap_us: 8100, gap_below_spacing: true });
});

t.test('a flow on the other leg that stalls meanwhile is affected', async t => {
  const { h, story } = lab();
  story.play(
    h.flow(-500, 2, 32, 32),
    h.carrier(1, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
    h.stall(255, 2, 200, 32, 32),
    h.resume(1600, 2, 200, 32, 32),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'FAIL', gap_us: 1_400_000 });
  t.same(
    record.flows.map(one => one.flow),
    [flowName(1), flowName(2)],
  );
});

t.test(
  'a flow that had waited for an answer long before the cut was not cut off by it',
  async t => {
    const { h, story } = lab();
    story.play(
      h.flow(-500, 2, 31, 31),
      h.carrier(1, 31, 'd', 1, 2),
      h.trace(1.5, 'begin'),
      h.switch(8, 1, 'out', 31, 32),
      h.switch(8.1, 1, 'in', 31, 32),
      h.progress(8.1, 1, 'switch', 0),
      h.progress(4000, 2, 'pause', -2500),
      h.account(5100, 1, 0, 8.1),
      h.account(5100, 2, -2500, 4000),
      h.trace(5100, 'end'),
    );
    // Of the second no more is known than that a trace tells pauses of 10 ms.
    t.match(story.end().record, { verdict: 'PASS', gap_us: 10_000 });
  },
);

t.test('it is seen by an overdue answer as well', async t => {
  const overdue = (stalled_ms: number) => {
    const { h, story } = lab();
    story.play(
      h.stall(stalled_ms, 1, -5, 31, 31, 'unanswered'),
      h.probe(140, 31, false, 20),
      h.switch(300, 1, 'out', 31, 32),
      h.resume(301, 1, -5, 31, 32, 'unanswered'),
      h.progress(301, 1, 'switch', -5),
    );
    return story.end().record.seen_us;
  };
  t.equal(overdue(60), us(60));
  t.equal(overdue(-100), us(140), 'one that was overdue before says nothing of this loss');
});

t.test('no flow at all', async t => {
  const h = new Helper();
  const story = new Story().play(h.hello(-900), labSnapshots(h, -890), h.carrier(1, 31, 'd', 1, 2));
  const { record } = story.end();
  t.match(record, { state: 'closed', verdict: 'NOT_MEASURED', flows: [] });
  t.match(record.reason, /no flow used c-a/);
  t.equal(ms(story.now), 3001);
});

t.test('an idle flow that moves proves nothing, until the trace says so', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.trace(1.5, 'begin'),
    // It had nothing to do for 4 s; its first request went by the other leg.
    h.switch(4000, 1, 'out', 31, 32),
    h.progress(4000.4, 1, 'switch', -200),
  );
  t.not(story.record.verdict, 'FAIL');
  story.play(h.account(5001, 1, 4000, 4000.4, 100), h.trace(5001, 'end'));
  const { record } = story.end();
  t.match(record, { verdict: 'PASS', gap_us: 400 });
});

t.test(
  'a stall that began with the last progress before the cut is not longer than it was',
  async t => {
    const { h, story } = lab();
    // Last progress 150 ms before the cut: the flow stood still for 1.1 s, but the failover took 0.95 s.
    story.play(
      cut(0),
      h.carrier(1, 31, 'd', 1, 2),
      h.stall(2, 1, -150, 31, 31),
      h.switch(950, 1, 'out', 31, 32),
      h.resume(950, 1, -150, 32, 32),
      healed(2000),
    );
    t.match(story.end().record, { verdict: 'PASS', gap_us: 1_100_000 });
  },
);

t.test('a connection that is closed while it stands still', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.stall(55, 1, 0, 31, 31),
    h.flow(700, 1, 31, 31, { closed: true }),
  );
  const { record } = story.end();
  t.match(record, { state: 'closed', verdict: 'FAIL', reason: /was closed while it stood still/ });
});

t.test('a stall that ends by itself is no failover', async t => {
  const { h, story } = lab();
  story.play(h.stall(61, 1, 10, 31, 31), h.resume(80, 1, 10, 31, 31));
  t.match(story.end().record, {
    state: 'closed',
    verdict: 'NOT_MEASURED',
    gap_us: 70_000,
    reason: 'no progress for 70 ms, but nothing else says that c-a was lost',
  });
});
