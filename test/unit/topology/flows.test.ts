import t from 'tap';
import { flows, groups } from '../../../agent/topology/selectors.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { flowName, LAB_GROUP, labRoute, labSnapshots } from '../support/lab_frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const lab = (...more: Frame[]) => topologyOf([h.hello(0), ...labSnapshots(h, 1), ...more]);
const flow = (...more: Frame[]) => flows(lab(...more))[0];

t.test('a flow: its name, its service, its legs, its group', async t => {
  t.same(flow(h.flow(2, 1, 31, 32)), {
    id: flowName(1),
    role: 'client',
    service_port: 3260,
    protocol: 'iscsi',
    target_name: null,
    group: LAB_GROUP,
    leg_out: 'c-a',
    leg_in: 'c-b',
    srtt_us: 100,
    state: 'moving',
    since_us: null,
  });
  const server = { role: 'server', local_port: 3260, remote_port: 40001 } as const;
  t.match(flow(h.flow(2, 1, null, null, server)), {
    id: '10.77.9.1:3260-10.77.9.2:40001',
    service_port: 3260,
    leg_out: null,
    group: LAB_GROUP,
  });
  const v6 = { local: 'fd00::1', remote: 'fd00::2' };
  t.equal(flow(h.flow(2, 1, null, null, v6))?.id, '[fd00::1]:40001-[fd00::2]:3260');
});

t.test('which group carries it', async t => {
  const group = (frame: Frame, ...more: Frame[]) => flow(...more, frame)?.group;
  t.equal(group(h.flow(2, 1, 31, 31)), LAB_GROUP, 'by its route');
  t.equal(
    group(h.flow(2, 1, 31, 31, { remote: '10.77.1.2' })),
    null,
    'a neighbour is reached directly',
  );
  t.equal(
    group(h.flow(2, 1, 31, 31, { remote: '172.16.0.1' })),
    LAB_GROUP,
    'by its leg, if nothing better is known',
  );
  t.equal(group(h.flow(2, 1, 5, 5, { remote: '172.16.0.1' })), null);
  const wide = h.route(2, '10.0.0.0/8', ['31@10.77.1.2', '32@10.77.2.2']);
  t.equal(group(h.flow(2, 1, 31, 31), wide), LAB_GROUP, 'the longest prefix');
  t.equal(group(h.flow(2, 1, 31, 31, { remote: '10.1.1.1' }), wide), 'ecmp:10.0.0.0/8');
  const ruled = h.route(2, '172.16.0.0/12', ['31@10.77.1.2', '32@10.77.2.2'], { table: 100 });
  const elsewhere = h.route(2, '172.16.0.0/12', ['5@192.168.0.1', '6@192.168.1.1']);
  t.equal(
    group(h.flow(2, 1, 31, 31, { remote: '172.16.0.1' }), ruled, elsewhere),
    'ecmp:172.16.0.0/12@100',
    'another table, if the main one does not lead to its device',
  );
  const objects = [
    h.nexthop(2, 1, '31@10.77.1.2'),
    h.nexthop(2, 2, '32@10.77.2.2'),
    h.nexthop(2, 10, [1, 2]),
    h.route(2, '10.9.0.0/16', [], { nhid: 10 }),
  ];
  t.equal(group(h.flow(2, 1, 31, 31, { remote: '10.9.0.1' }), ...objects), 'nhg:10');
});

t.test('a default route by a bond does not make it the group of what goes elsewhere', async t => {
  const links = [
    h.link(1, 11, 'ens1', { master_ifindex: 20 }),
    h.link(1, 12, 'ens2', { master_ifindex: 20 }),
    h.bond(1, 20, 'bond0', { active_ifindex: 12 }),
    h.route(1, '0.0.0.0/0', ['20@10.5.0.254'], { lone: true }),
    h.route(1, '10.77.0.0/16', ['20@10.5.0.254'], { lone: true }),
  ];
  const group = (frame: Frame) => flow(...links, frame)?.group;
  t.equal(group(h.flow(2, 1, 5, 5, { remote: '172.16.0.1' })), null, 'by a NIC that is no leg');
  t.equal(group(h.flow(2, 1, null, null, { remote: '172.16.0.1' })), null, 'not seen to leave yet');
  t.equal(group(h.flow(2, 1, 20, 20, { remote: '172.16.0.1' })), 'bond:bond0', 'by the bond');
  t.equal(group(h.flow(2, 1, null, null)), LAB_GROUP);
  t.equal(group(h.flow(2, 1, 31, 31, { remote: '10.77.40.1' })), LAB_GROUP, 'by its leg');
});

t.test('a lone route in the place of a multipath one is not that group', async t => {
  const default_ = h.route(2, '0.0.0.0/0', ['31@10.77.1.2', '32@10.77.2.2'], { metric: 10 });
  const bond = [
    h.link(1, 11, 'ens1', { master_ifindex: 20 }),
    h.link(1, 12, 'ens2', { master_ifindex: 20 }),
    h.bond(1, 20, 'bond0', { active_ifindex: 12 }),
    h.route(2, '0.0.0.0/0', ['20@10.5.0.254'], { lone: true, metric: 20 }),
  ];
  const legs = (...more: Frame[]) =>
    groups(lab(...bond, default_, ...more)).find(({ id }) => id === 'ecmp:0.0.0.0/0')?.legs;
  t.equal(legs()?.length, 2);
  t.equal(legs(h.route(3, '0.0.0.0/0', [], { metric: 10, gone: true })), undefined);
});

t.test('a flow on a bond, or on a VLAN of it, uses its active member', async t => {
  const topology = topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      h.link(1, 11, 'ens1', { master_ifindex: 20 }),
      h.link(1, 12, 'ens2', { master_ifindex: 20 }),
      h.bond(1, 20, 'bond0', { active_ifindex: 12 }),
      h.link(1, 21, 'bond0.7', { kind: 'vlan', iflink: 20 }),
    ]),
    h.flow(2, 1, 20, 20),
    h.flow(2, 2, 21, 21),
  ]);
  for (const one of flows(topology)) {
    t.match(one, { group: 'bond:bond0', leg_out: 'ens2', leg_in: 'ens2' });
  }
});

t.test('its group stays when the path is lost altogether', async t => {
  const topology = lab(
    h.flow(2, 1, 31, 31),
    h.route(2, '0.0.0.0/0', ['31@10.77.1.2', '32@10.77.2.2']),
    h.carrier(3, 31, 'D', 1, 2),
    h.carrier(3, 32, 'D', 1, 2),
    h.route(4, '10.77.9.2/32', [], { gone: true }),
    h.stall(60, 1, 5, 31, 31),
  );
  t.equal(flows(topology)[0]?.group, LAB_GROUP);
});

t.test('stalled, slow, moving', async t => {
  const state = (...more: Frame[]) => {
    const { state, since_us } = flow(h.flow(2, 1, 31, 31), ...more)!;
    return [state, since_us];
  };
  t.same(state(h.stall(60, 1, 5, 31, 31)), ['stalled', us(5)]);
  t.same(state(h.stall(60, 1, 5, 31, 31, 'unanswered')), ['slow', us(5)]);
  t.same(state(h.stall(60, 1, 5, 31, 31, 'unsent'), h.stall(60, 1, 5, 31, 31, 'unanswered')), [
    'stalled',
    us(5),
  ]);
  t.same(
    state(h.stall(60, 1, 5, 31, 31, 'unsent'), h.resume(99, 1, 5, 31, 31, 'unacked')),
    ['moving', null],
    'unsent data that left and was acknowledged',
  );
  t.same(
    state(h.stall(60, 1, 5, 31, 31, 'unanswered'), h.resume(99, 1, 5, 31, 31, 'unacked')),
    ['slow', us(5)],
    'an acknowledgement is no answer',
  );
  t.same(state(h.flow(70, 1, 32, 31), h.stall(71, 9, 1, 31, 31)), ['moving', null]);
});

t.test('legs move with every frame that names them', async t => {
  const legs = (...more: Frame[]) => {
    const { leg_out, leg_in } = flow(h.flow(2, 1, 31, 31), ...more)!;
    return [leg_out, leg_in];
  };
  t.same(legs(h.switch(5, 1, 'out', 31, 32)), ['c-b', 'c-a']);
  t.same(legs(h.switch(5, 1, 'in', 31, 32)), ['c-a', 'c-b']);
  t.same(legs(h.stall(60, 1, 5, 32, null)), ['c-b', 'c-a'], 'not known is as before');
});

t.test('a port used again is another connection', async t => {
  const again = lab(
    h.flow(2, 1, 31, 31),
    h.stall(60, 1, 5, 31, 31),
    h.flow(70, 2, 32, 32, { local_port: 40001 }),
  );
  t.match(flows(again), [{ id: flowName(1), state: 'moving', leg_out: 'c-b' }]);
  const old = topologyOf([h.flow(71, 1, 31, 31, { closed: true })], again);
  t.equal(flows(old).length, 1, "the old one's end is not its end");
  const end = topologyOf([h.flow(72, 2, 32, 32, { local_port: 40001, closed: true })], old);
  t.same(flows(end), []);
});

t.test('the route may come after the flow', async t => {
  const topology = topologyOf([
    h.flow(1, 1, 31, 31),
    h.link(2, 31, 'c-a'),
    h.link(2, 32, 'c-b'),
    labRoute(h, 3),
  ]);
  t.match(flows(topology), [{ group: LAB_GROUP, leg_out: 'c-a' }]);
});
