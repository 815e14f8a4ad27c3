/** When records open and close, and to whom a drill belongs. */
import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { cut, healed, lab, ms, Story, toldAt } from '../support/story.ts';

t.test('a leg that flaps without end: incomplete after 30 s, and told again', async t => {
  const { h, story } = lab();
  for (let i = 0; i < 40; i++) {
    story.play(
      h.carrier(i * 1000, 31, 'd', i + 1, i + 2),
      h.carrier(i * 1000 + 500, 31, 'u', i + 2, i + 2),
    );
  }
  story.end();
  t.same(
    story.records.map(one => one.state),
    ['incomplete', 'closed'],
  );
  t.equal(story.records[0]?.legs.length, 30);
});

t.test('closed at 30 s when a flow never comes back', async t => {
  const { h, story } = lab();
  story.play(h.carrier(1, 31, 'd', 1, 2), h.stall(55, 1, 0, 31, 31));
  const { record } = story.end();
  t.equal(ms(story.told.at(-1) === record ? story.now : null), 30_001);
  t.match(record, { state: 'incomplete', verdict: 'FAIL', flowing_us: null, switched_us: null });
});

t.test('the way back after the record was closed', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
  );
  story.until(us(60_000));
  t.match(story.record, { state: 'closed', verdict: 'PASS', back: null });
  story.play(
    h.carrier(60_000, 31, 'u', 2, 2),
    h.trace(60_001, 'begin'),
    h.switch(60_004, 1, 'out', 32, 31),
    h.stall(60_055, 1, 60_002, 31, 32),
    h.resume(61_400, 1, 60_002, 31, 31),
    h.account(66_000, 1, 60_002, 61_400),
    h.trace(66_000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { state: 'closed', verdict: 'PASS' });
  t.match(record.legs, [{ healed_us: us(60_000) }]);
  t.match(record.back, {
    healed_us: us(60_000),
    switched_us: us(60_004),
    flowing_us: us(61_400),
    gap_us: 1_398_000,
    verdict: 'FAIL',
  });
});

t.test('told is judged on its own', async t => {
  const tell = (at: number | null, of = {}) => {
    const { h, story } = lab();
    story.failovers = { ...story.failovers, options: { ...story.failovers.options, ...of } };
    story.play(cut(0), h.carrier(1, 31, 'd', 1, 2), healed(2000));
    if (at !== null) {
      story.play(
        toldAt(at - 1, 'fo-test-1', false),
        toldAt(at, 'fo-other-1'),
        toldAt(at, 'fo-test-1'),
      );
      story.play(toldAt(at + 5, 'fo-test-1'));
    }
    return story.end().record;
  };
  t.match(tell(2100), { told_us: us(2100), told_verdict: 'FAIL' });
  t.match(tell(null), { told_us: null, told_verdict: 'FAIL' });
  t.match(tell(null, { primary: false }), { told_verdict: 'NOT_MEASURED' });
});

t.test('a drill does not mend the record of what was there before', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 32, 'd', 1, 2),
    h.carrier(500, 32, 'u', 2, 2),
    cut(2000),
    h.carrier(2001, 31, 'D', 1, 2),
    h.switch(2005, 1, 'out', 31, 32),
    h.progress(2005.1, 1, 'switch', 1999),
    healed(4000),
    h.carrier(4001, 31, 'u', 2, 2),
  );
  story.end();
  const [before, after] = story.records;
  t.equal(story.records.length, 2);
  t.match(before, { drill: null, legs: [{ leg: 'c-b' }] });
  t.not(before?.state, 'open');
  t.match(after, { drill: 'd1', legs: [{ leg: 'c-a' }], verdict: 'PASS', state: 'closed' });
});

t.test('repeats of a drill are records of their own', async t => {
  const { h, story } = lab();
  for (const [i, at] of [0, 20_000].entries()) {
    story.play(
      cut(at),
      h.carrier(at + 1, 31, 'D', 1 + i, 2 + i),
      h.switch(at + 5, 1, 'out', 31, 32),
      h.progress(at + 5.1, 1, 'switch', at - 1),
      healed(at + 2000),
      h.carrier(at + 2001, 31, 'u', 2 + i, 2 + i),
      h.switch(at + 2005, 1, 'out', 32, 31),
      h.progress(at + 2005.1, 1, 'switch', at + 2000),
    );
    story.end();
  }
  t.same(
    story.records.map(one => [one.id, one.drill, one.verdict, ms(one.cut.t_us)]),
    [
      ['fo-test-1', 'd1', 'PASS', 0],
      ['fo-test-2', 'd1', 'PASS', 20_000],
    ],
  );
});

t.test('two groups on one leg: the drill is in both records', async t => {
  const h = new Helper();
  const story = new Story();
  story.play(
    h.hello(-900),
    labSnapshots(h, -890),
    h.route(-880, '10.88.0.0/16', ['31@10.77.1.2', '32@10.77.2.2']),
    h.carrier(1, 31, 'D', 1, 2),
    cut(0),
    healed(2000),
  );
  story.end();
  t.same(story.records.map(one => [one.group, one.drill, one.cut.source]).sort(), [
    ['ecmp:10.77.9.2/32', 'd1', 'drill'],
    ['ecmp:10.88.0.0/16', 'd1', 'drill'],
  ]);
});

t.test('a group that is taken away during its failover', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
    h.route(500, '10.77.9.2/32', [], { gone: true }),
  );
  t.match(story.end().record, { state: 'closed', verdict: 'PASS' });
  t.equal(story.failovers.groups.size, 0, 'nothing is kept of it');
});

t.test('told more than once, a record only when it looks different', async t => {
  const { h, story } = lab();
  story.play(h.carrier(1, 31, 'd', 1, 2));
  const count = story.told.length;
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.heartbeat(500),
    ...h.snapshot(600, 'carrier', [h.carrier(600, 31, 'd', 1, 2)]),
  );
  t.equal(story.told.length, count);
});
