/** Failovers of bonds that use one member at a time. */
import t from 'tap';
import { us } from '../support/frames.ts';
import { ms } from '../support/story.ts';
import { Bond, FLOW } from './bonds.ts';

t.test('active-backup, miimon 100: each part of the gap', async t => {
  const b = new Bond();
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.stalled(52, -3),
    b.member(99.6, 'ens1', 'down'),
    b.switched(100, 'ens1', 'ens2'),
    b.announced(100.1),
    b.legs(101, ['ens2'], ['ens1'], 'ens2'),
    b.moving(212, 212),
    b.traced(5000, -3, 212),
  );
  const { record } = b.story.end() && b;
  t.match(record, {
    group: 'bond:bond0',
    kind: 'bond',
    state: 'closed',
    verdict: 'PASS',
    cut: { source: 'carrier', t_us: us(0), uncertainty_us: 0 },
    legs: [{ leg: 'ens1', healed_us: null, source: 'carrier' }],
    gap_us: 215_000,
    phases: {
      detection_us: 99_600,
      switch_us: 400,
      announcement_us: 100,
      recovery_us: 111_900,
    },
    flows: [{ flow: FLOW, leg_out_before: 'ens1', leg_out_after: 'ens2' }],
    findings: [],
    back: null,
  });
  t.equal(ms(record.seen_us), 0);
  t.equal(ms(record.switched_us), 100);
  t.equal(ms(record.announced_us), 100.1);
  t.equal(ms(record.flowing_us), 212);
});

t.test('slow: the reason names the largest part', async t => {
  const b = new Bond();
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.stalled(52, -3),
    b.switched(100, 'ens1', 'ens2'),
    b.announced(100.1),
    b.judged(101, 'ens1', 'down', 'ens2'),
    b.moving(1412, 1412),
  );
  t.match(b.story.end().record, {
    verdict: 'FAIL',
    reason:
      'no progress for 1.415 s, budget 1 s; mostly recovery of the transport: 100 ms detection, 0 ms switch, ' +
      '0.1 ms announcement, 1.312 s recovery of the transport',
  });
});

t.test('the switch is told before what it follows from', async t => {
  const b = new Bond();
  b.play(b.switched(100, 'ens1', 'ens2'), b.announced(100.1));
  t.equal(b.story.told.length, 0, 'it waits for its reason');
  b.story.at(us(104), b.carrier(3, 'ens1', 'down', 1));
  b.story.until(us(105));
  t.match(b.record, { cut: { source: 'carrier', t_us: us(3) }, switched_us: us(100) });
  b.play(b.judged(130, 'ens1', 'down', 'ens2'));
  t.equal(b.story.end().records.length, 1);
  t.match(b.record, { verdict: 'NOT_MEASURED', phases: { detection_us: 97_000, switch_us: 0 } });
});

t.test('by netlink alone: the times of the messages, in any order', async t => {
  const b = new Bond({ flow: false });
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    // Announced before the message of the switch was read.
    b.announced(99),
    b.switched(103, 'ens1', 'ens2', 'netlink'),
    // Sent before the switch, read after it.
    b.legs(104, ['ens1', 'ens2'], [], 'ens1'),
    b.legs(105, ['ens2'], ['ens1'], 'ens2'),
    b.member(105, 'ens1', 'down'),
  );
  const { record } = b.story.end() && b;
  t.equal(ms(record.switched_us), 103);
  t.equal(ms(record.announced_us), 99);
  t.match(record.phases, { detection_us: 103_000, switch_us: 0, announcement_us: 0 });
});

t.test('without a flow: the kernel says that it switched, nothing says what that cost', async t => {
  const b = new Bond({ flow: false });
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.switched(98, 'ens1', 'ens2'),
    b.judged(99, 'ens1', 'down', 'ens2'),
  );
  t.match(b.story.end().record, {
    state: 'closed',
    verdict: 'NOT_MEASURED',
    reason: 'no flow used ens1; the bond switched 98 ms after the cut',
    gap_us: null,
    flowing_us: null,
    phases: { recovery_us: null },
  });
});

t.test('without a flow: a switch beyond the budget fails', async t => {
  const b = new Bond({ flow: false, monitor_ms: 2100 });
  b.play(b.carrier(0, 'ens1', 'down', 1));
  b.story.until(us(1002));
  t.match(b.record, { state: 'open', verdict: 'FAIL', findings: ['no-switch'] });
  b.play(b.switched(2100, 'ens1', 'ens2'), b.judged(2101, 'ens1', 'down', 'ens2'));
  t.match(b.story.end().record, {
    verdict: 'FAIL',
    reason:
      /^the bond switched 2\.1 s after the cut, budget 1 s; mostly detection: 2\.1 s detection/,
    findings: [],
  });
});

t.test('without a flow: a probe of the bond shows when its path was back', async t => {
  const b = new Bond({ flow: false });
  b.play(
    b.echo(-800, 'yes', -800),
    b.carrier(0, 'ens1', 'down', 1),
    b.switched(98, 'ens1', 'ens2'),
    b.announced(98.2),
    b.judged(99, 'ens1', 'down', 'ens2'),
    b.echo(160, 'no', 10),
    b.echo(161, 'yes', 161),
  );
  const { record } = b.story.end() && b;
  t.match(record, { verdict: 'NOT_MEASURED', phases: { recovery_us: 62_800 } });
  t.equal(ms(record.flowing_us), 161);
});

t.test('miimon 0: the switch does not come, told at the budget', async t => {
  for (const flow of [true, false]) {
    const b = new Bond({ monitor_ms: null, flow });
    b.play(b.carrier(0, 'ens1', 'down', 1), b.legs(1, ['ens2'], ['ens1'], 'ens1'));
    if (flow) b.play(b.stalled(52, -3));
    b.story.until(us(999));
    t.equal(b.record.switched_us, null);
    t.not(b.record.verdict, 'FAIL', 'not before');
    b.story.until(us(1001));
    t.match(b.record, {
      state: 'open',
      verdict: 'FAIL',
      switched_us: null,
      announced_us: null,
      findings: ['no-switch'],
      reason: /the bond did not switch: it watches no member \(miimon 0, no ARP monitor\)$/,
      phases: { detection_us: null, switch_us: null },
    });
    const { record } = b.story.end() && b;
    t.equal(record.state, flow ? 'incomplete' : 'closed');
    t.match(record, { verdict: 'FAIL', findings: ['no-switch'] });
  }
});

t.test('miimon 0: a link that is back within the budget', async t => {
  const b = new Bond({ monitor_ms: null, flow: false });
  b.play(b.carrier(0, 'ens1', 'down', 1), b.carrier(300, 'ens1', 'up', 2));
  t.match(b.story.end().record, {
    verdict: 'NOT_MEASURED',
    reason: 'no flow used ens1; not switched, ens1 was back 300 ms after the cut',
    findings: [],
  });
});

t.test('both members lost: there was nothing to switch to', async t => {
  const b = new Bond({ flow: false });
  b.play(
    b.carrier(-500, 'ens2', 'down', 1),
    b.judged(-450, 'ens2', 'down', 'ens1'),
    b.carrier(0, 'ens1', 'down', 1),
    b.legs(60, [], ['ens1', 'ens2'], null),
    b.member(60, 'ens1', 'down'),
    b.switched(60, 'ens1', null),
  );
  t.match(b.story.end().record, {
    verdict: 'NOT_MEASURED',
    switched_us: null,
    findings: [],
    legs: [{ leg: 'ens1' }],
  });
});

t.test('ARP monitor: a blackhole is cut where the flow last progressed', async t => {
  const b = new Bond({ monitor_ms: 300 });
  b.play(
    b.stalled(58, 6),
    b.member(310, 'ens1', 'down'),
    b.switched(309, 'ens1', 'ens2'),
    b.announced(309.1),
    b.judged(311, 'ens1', 'down', 'ens2'),
    b.moving(420, 420),
    b.traced(5000, 6, 420),
  );
  const { record } = b.story.end() && b;
  t.match(record, {
    verdict: 'PASS',
    cut: { source: 'last_progress', t_us: us(6) },
    gap_us: 414_000,
    phases: { detection_us: 303_000, switch_us: 0, recovery_us: 110_900 },
  });
  t.equal(ms(record.switched_us), 309);
});

t.test('ARP monitor without a flow: the cut is known to its own patience', async t => {
  const b = new Bond({ monitor_ms: 300, flow: false });
  b.play(b.switched(309, 'ens1', 'ens2'), b.judged(310, 'ens1', 'down', 'ens2'));
  t.match(b.story.end().record, {
    cut: { source: 'netlink', t_us: us(310), uncertainty_us: 300_000 },
    verdict: 'NOT_MEASURED',
    // It was not seen when it was lost, so nobody knows how long it took to find out.
    phases: { detection_us: null, switch_us: 0 },
  });
});

t.test('miimon is blind to a blackhole: healed, not switched', async t => {
  const b = new Bond();
  b.play(
    b.cut(0, 'ens1', 'blackhole'),
    b.stalled(58, 6),
    b.healed(2000, 'ens1', 'blackhole'),
    b.moving(3157, 3157),
    b.traced(6000, 6, 3157),
  );
  t.match(b.story.end().record, {
    verdict: 'FAIL',
    reason:
      /healed, not switched: .* went on by ens1 3\.157 s after the cut; .*did not take the member for lost/,
    switched_us: null,
    announced_us: null,
    findings: ['no-switch'],
    back: { verdict: 'NOT_MEASURED', switched_us: null },
  });
});

t.test('a leg on standby that is lost is no failover', async t => {
  const b = new Bond();
  b.play(
    b.carrier(0, 'ens2', 'down', 1),
    b.judged(50, 'ens2', 'down', 'ens1'),
    b.carrier(5000, 'ens2', 'up', 2),
    b.judged(5050, 'ens2', 'up', 'ens1'),
  );
  t.equal(b.story.end().told.length, 0);
  t.equal(b.story.failovers.groups.size, 1);
  // Nor does the loss of the other one, later, begin with it.
  b.play(
    b.carrier(9000, 'ens1', 'down', 1),
    b.switched(9100, 'ens1', 'ens2'),
    b.judged(9101, 'ens1', 'down', 'ens2'),
  );
  const { record } = b.story.end() && b;
  t.equal(ms(record.cut.t_us), 9000);
  t.equal(record.legs.length, 1);
});

t.test('a drill of the leg on standby ends with a verdict', async t => {
  const b = new Bond();
  b.play(
    b.cut(0, 'ens2', 'admin-down'),
    b.carrier(0.1, 'ens2', 'down', 1),
    b.judged(50, 'ens2', 'down', 'ens1'),
    b.healed(2000, 'ens2', 'admin-down'),
    b.carrier(2001, 'ens2', 'up', 2),
    b.judged(2050, 'ens2', 'up', 'ens1'),
    b.traced(5000, 100, 109),
  );
  t.match(b.story.end().record, {
    state: 'closed',
    drill: 'd1',
    verdict: 'NOT_MEASURED',
    reason: 'ens2 was on standby: nothing had to move',
    switched_us: null,
    phases: null,
    flows: [],
    findings: [],
  });
});

t.test('admin-down by a drill: switched inside the system call', async t => {
  const b = new Bond();
  b.play(
    b.switched(0.05, 'ens1', 'ens2'),
    b.announced(0.07),
    b.carrier(0.2, 'ens1', 'down', 1),
    b.judged(0.4, 'ens1', 'down', 'ens2'),
    b.progressed(30, -4),
  );
  b.story.at(us(31), b.cut(0, 'ens1', 'admin-down'));
  b.play(b.healed(2000, 'ens1', 'admin-down'), b.carrier(2001, 'ens1', 'up', 2));
  const { record } = b.story.end() && b;
  t.match(record, {
    drill: 'd1',
    verdict: 'PASS',
    cut: { source: 'drill', t_us: us(0) },
    phases: { detection_us: 50, switch_us: 0, announcement_us: 20 },
  });
  t.equal(ms(record.seen_us), 0.05);
});
