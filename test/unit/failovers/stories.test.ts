/** The classic stories, from frames to records: what a drill or a real loss looks like. */
import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { flowName, LAB_GROUP, labRoute } from '../support/lab_frames.ts';
import { cut, healed, lab, ms, Story, toldAt } from '../support/story.ts';

t.test('admin-down with nudge: PASS in tens of ms', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1.5, 31, 'D', 1, 2),
    h.trace(2, 'begin'),
    h.link(2, 31, 'c-a', { admin_up: false, carrier: false, carrier_down_count: 2 }),
    h.snapshot(2.5, 'route', [labRoute(h, 2.5, 'a')]),
    h.switch(12, 1, 'out', 31, 32),
    h.flow(12, 1, 32, 31),
    h.switch(12.2, 1, 'in', 31, 32),
    h.flow(12.2, 1, 32, 32),
    h.progress(12.2, 1, 'switch', -3),
  );
  // The drill's own word comes after the fact.
  story.at(us(14), cut(0));
  t.equal(story.record.cut.source, 'drill');
  story.play(
    toldAt(18, story.record.id),
    h.carrier(2000, 31, 'u', 2, 2),
    h.snapshot(2003, 'route', [labRoute(h, 2003)]),
    h.switch(2010, 1, 'out', 32, 31),
    h.switch(2010.2, 1, 'in', 32, 31),
    h.progress(2010.2, 1, 'switch', 2000),
    healed(1999),
    h.account(7000, 1, -3, 12.2),
    h.trace(7000, 'end'),
  );
  story.end();
  const { record } = story;
  t.match(record, {
    group: LAB_GROUP,
    kind: 'ecmp',
    state: 'closed',
    drill: 'd1',
    nudge: 'ask',
    strategy: 'timer',
    verdict: 'PASS',
    told_verdict: 'PASS',
    gap_us: 15_200,
    spacing_us: 10_000,
    gap_below_spacing: false,
    findings: [],
  });
  t.equal(ms(record.cut.t_us), 0);
  t.equal(ms(record.seen_us), 1.5);
  t.equal(ms(record.switched_us), 12);
  t.equal(ms(record.flowing_us), 12.2);
  t.equal(ms(record.told_us), 18);
  t.match(record.legs, [{ leg: 'c-a', lost_us: us(0), healed_us: us(1999), source: 'drill' }]);
  t.match(record.flows, [
    {
      flow: flowName(1),
      leg_out_before: 'c-a',
      leg_in_before: 'c-a',
      leg_out_after: 'c-b',
      leg_in_after: 'c-b',
    },
  ]);
  t.match(record.back, { verdict: 'PASS', gap_us: 10_200 });
  t.equal(ms(record.back?.healed_us ?? null), 1999);
  t.equal(ms(record.back?.switched_us ?? null), 2010);
  t.equal(ms(record.back?.flowing_us ?? null), 2010.2);
});

t.test('the kernel alone, through a bridge: 1.3 s, FAIL, the peer still uses the leg', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'D', 1, 2),
    h.trace(1.5, 'begin'),
    h.snapshot(2, 'route', [labRoute(h, 2, 'a')]),
    h.switch(6, 1, 'out', 31, 32),
    cut(0),
    h.stall(52, 1, 1, 32, 31),
  );
  t.same(story.record.findings, [], 'not before the peer had its time');
  story.until(us(60));
  t.same(story.record.findings, ['peer-still-uses-leg'], 'tens of ms after the switch');
  t.equal(story.record.verdict, 'INCONCLUSIVE');
  story.until(us(1002));
  t.equal(story.record.state, 'open');
  t.equal(story.record.verdict, 'FAIL', 'as soon as the budget has passed');
  t.match(story.record.reason, /not flowing again 1 s after the cut; the peer still used c-a/);
  story.play(
    h.switch(1330, 1, 'in', 31, 32),
    h.resume(1330.1, 1, 1, 32, 32),
    h.progress(1330.1, 1, 'switch', 1),
    h.carrier(2000, 31, 'u', 2, 2),
    healed(1998),
    h.account(7000, 1, 1, 1330.1),
    h.trace(7000, 'end'),
  );
  const { record } = story.end();
  t.match(record, {
    state: 'closed',
    verdict: 'FAIL',
    gap_us: 1_329_100,
    findings: ['peer-still-uses-leg'],
    told_verdict: 'FAIL',
  });
  t.equal(ms(record.switched_us), 6);
  t.equal(ms(record.flowing_us), 1330.1);
  t.match(record.reason, /no progress for 1\.329 s, budget 1 s; the peer still used c-a/);
});

t.test('the kernel alone, directly cabled: both are late, and nobody is to blame', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.trace(1.5, 'begin'),
    h.stall(52, 1, -3, 31, 31),
    h.snapshot(856, 'route', [labRoute(h, 856, 'a')]),
    h.switch(1250, 1, 'out', 31, 32),
    h.switch(1250.2, 1, 'in', 31, 32),
    h.resume(1250.2, 1, -3, 32, 32),
    h.account(6500, 1, -3, 1250.2),
    h.trace(6500, 'end'),
  );
  const { record } = story.end();
  t.match(record, { state: 'closed', drill: null, verdict: 'FAIL', findings: [], back: null });
  t.match(record.cut, { source: 'carrier', t_us: us(1), uncertainty_us: 2000 });
  t.match(record.reason, /no progress for 1\.253 s/);
  t.equal(ms(record.seen_us), 1);
});

t.test('blackhole: seen by the stall, healed, not switched', async t => {
  const { h, story } = lab();
  story.play(
    cut(0, { kind: 'blackhole' }),
    h.trace(1, 'begin'),
    h.stall(58, 1, 6, 31, 31),
    h.probe(320, 31, false, 20),
  );
  story.until(us(1008));
  t.match(story.record, { verdict: 'FAIL', state: 'open', switched_us: null, flowing_us: null });
  story.play(
    healed(2000, { kind: 'blackhole' }),
    h.probe(2050, 31, true, 2050),
    h.resume(3157, 1, 6, 31, 31),
    h.account(6000, 1, 6, 3157),
    h.trace(6000, 'end'),
  );
  const { record } = story.end();
  t.match(record, {
    state: 'closed',
    verdict: 'FAIL',
    switched_us: null,
    cut: { source: 'drill' },
    legs: [{ leg: 'c-a', source: 'drill', healed_us: us(2000) }],
    findings: [],
    gap_us: 3_151_000,
    back: { verdict: 'NOT_MEASURED' },
  });
  t.match(record.reason, /healed, not switched: .* went on by c-a 3\.157 s after the cut/);
  t.equal(ms(record.seen_us), 58);
  t.equal(ms(record.flowing_us), 3157, 'a healed leg is not a healed flow');
  t.equal(ms(record.cut.t_us), 0);
});

t.test('a short blackhole is no failover either, however small the gap', async t => {
  const { h, story } = lab();
  story.play(
    cut(0, { kind: 'blackhole' }),
    h.trace(1, 'begin'),
    h.stall(58, 1, 6, 31, 31),
    healed(600),
    h.resume(652, 1, 6, 31, 31),
    h.account(6000, 1, 6, 652),
    h.trace(6000, 'end'),
  );
  t.match(story.end().record, { verdict: 'FAIL', gap_us: 646_000 });
  t.match(story.record.reason, /healed, not switched/);
});

t.test(
  'a blackhole of the real world: the cut is the last progress, the leg that of the flow',
  async t => {
    const { h, story } = lab();
    story.play(h.stall(61, 1, 10, 31, 31));
    t.match(story.record, {
      state: 'open',
      drill: null,
      cut: { source: 'last_progress', t_us: us(10), uncertainty_us: 50_000 },
      legs: [{ leg: 'c-a', lost_us: us(10), healed_us: null, source: 'last_progress' }],
    });
    story.play(
      h.probe(330, 31, false, 30),
      h.probe(2060, 31, true, 2060),
      h.resume(3167, 1, 10, 31, 31),
    );
    const { record } = story.end();
    t.match(record, { state: 'closed', verdict: 'FAIL' });
    t.equal(ms(record.legs[0]?.healed_us ?? null), 2060);
    t.match(record.reason, /healed, not switched/);
  },
);

t.test('request by b, answers by a: losing a makes the peer move', async t => {
  const { h, story } = lab(32, 31);
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.trace(1.5, 'begin'),
    h.switch(9, 1, 'in', 31, 32),
    h.progress(9, 1, 'switch', -4),
    h.account(5100, 1, -4, 9),
    h.trace(5100, 'end'),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'PASS', gap_us: 13_000, findings: [] });
  t.equal(ms(record.switched_us), 9, 'the peer alone had to');
  t.match(record.flows, [
    { leg_out_before: 'c-b', leg_in_before: 'c-a', leg_out_after: 'c-b', leg_in_after: 'c-b' },
  ]);
});

t.test('request by b, answers by a: a peer that stays is found with the stall', async t => {
  const { h, story } = lab(32, 31);
  story.play(h.carrier(1, 31, 'D', 1, 2), h.stall(56, 1, 5, 32, 31));
  t.same(story.record.findings, ['peer-still-uses-leg']);
  t.equal(ms(story.now), 56);
});

t.test('the silent loss of a nexthop object', async t => {
  const h = new Helper();
  const story = new Story();
  const group = (at: number, members: number[], objects = members) => [
    ...h.snapshot(at, 'nexthop', [
      ...objects.map(id => h.nexthop(at, id, id === 1 ? '31@10.77.1.2' : '32@10.77.2.2')),
      h.nexthop(at, 10, members),
    ]),
  ];
  story.play(
    h.hello(-900),
    h.snapshot(-890, 'rtnl', [
      h.link(-890, 31, 'c-a'),
      h.link(-890, 32, 'c-b'),
      h.route(-890, '10.77.9.2/32', [], { nhid: 10 }),
    ]),
    group(-890, [1, 2]),
    h.snapshot(-890, 'carrier', [h.carrier(-890, 31, 'u', 1, 1), h.carrier(-890, 32, 'u', 1, 1)]),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, 31, 31)]),
    h.carrier(1, 31, 'd', 1, 2),
    group(2, [2]),
    h.switch(4, 1, 'out', 31, 32),
    h.progress(4.2, 1, 'switch', -1),
    h.carrier(500, 31, 'u', 2, 2),
    group(501, [2]),
  );
  story.end();
  const { record } = story;
  t.match(record, { group: 'nhg:10', kind: 'nexthop_group', verdict: 'PASS', back: null });
  t.equal(record.legs[0]?.healed_us, null, 'the link is back, the leg is not');
  story.play(group(9000, [1, 2]));
  story.end();
  t.equal(ms(story.record.legs[0]?.healed_us ?? null), 9000);
});

/** bond0 (20) over ens1 (11) and ens2 (12), the flow 1 on it. */
function bonded(mode = 1, active: number | null = 11) {
  const h = new Helper();
  const story = new Story();
  const bond = (at: number, active_ifindex: number | null) =>
    h.bond(at, 20, 'bond0', { mode, active_ifindex });
  const member = (at: number, ifindex: number, mii_status: number) =>
    h.member(
      at,
      ifindex,
      ifindex === 11 ? 'ens1' : 'ens2',
      20,
      { mii_status },
      { carrier: mii_status === 0, carrier_down_count: mii_status === 0 ? 1 : 2 },
    );
  story.play(
    h.hello(-900),
    h.snapshot(-890, 'rtnl', [bond(-890, active), member(-890, 11, 0), member(-890, 12, 0)]),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, 20, 20)]),
    h.carrier(-870, 11, 'u', 1, 1),
    h.carrier(-870, 12, 'u', 1, 1),
  );
  return { h, story, bond, member };
}

t.test('a bond: the kernel switches its active member', async t => {
  const { h, story, bond, member } = bonded();
  story.play(
    h.carrier(0, 11, 'd', 1, 2),
    h.trace(1, 'begin'),
    h.activeMember(85.4, 20, 11, 12),
    h.announce(85.6, 20),
    // The one of the member was sent before the switch, with the bond as it was.
    member(86, 11, 2),
    bond(87, 12),
    h.progress(120, 1, 'pause', -2),
    h.account(5000, 1, -2, 120),
    h.trace(5000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { group: 'bond:bond0', kind: 'bond', verdict: 'PASS', gap_us: 122_000 });
  t.equal(ms(record.switched_us), 85.4);
  t.equal(ms(record.announced_us), 85.6);
  t.match(record.phases, { detection_us: 85_400, switch_us: 0, recovery_us: 34_400 });
  t.match(record.flows, [{ leg_out_before: 'ens1', leg_out_after: 'ens2' }]);
});

t.test('a bond whose members are all in use: the flow is handed to another one', async t => {
  const { h, story, bond, member } = bonded(2, null);
  const handed = (at: number, from_ifindex: number | null, to_ifindex: number) =>
    h.frame(at, 'flow_member', { flow: 1, master_ifindex: 20, from_ifindex, to_ifindex });
  story.play(
    handed(-500, null, 11),
    h.carrier(0, 11, 'd', 1, 2),
    h.trace(1, 'begin'),
    member(86, 11, 2),
    bond(87, null),
    handed(210, 11, 12),
    h.progress(210.2, 1, 'switch', -2),
    h.account(5000, 1, -2, 210.2),
    h.trace(5000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'PASS', gap_us: 212_200, announced_us: null });
  t.equal(ms(record.switched_us), 210);
  t.match(record.phases, { detection_us: 86_000, switch_us: 124_000, recovery_us: 200 });
  t.match(record.flows, [{ leg_out_before: 'ens1', leg_out_after: 'ens2' }]);
});

t.test('all legs lost', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.carrier(1, 32, 'd', 1, 2),
    h.snapshot(2, 'route', [labRoute(h, 2, 'a', 'b')]),
    h.stall(55, 1, 0, 31, 31),
    h.route(60, '10.77.9.2/32', [], { gone: true }),
  );
  story.until(us(1100));
  t.match(story.record, { verdict: 'FAIL', reason: /no other leg could be used/ });
});
