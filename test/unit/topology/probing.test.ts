import t from 'tap';
import { configureRequest } from '../../../agent/topology/probing.ts';
import { createTopology, type TopologyOptions } from '../../../agent/topology/state.ts';
import { type Frame, requestSchema } from '../../../agent/wire.ts';
import { Helper, labRoute, labSnapshots } from '../support/frames.ts';
import { options, topologyOf } from '../support/topology.ts';

const h = new Helper();
const lab = (...more: Frame[]) => topologyOf([h.hello(0), ...labSnapshots(h, 1), ...more]);
const probes = (of: ReturnType<typeof lab>) => configureRequest(of).data.probes;

t.test('one probe per leg, to its gateway, from its own address', async t => {
  const request = configureRequest(lab());
  t.same(requestSchema.parse(request), request);
  t.same(request.data, {
    ports: [[3260, 3260]],
    unacked_ms: 50,
    unanswered_ms: 200,
    probes: [
      { ifindex: 31, source: '10.77.1.1', target: '10.77.1.2', interval_ms: 100, lost_after: 3 },
      { ifindex: 32, source: '10.77.2.1', target: '10.77.2.2', interval_ms: 100, lost_after: 3 },
    ],
  });
});

t.test('a failover changes nothing in it', async t => {
  const before = JSON.stringify(configureRequest(lab()));
  const down = lab(
    h.carrier(5, 31, 'D', 1, 2),
    h.link(5, 31, 'c-a', { admin_up: false, carrier: false, carrier_down_count: 2 }),
    labRoute(h, 6, 'a'),
    h.route(7, '10.77.9.2/32', ['32@10.77.2.2']),
    // IPv6 would lose it.
    h.address(7, 31, '10.77.1.1/30', true),
    h.flow(8, 1, 31, 31),
  );
  t.equal(JSON.stringify(configureRequest(down)), before);
});

t.test('IPv4 before IPv6; IPv6 alone goes from the link-local address', async t => {
  const route = h.route(2, '2001:db8::/32', ['31@fe80::2', '33@fe80::2']);
  const own = [
    h.link(2, 33, 'c-c'),
    h.address(2, 31, 'fe80::1/64'),
    h.address(2, 33, 'fe80::1/64'),
  ];
  t.same(
    probes(lab(...own, route)).map(one => [one.ifindex, one.source, one.target]),
    [
      [31, '10.77.1.1', '10.77.1.2'],
      [32, '10.77.2.1', '10.77.2.2'],
      [33, 'fe80::1', 'fe80::2'],
    ],
  );
});

t.test('configured targets', async t => {
  const wish: TopologyOptions = {
    ...options,
    leg_probes: { interval_ms: 50, lost_after: 5, targets: { 'c-a': '10.77.1.3', 'c-b': 'off' } },
  };
  const topology = topologyOf(labSnapshots(h, 1), createTopology(wish));
  t.same(probes(topology), [
    { ifindex: 31, source: '10.77.1.1', target: '10.77.1.3', interval_ms: 50, lost_after: 5 },
  ]);
});

t.test('nothing to ask: legs without gateway, groups that are gone', async t => {
  const route = h.route(2, '10.5.0.0/16', ['33', '34']);
  const start = lab(h.link(2, 33, 'p-a'), h.link(2, 34, 'p-b'), route);
  t.same(
    probes(start).map(one => one.ifindex),
    [31, 32],
  );
  const told = topologyOf([h.probe(3, 31, true, 2)], start);
  const gone = topologyOf([h.route(4, '10.77.9.2/32', [], { gone: true })], told);
  t.same(probes(gone), []);
  t.same(
    gone.effect.gone.probes.map(one => one.ifindex),
    [31],
    'and what it said is gone',
  );
});
