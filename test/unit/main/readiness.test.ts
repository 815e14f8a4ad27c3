import t from 'tap';
import { calmStep, newCalm } from '../../../agent/main/calm.ts';
import { drillReadiness, type ReadinessInput } from '../../../agent/main/readiness.ts';
import type { Alarm, Flow, Group, Leg } from '../../../agent/types.ts';
import { makeMaintenance } from '../cli/fake-agent.ts';
import { carrier, flow as flowIs } from '../faults/story.ts';
import { alarm } from '../support/alarm.ts';

const s = 1_000_000;

const leg = (id: string, over: Partial<Leg> = {}): Leg => ({
  id,
  ifindex: 1,
  gateway: null,
  parent_dev: null,
  state: 'up',
  carrier: true,
  admin_up: true,
  answering: true,
  member: null,
  speed_mbps: null,
  ...over,
});
const group = (...legs: Leg[]): Group => ({
  id: 'g',
  kind: 'ecmp',
  targets: [],
  legs,
  mode: null,
  active: null,
});
const flow = (id: string, over: Partial<Flow> = {}): Flow => ({
  id,
  role: 'client',
  service_port: 3260,
  protocol: 'iscsi',
  target_name: null,
  group: 'g',
  leg_out: 'a',
  leg_in: 'a',
  srtt_us: 200,
  state: 'moving',
  since_us: null,
  ...over,
});
const ready = (over: Partial<ReadinessInput> = {}) =>
  drillReadiness({
    now: 100 * s,
    drill: 'd1',
    group: 'g',
    leg: 'a',
    groups: [group(leg('a'), leg('b'))],
    flows: [flow('1')],
    alarms: [],
    calm: newCalm,
    maintenance: null,
    recording: false,
    seeing: true,
    other: null,
    ...over,
  });
const active = (over: Partial<Alarm>) => alarm('x', { drill: null, ...over });

t.test('a healthy group is ready and steady', async t => {
  t.same(ready(), { refusals: [], flows: [flow('1')], carrying_leg: 'a', steady: true });
});

t.test('what can be forced', async t => {
  const forced = (over: Partial<ReadinessInput>, reason: RegExp) =>
    t.match(ready(over).refusals, [{ reason, force: true }], String(reason));
  forced({ groups: [group(leg('a'))] }, /no second healthy leg in g beside a/);
  forced({ groups: [group(leg('a'), leg('b', { state: 'down' }))] }, /no second healthy leg/);
  forced({ groups: [group(leg('a'), leg('b', { state: 'missing' }))] }, /no second healthy leg/);
  forced({ groups: [group(leg('a'), leg('b', { answering: false }))] }, /no second healthy leg/);
  forced(
    { groups: [group(leg('a', { answering: null }), leg('b'))], flows: [] },
    /no flow and no probe uses a/,
  );
  forced({ maintenance: makeMaintenance() }, /maintenance holds notices back/);
  forced({ flows: [flow('1', { state: 'stalled' })] }, /stalled already: 1/);
  for (const managedObjectId of ['group/g', 'leg/a', 'leg/b', 'target/g/10.0.0.2']) {
    forced({ alarms: [active({ managedObjectId })] }, new RegExp(`active on ${managedObjectId}`));
  }
  forced({ alarms: [active({ managedObjectId: 'group/g', drill: 'd0' })] }, /active on group\/g/);
});

t.test('what cannot be forced', async t => {
  const refused = (over: Partial<ReadinessInput>, reason: RegExp) =>
    t.match(ready(over).refusals, [{ reason, force: false }], String(reason));
  refused({ group: 'x' }, /no path group x; known: g/);
  refused({ leg: 'z' }, /z is no leg of g; its legs: a, b/);
  refused({ seeing: false }, /helper is not connected/);
  refused({ other: 'd9' }, /drill d9 is under way/);
});

t.test('what is no reason', async t => {
  t.same(ready({ maintenance: makeMaintenance({ notices: 'mark' }) }).refusals, []);
  t.same(ready({ alarms: [active({ managedObjectId: 'host' })] }).refusals, []);
  t.same(ready({ alarms: [active({ managedObjectId: 'group/g2' })] }).refusals, []);
  t.same(ready({ groups: [group(leg('a'), leg('b', { answering: null }))] }).refusals, []);
  t.same(ready({ flows: [] }).refusals, [], 'a probe uses it');
});

t.test('its own alarms refuse nothing, but it waits for their end', async t => {
  const own = ready({ alarms: [active({ managedObjectId: 'group/g', drill: 'd1' })] });
  t.same(own.refusals, []);
  t.equal(own.steady, false);
});

t.test('steady after 2 s of progress and 1.2 s without a link event', async t => {
  const moved = calmStep(newCalm, flowIs('1', 'moving', 99 * s));
  t.equal(ready({ calm: moved }).steady, false);
  t.equal(ready({ calm: moved, now: 101 * s }).steady, true);
  const again = calmStep(moved, flowIs('1', 'moving', 100 * s));
  t.equal(ready({ calm: again, now: 101 * s }).steady, true, 'the same again is no event');
  const link = calmStep(newCalm, carrier('b', 'up', 99 * s, 1, 1));
  t.equal(ready({ calm: link, now: 100 * s }).steady, false);
  t.equal(ready({ calm: link, now: 100.2 * s }).steady, true);
  const flap = calmStep(link, carrier('b', 'up', 100 * s, 2, 2));
  t.equal(ready({ calm: flap, now: 100.2 * s }).steady, false, 'lost and back between two looks');
  const steered = calmStep(newCalm, {
    probe: 'steering',
    aspect: 'action',
    subject: 'group/g',
    t: 99 * s,
    value: {
      ...{ outcome: 'steered', how: 'route', from: 'a', to: 'b', asked_us: 99 * s },
      ...{ before: '', after: '', reason: '' },
    },
  });
  t.equal(ready({ calm: steered, now: 108.9 * s }).steady, false, 'the helper would refuse');
  t.equal(ready({ calm: steered, now: 109 * s }).steady, true);
  const elsewhere = calmStep(newCalm, carrier('z', 'down', 100 * s, 1, 1));
  t.equal(ready({ calm: elsewhere }).steady, true);
  t.equal(ready({ recording: true }).steady, false);
});

t.test('the carrying leg is that of most of our own flows', async t => {
  const flows = [
    flow('1', { leg_out: 'b' }),
    flow('2', { leg_out: 'b' }),
    flow('3', { leg_out: 'a' }),
    flow('4', { leg_out: 'a', role: 'server' }),
    flow('5', { leg_out: 'a', role: 'server' }),
    flow('6', { leg_out: 'z', group: 'other' }),
  ];
  t.equal(ready({ flows }).carrying_leg, 'b');
  t.equal(ready({ flows: flows.slice(3) }).carrying_leg, 'a');
  t.equal(ready({ flows: [] }).carrying_leg, null);
});
