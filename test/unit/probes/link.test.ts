import t from 'tap';
import { probe } from '../../../agent/probes/link/probe.ts';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { LAB_GROUP, labRoute, labSnapshots } from '../support/lab_frames.ts';
import { observe, topologyOf } from '../support/topology.ts';

const h = new Helper();
const start = topologyOf([h.hello(0), ...labSnapshots(h, 1)]);

const observations = (...frames: Frame[]): Observation[] =>
  observe(frames, start)[0].filter(one => one.probe === 'link');

/** `carrier leg/c-a=down` */
const levels = (seen: Observation[]) =>
  seen.map(
    one =>
      `${one.aspect} ${one.subject}=${'value' in one && typeof one.value === 'string' ? one.value : '…'}`,
  );

t.test('carrier and administrative state come together', async t => {
  const seen = observations(h.carrier(10, 31, 'D', 1, 2));
  t.same(levels(seen), ['carrier leg/c-a=down', 'admin leg/c-a=down']);
  t.match(seen[0], { t: us(10), ups: 1, downs: 2, via: 'timer', uncertainty_us: 2000 });
});

t.test('a late netlink message repeats what is known, with its time', async t => {
  const seen = observations(h.carrier(10, 31, 'd', 1, 2), h.link(500, 31, 'c-a'));
  t.same(levels(seen).slice(2), ['carrier leg/c-a=down', 'admin leg/c-a=up']);
  t.equal(seen[2]?.t, us(10));
});

t.test('counts that jumped show what was missed', async t => {
  t.match(observations(h.carrier(10, 31, 'u', 3, 3)), [{ value: 'up', ups: 3, downs: 3 }, {}]);
});

t.test('legs of a group: up, down, missing', async t => {
  const legs = (seen: Observation[]) => seen.filter(one => one.aspect === 'legs').at(-1);
  t.match(legs(observations(labRoute(h, 5, 'a'))), {
    subject: `group/${LAB_GROUP}`,
    kind: 'ecmp',
    value: { up: ['c-b'], down: ['c-a'], missing: [] },
    active: null,
  });
  t.match(legs(observations(h.route(5, '10.77.9.2/32', ['32@10.77.2.2']))), {
    value: { up: ['c-b'], down: [], missing: ['c-a'] },
  });
  t.match(legs(observations(h.route(5, '10.77.9.2/32', [], { gone: true }))), { value: 'absent' });
});

t.test('a leg of no group any more is absent, a NIC is not', async t => {
  const nic = { kind: null, parent_dev: '0000:3b:00.0' };
  const gone = h.route(9, '10.77.9.2/32', [], { gone: true });
  const seen = observations(h.link(5, 31, 'c-a', nic), gone);
  t.same(
    levels(seen).filter(one => one.endsWith('absent')),
    ['carrier leg/c-b=absent', 'admin leg/c-b=absent', `legs group/${LAB_GROUP}=absent`],
  );
});

t.test('what is no leg and no NIC is not watched', async t => {
  t.same(observations(h.link(5, 40, 'dummy0', { kind: 'dummy' }), h.carrier(6, 1, 'u', 1, 1)), []);
  const nic = h.link(5, 41, 'ens9', { kind: null, parent_dev: '0000:3b:00.0' });
  t.same(levels(observations(nic)), ['carrier leg/ens9=up', 'admin leg/ens9=up']);
});

t.test('a link becomes watched with its group', async t => {
  const seen = observations(
    h.link(5, 33, 'c-c'),
    h.route(6, '10.5.0.0/16', ['33@10.77.3.2', '32@10.77.2.2']),
  );
  t.ok(levels(seen).includes('carrier leg/c-c=up'));
});

t.test('a leg that is deleted, and one that is made anew', async t => {
  const gone = h.link(5, 31, 'c-a', { gone: true });
  t.same(
    levels(observations(gone)).filter(one => one.endsWith('absent')),
    ['carrier leg/c-a=absent', 'admin leg/c-a=absent'],
  );
  const anew = observations(h.link(4, 77, 'c-a'), gone);
  t.notOk(
    levels(anew).some(one => one.endsWith('absent')),
    'it lives on under another number',
  );
});

t.test('how much older than its reading a change can be', async t => {
  const uncertainty = (strategy: 'timer' | 'getlink' | 'rtnl', frame: Frame) => {
    const interval_us = strategy === 'rtnl' ? 0 : 10_000;
    const frames = [
      h.hello(0, { carrier: { strategy, interval_us } }),
      ...labSnapshots(h, 1),
      frame,
    ];
    const [seen] = observe(frames);
    const last = seen.findLast(one => one.aspect === 'carrier');
    return last?.aspect === 'carrier' ? last.uncertainty_us : null;
  };
  const down = { carrier: false, carrier_down_count: 2 };
  t.equal(uncertainty('timer', h.carrier(5, 31, 'd', 1, 2)), 10_000);
  t.equal(uncertainty('rtnl', h.link(5, 31, 'c-a', down)), 1_000_000, "linkwatch's second");
  t.equal(uncertainty('rtnl', h.link(5, 31, 'c-a', { ...down, admin_up: false })), 20_000);
  const asked = h.frame(5, 'carrier', {
    ifindex: 31,
    carrier: false,
    admin_up: true,
    carrier_up_count: 1,
    carrier_down_count: 2,
    via: 'getlink',
  });
  t.equal(uncertainty('getlink', asked), 10_000);
});

t.test('nothing is said of groups before all of them are known', async t => {
  const [seen] = observe([h.hello(0), h.link(1, 31, 'c-a'), h.link(1, 32, 'c-b'), labRoute(h, 1)]);
  t.same(
    seen.filter(one => one.aspect === 'legs'),
    [],
  );
  t.equal(probe.name, 'link');
});
