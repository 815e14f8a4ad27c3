/** A host's own stutter, and a loss some seconds after it: two records. Times from 5000 on: the stutter is before. */
import t, { type Test } from 'tap';
import { us } from '../support/frames.ts';
import { cut, healed, lab, ms, type Story } from '../support/story.ts';
import { Bond } from './bonds.ts';

const STUTTER = {
  state: 'closed',
  cut: { source: 'last_progress', t_us: us(2300) },
  drill: null,
  switched_us: null,
  flowing_us: us(2450),
  gap_us: 150_000,
  verdict: 'NOT_MEASURED',
  reason: /^no progress for 150 ms, but nothing else says that \S+ was lost$/,
};

/** Two records: the stutter's, and the one that is given. */
function second(t: Test, story: Story) {
  t.equal(story.records.length, 2);
  t.match(story.records[0], STUTTER);
  return story.records[1]!;
}

function stutteredBond(): Bond {
  const b = new Bond();
  b.play(b.stalled(2352, 2300), b.moving(2450, 2450));
  t.match(b.record, { state: 'open' });
  return b;
}

function stutteredLab() {
  const { h, story } = lab();
  story.play(h.stall(2352, 1, 2300, 31, 31), h.resume(2450, 1, 2300, 31, 31));
  return { h, story };
}

t.test('a bond: its carrier is lost', async t => {
  const b = stutteredBond();
  b.play(
    b.carrier(5000, 'ens1', 'down', 1),
    b.stalled(5052, 4997),
    b.switched(5090, 'ens1', 'ens2'),
    b.judged(5091, 'ens1', 'down', 'ens2'),
    b.moving(5244, 5244),
    b.traced(9000, 4997, 5244),
  );
  t.match(second(t, b.story.end()), {
    state: 'closed',
    cut: { source: 'carrier', t_us: us(5000) },
    gap_us: 247_000,
    flowing_us: us(5244),
    phases: { detection_us: 90_000, switch_us: 0 },
    verdict: 'PASS',
  });
});

t.test('a bond: told in any order', async t => {
  const b = stutteredBond();
  // The switch first, the flow next, the link last.
  b.play(b.switched(5090, 'ens1', 'ens2'));
  b.story.at(us(5092), b.stalled(5052, 4997));
  b.story.at(us(5093), b.judged(5091, 'ens1', 'down', 'ens2')[1]!);
  b.story.at(us(5094), b.carrier(5000, 'ens1', 'down', 1));
  b.play(b.moving(5244, 5244));
  t.match(second(t, b.story.end()), {
    legs: [{ leg: 'ens1', source: 'carrier' }],
    cut: { source: 'carrier', t_us: us(5000) },
    gap_us: 247_000,
    switched_us: us(5090),
  });
});

t.test('a bond: a blackhole that its ARP monitor finds', async t => {
  const b = new Bond({ monitor_ms: 300 });
  b.play(b.stalled(2352, 2300), b.moving(2450, 2450));
  b.play(
    b.stalled(5058, 5006),
    b.switched(5309, 'ens1', 'ens2'),
    b.judged(5310, 'ens1', 'down', 'ens2'),
    b.moving(5420, 5420),
  );
  t.match(second(t, b.story.end()), {
    cut: { source: 'last_progress', t_us: us(5006) },
    phases: { detection_us: 303_000 },
    gap_us: 414_000,
  });
});

t.test('a bond: moved by hand', async t => {
  const b = stutteredBond();
  b.play(b.switched(5000, 'ens1', 'ens2'), b.progressed(5012, 4997), b.traced(8000, 4997, 5012));
  t.match(second(t, b.story.end()), {
    cut: { source: 'switch', t_us: us(5000) },
    verdict: 'PASS',
    reason: /moved by hand/,
  });
});

t.test('a bond: the leg on standby is lost, which is no failover', async t => {
  const b = stutteredBond();
  b.play(b.carrier(5000, 'ens2', 'down', 1), b.judged(5050, 'ens2', 'down', 'ens1'));
  t.match(b.story.end().record, STUTTER);
});

t.test('routes: carrier, admin-down and probe', async t => {
  for (const source of ['carrier', 'admin', 'probe'] as const) {
    const { h, story } = stutteredLab();
    const down = { admin_up: false, carrier: false, carrier_down_count: 2 };
    if (source === 'carrier') story.play(h.carrier(5000, 31, 'd', 1, 2));
    if (source === 'admin') story.play(h.link(5000, 31, 'c-a', down));
    if (source === 'probe') story.play(h.probe(5300, 31, false, 5000));
    story.play(
      h.switch(5310, 1, 'out', 31, 32),
      h.switch(5311, 1, 'in', 31, 32),
      h.progress(5311, 1, 'switch', 4999),
    );
    const record = second(t, story.end());
    t.match(record, { cut: { t_us: us(5000) }, gap_us: 312_000, flowing_us: us(5311) }, source);
    t.equal(record.legs.length, 1);
  }
});

t.test('a drill', async t => {
  for (const first of ['cut', 'carrier']) {
    const { h, story } = stutteredLab();
    const carrier = h.carrier(5001, 31, 'D', 1, 2);
    if (first === 'carrier') story.play(carrier);
    story.at(us(5002), cut(5000));
    if (first === 'cut') story.play(carrier);
    story.play(
      h.switch(5012, 1, 'out', 31, 32),
      h.switch(5012, 1, 'in', 31, 32),
      h.progress(5012, 1, 'switch', 4998),
      healed(6000),
      h.carrier(6001, 31, 'u', 2, 2),
    );
    const record = second(t, story.end());
    t.match(record, { drill: 'd1', cut: { source: 'drill', t_us: us(5000) }, gap_us: 14_000 });
  }
});

t.test('a stall that goes on at the loss is the loss itself', async t => {
  const { h, story } = lab();
  story.play(
    h.stall(2352, 1, 2300, 31, 31),
    h.carrier(3000, 31, 'd', 1, 2),
    h.switch(3005, 1, 'out', 31, 32),
    h.resume(3005, 1, 2300, 32, 32),
  );
  const { record } = story.end();
  t.equal(ms(record.cut.t_us), 2300);
  t.match(record, { verdict: 'PASS', switched_us: us(3005), gap_us: 705_000 });
});

t.test('netlink that is a second late does not part a loss from its stall', async t => {
  const { h, story } = lab();
  story.play(
    h.stall(2352, 1, 2300, 31, 31),
    h.resume(2450, 1, 2300, 31, 31),
    h.snapshot(2900, 'route', [{ ...h.route(2900, '10.77.9.2/32', ['32@10.77.2.2']) }]),
  );
  t.equal(story.end().records.length, 1);
});

t.test('several stutters are told together, the loss alone', async t => {
  const b = stutteredBond();
  b.play(b.stalled(4052, 4000), b.moving(4100, 4100), b.carrier(5000, 'ens1', 'down', 1));
  t.match(b.story.records[0], {
    legs: [{ leg: 'ens1' }, { leg: 'ens1' }],
    state: 'closed',
    gap_us: 150_000,
  });
  t.match(b.story.records[1], { cut: { source: 'carrier' }, legs: [{ leg: 'ens1' }] });
});

t.test('a bond: moved by hand, and then the member that it was moved to is lost', async t => {
  for (const switches of [true, false]) {
    const b = new Bond({ monitor_ms: switches ? 100 : null });
    b.play(b.switched(5000, 'ens2', 'ens1'), b.progressed(5012, 4997));
    b.play(b.carrier(6500, 'ens1', 'down', 1), b.stalled(6552, 6490));
    if (switches) b.play(b.switched(6590, 'ens1', 'ens2'), b.moving(6700, 6700));
    else b.story.until(us(8000));
    const [byHand, lost] = b.story.records;
    t.match(byHand, { state: 'closed', cut: { source: 'switch' }, reason: /moved by hand/ });
    t.match(lost, {
      cut: { source: 'carrier', t_us: us(6500) },
      legs: [{ leg: 'ens1' }],
      switched_us: switches ? us(6590) : null,
      verdict: switches ? String : 'FAIL',
      findings: switches ? [] : ['no-switch'],
    });
    t.equal(b.story.end().records.length, 2);
  }
});

t.test('a bond: moved by hand to a member by which nothing is answered', async t => {
  const b = new Bond();
  b.play(b.echo(4000, 'yes', 4000), b.switched(5000, 'ens1', 'ens2'), b.stalled(5052, 4997));
  b.play(b.echo(5100, 'no', 5010), b.moving(6900, 6900), b.echo(6900, 'yes', 6900));
  const { records } = b.story.end();
  t.match(records[0], { cut: { source: 'switch' }, verdict: 'FAIL' });
  t.equal(records.length, 1);
});
