/** What follows a bond's failover: flaps, the way back, and switches that nothing led to. */
import t from 'tap';
import type { Observation } from '../../../agent/types.ts';
import { us } from '../support/frames.ts';
import { ms } from '../support/story.ts';
import { Bond } from './bonds.ts';

/** ens1 was lost at 0, and the flow went on by ens2. */
function failedOver(b = new Bond()): Bond {
  return b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.switched(98, 'ens1', 'ens2'),
    b.judged(99, 'ens1', 'down', 'ens2'),
    b.progressed(130, -4),
  );
}

t.test('without a primary the bond stays, as it should', async t => {
  const b = failedOver();
  b.play(
    b.carrier(20_000, 'ens1', 'up', 2),
    b.judged(20_100, 'ens1', 'up', 'ens2'),
    b.traced(22_900, 20_000, 20_010),
  );
  const { record } = b.story.end() && b;
  t.match(record, {
    verdict: 'PASS',
    back: { switched_us: null, flowing_us: null, verdict: 'PASS', reason: /^stayed on ens2/ },
  });
  t.equal(ms(record.back?.healed_us ?? null), 20_000);
});

t.test('with a primary: the way back is measured, whether a flow is there or not', async t => {
  for (const flow of [true, false]) {
    const b = failedOver(new Bond({ flow }));
    b.play(
      b.carrier(20_000, 'ens1', 'up', 2),
      b.switched(20_090, 'ens2', 'ens1'),
      b.announced(20_091),
      b.judged(20_100, 'ens1', 'up', 'ens1'),
      ...(flow ? [b.progressed(20_120, 20_080), b.traced(25_000, 20_080, 20_120)] : []),
    );
    t.equal(b.story.end().records.length, 1, 'one record for both ways');
    const { back, announced_us } = b.record;
    t.equal(ms(back?.switched_us ?? null), 20_090);
    t.equal(announced_us, null, 'what is announced on the way back is of that');
    if (flow) t.match(back, { flowing_us: us(20_120), gap_us: 40_000, verdict: 'PASS' });
    else t.match(back, { flowing_us: null, verdict: 'NOT_MEASURED' });
  }
});

t.test('the gap of the way back is the one that its reason names', async t => {
  const b = failedOver();
  b.play(
    b.carrier(20_000, 'ens1', 'up', 2),
    b.switched(20_002, 'ens2', 'ens1'),
    b.judged(20_003, 'ens1', 'up', 'ens1'),
    // Its last progress was before the heal.
    b.progressed(20_072, 19_972),
    b.traced(22_900, 19_972, 20_072),
  );
  t.match(b.story.end().record.back, {
    gap_us: 100_000,
    verdict: 'PASS',
    reason: 'came back, gap 100 ms, budget 1 s',
  });
});

t.test('a way back that was not measured has no gap', async t => {
  const b = new Bond();
  b.play(
    b.cut(0, 'ens1', 'blackhole'),
    b.stalled(58, 6),
    b.healed(2000, 'ens1', 'blackhole'),
    b.moving(3157, 3157),
    b.progressed(3219, 3200),
    b.traced(6000, 6, 3157),
  );
  t.match(b.story.end().record, {
    flowing_us: us(3157),
    back: { verdict: 'NOT_MEASURED', reason: 'no flow had left the leg', gap_us: null },
  });
});

t.test('with updelay the leg has healed when the bond takes it back', async t => {
  const b = failedOver();
  b.play(
    b.carrier(5000, 'ens1', 'up', 2),
    b.member(5010, 'ens1', 'going-back'),
    b.switched(15_000, 'ens2', 'ens1'),
    b.judged(15_001, 'ens1', 'up', 'ens1'),
    b.progressed(15_020, 14_999),
  );
  t.equal(b.story.end().records.length, 1);
  t.match(b.record.back, { switched_us: us(15_000), verdict: 'PASS' });
});

t.test('a member that flaps at 5 Hz: one record', async t => {
  const b = failedOver();
  for (let i = 0; i < 50; i++) {
    const at = 200 * (i + 1);
    b.play(
      b.carrier(at - 100, 'ens1', 'up', i + 2),
      ...(i % 5 === 0 ? b.judged(at - 50, 'ens1', 'up', 'ens2') : []),
      b.carrier(at, 'ens1', 'down', i + 2),
      ...(i % 5 === 0 ? b.judged(at + 60, 'ens1', 'down', 'ens2') : []),
    );
  }
  const { record } = b.story.end() && b;
  t.match(record, { state: 'closed', verdict: 'PASS' });
  t.equal(record.legs.length, 51);
  t.equal(ms(record.switched_us), 98);
});

t.test('a primary that flaps and takes the flow along each time: one record', async t => {
  const b = failedOver();
  const items: Observation[] = [];
  for (let i = 0; i < 20; i++) {
    const at = 1000 * (i + 1);
    items.push(
      b.carrier(at - 500, 'ens1', 'up', i + 2),
      b.switched(at - 450, 'ens2', 'ens1'),
      ...b.judged(at - 449, 'ens1', 'up', 'ens1'),
      b.carrier(at, 'ens1', 'down', i + 2),
      b.switched(at + 90, 'ens1', 'ens2'),
      ...b.judged(at + 91, 'ens1', 'down', 'ens2'),
    );
  }
  b.play(items);
  const { record } = b.story.end() && b;
  t.equal(record.legs.length, 21);
  t.equal(ms(record.switched_us), 98, 'the first switch');
});

t.test('flaps of the leg that is on standby now are no failover of their own', async t => {
  const b = failedOver();
  b.story.until(us(20_000));
  t.equal(b.record.state, 'closed');
  for (let i = 0; i < 10; i++) {
    b.play(
      b.carrier(20_000 + 200 * i, 'ens1', 'up', i + 2),
      b.carrier(20_100 + 200 * i, 'ens1', 'down', i + 2),
    );
  }
  t.equal(b.story.end().records.length, 1);
});

t.test('the other leg, too', async t => {
  const b = failedOver();
  b.play(b.carrier(1000, 'ens1', 'up', 2), b.judged(1100, 'ens1', 'up', 'ens2'));
  b.story.until(us(30_000));
  b.play(
    b.carrier(30_000, 'ens2', 'down', 1),
    b.switched(30_095, 'ens2', 'ens1'),
    b.judged(30_096, 'ens2', 'down', 'ens1'),
  );
  b.story.end();
  t.same(
    b.story.records.map(one => [one.legs[0]?.leg, ms(one.cut.t_us), ms(one.switched_us)]),
    [
      ['ens1', 0, 98],
      ['ens2', 30_000, 30_095],
    ],
  );
});

t.test('moved by hand: a record of its own, from the switch', async t => {
  const b = new Bond();
  b.play(
    b.switched(0, 'ens1', 'ens2'),
    b.announced(0.1),
    b.legs(1, ['ens1', 'ens2'], [], 'ens2'),
    b.progressed(12, -3),
    b.traced(5000, -3, 12),
  );
  const { record } = b.story.end() && b;
  t.match(record, {
    state: 'closed',
    verdict: 'PASS',
    cut: { source: 'switch', t_us: us(0), uncertainty_us: 1 },
    legs: [{ leg: 'ens1', source: 'switch' }],
    gap_us: 15_000,
    switched_us: us(0),
    phases: { detection_us: null, switch_us: 0, announcement_us: 100, recovery_us: 11_900 },
    reason: /; ens1 was not lost: moved by hand, or to the primary$/,
    back: null,
  });
  t.equal(b.story.wakeAt, null, 'nothing is to heal');
  b.play(b.switched(60_000, 'ens2', 'ens1'));
  b.story.end();
  t.equal(b.story.records.length, 2, 'and so is the next one');
});

t.test('back to the primary long after the record: its own', async t => {
  const b = failedOver();
  b.play(b.carrier(5000, 'ens1', 'up', 2), b.judged(5100, 'ens1', 'up', 'ens2'));
  b.story.until(us(60_000));
  b.play(b.switched(60_000, 'ens2', 'ens1'), b.progressed(60_009, 59_998));
  b.story.end();
  t.match(b.story.records, [
    { back: { switched_us: null, verdict: 'NOT_MEASURED' } },
    { cut: { source: 'switch' }, legs: [{ leg: 'ens2' }], verdict: 'PASS' },
  ]);
});

t.test('a new bond, and a member that leaves', async t => {
  const b = new Bond();
  b.play(b.switched(0, null, 'ens1'));
  t.equal(b.story.end().told.length, 0, 'to its first member: nothing was left');
  b.play(b.switched(1000, 'ens1', 'ens2'), {
    ...(b.legs(1001, ['ens2'], [], 'ens2') as Extract<Observation, { aspect: 'legs' }>),
    value: { up: ['ens2'], down: [], missing: ['ens1'] },
  });
  t.match(b.story.end().record, {
    legs: [{ leg: 'ens1', source: 'netlink' }],
    switched_us: us(1000),
  });
});
