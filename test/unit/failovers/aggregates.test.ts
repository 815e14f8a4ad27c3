/** Bonds that use all their members at once, and teams. */
import t from 'tap';
import type { BondMember, LacpState } from '../../../agent/types.ts';
import { us } from '../support/frames.ts';
import { ms } from '../support/story.ts';
import { Bond } from './bonds.ts';

const state = (distributing: boolean): LacpState => ({
  activity: true,
  short_timeout: true,
  aggregation: true,
  synchronization: distributing,
  collecting: distributing,
  distributing,
  defaulted: !distributing,
  expired: false,
});
const lacp = (distributing: boolean): NonNullable<BondMember['lacp']> => ({
  aggregator_id: 1,
  actor: state(distributing),
  partner: state(distributing),
  partner_system: null,
  churn: null,
});

t.test('802.3ad: a flow that was on the lost member', async t => {
  const b = new Bond({ mode: '802.3ad' });
  b.play(
    b.by(-500, null, 'ens1'),
    b.carrier(0, 'ens1', 'down', 1),
    b.judged(45, 'ens1', 'down', 'ens2'),
    b.by(211, 'ens1', 'ens2'),
    b.progressed(211.2, -3),
    b.traced(5000, -3, 211.2),
  );
  const { record } = b.story.end() && b;
  t.match(record, {
    verdict: 'PASS',
    gap_us: 214_200,
    announced_us: null,
    flows: [{ leg_out_before: 'ens1', leg_out_after: 'ens2', switched_us: us(211) }],
    phases: { detection_us: 45_000, switch_us: 166_000, announcement_us: null, recovery_us: 200 },
  });
  t.equal(ms(record.switched_us), 211, 'the first packet on another member');
});

t.test('802.3ad: a flow on the other member is not affected', async t => {
  const b = new Bond({ mode: '802.3ad' });
  b.play(
    b.by(-500, null, 'ens2'),
    b.carrier(0, 'ens1', 'down', 1),
    b.judged(45, 'ens1', 'down', 'ens2'),
    b.progressed(30, 5),
    b.traced(5000, 5, 30),
  );
  const { record } = b.story.end() && b;
  t.match(record, { verdict: 'NOT_MEASURED', flows: [], gap_us: null });
  t.equal(ms(record.switched_us), 45, 'the member has left');
});

t.test('802.3ad: where nobody saw the member, a gap tells of the loss', async t => {
  const b = new Bond({ mode: '802.3ad' });
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.judged(45, 'ens1', 'down', 'ens2'),
    // The trace begins after the loss; the flow has moved.
    b.by(211, null, 'ens2'),
    b.progressed(211.2, -3),
    b.traced(5000, -3, 211.2),
  );
  t.match(b.story.end().record, {
    verdict: 'PASS',
    gap_us: 214_200,
    switched_us: us(45),
    flows: [{ leg_out_before: null, leg_out_after: 'ens2' }],
  });
});

t.test('802.3ad: a member seen after the cut was that of before', async t => {
  const b = new Bond({ mode: '802.3ad' });
  b.play(
    b.cut(0, 'ens1', 'blackhole'),
    b.by(2, null, 'ens1'),
    b.stalled(58, 1),
    b.healed(2000, 'ens1', 'blackhole'),
    b.moving(3150, 3150),
    b.traced(5000, 1, 3150),
  );
  t.match(b.story.end().record, {
    verdict: 'FAIL',
    reason: /healed, not switched/,
    findings: ['no-switch'],
    flows: [{ leg_out_before: 'ens1', leg_out_after: 'ens1' }],
  });
});

t.test('802.3ad: a partner that falls silent takes the member out', async t => {
  const b = new Bond({ mode: '802.3ad', flow: false });
  b.play(b.member(-700, 'ens1', 'up', lacp(true)), b.member(0, 'ens1', 'up', lacp(false)));
  t.match(b.story.end().record, {
    cut: { source: 'netlink', uncertainty_us: 3_000_000 },
    switched_us: us(0),
    phases: { detection_us: null, switch_us: 0 },
    verdict: 'NOT_MEASURED',
  });
});

t.test('balance-alb has an active member, and uses all', async t => {
  const b = new Bond({ mode: 'balance-alb' });
  b.play(
    b.legs(-800, ['ens1', 'ens2'], [], 'ens1'),
    b.by(-500, null, 'ens2'),
    b.carrier(0, 'ens2', 'down', 1),
    b.judged(90, 'ens2', 'down', 'ens1'),
    b.by(215, 'ens2', 'ens1'),
    b.progressed(216, 0),
    b.traced(5000, 0, 216),
  );
  t.match(b.story.end().record, {
    verdict: 'PASS',
    legs: [{ leg: 'ens2' }],
    switched_us: us(215),
    gap_us: 216_000,
  });
});

t.test('balance-rr without a monitor keeps sending into the void', async t => {
  const b = new Bond({ mode: 'balance-rr', monitor_ms: null, flow: false });
  b.play(b.carrier(0, 'ens1', 'down', 1), b.legs(1, ['ens2'], ['ens1'], null));
  b.story.until(us(1002));
  t.match(b.record, { state: 'open', verdict: 'FAIL', findings: ['no-switch'] });
});

t.test('a team with an active port', async t => {
  const b = new Bond({ kind: 'team' });
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.legs(3, ['ens2'], ['ens1'], 'ens1'),
    b.switched(4, 'ens1', 'ens2', 'netlink'),
    b.announced(4.2),
    b.progressed(9, -1),
    b.traced(5000, -1, 9),
    b.carrier(9000, 'ens1', 'up', 2),
    b.legs(9001, ['ens1', 'ens2'], [], 'ens2'),
  );
  t.match(b.story.end().record, {
    group: 'team:team0',
    kind: 'team',
    verdict: 'PASS',
    gap_us: 10_000,
    phases: { detection_us: 3000, switch_us: 1000, announcement_us: 200, recovery_us: 4800 },
    flows: [{ leg_out_before: 'ens1', leg_out_after: 'ens2' }],
    back: { switched_us: null },
  });
});

t.test('a standby port of a team', async t => {
  const b = new Bond({ kind: 'team' });
  b.play(b.carrier(0, 'ens2', 'down', 1), b.legs(3, ['ens1'], ['ens2'], 'ens1'));
  t.equal(b.story.end().told.length, 0);
});
