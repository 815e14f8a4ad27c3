import t from 'tap';
import { configureRequest } from '../../../agent/topology/probing.ts';
import { createTopology, type TopologyOptions } from '../../../agent/topology/state.ts';
import { type Frame, requestSchema } from '../../../agent/wire.ts';
import { Helper, labRoute, labSnapshots } from '../support/frames.ts';
import { options, topologyOf } from '../support/topology.ts';

const h = new Helper();
const lab = (...more: Frame[]) => topologyOf([h.hello(0), ...labSnapshots(h, 1), ...more]);
const probes = (of: ReturnType<typeof lab>) => configureRequest(of).data.probes;

const icmp = { method: 'icmp', interval_ms: 100, burst_ms: 20, lost_after: 3 } as const;

t.test('one probe per leg, to its gateway, from its own address', async t => {
  const request = configureRequest(lab());
  t.same(requestSchema.parse(request), request);
  t.same(request.data, {
    ports: [[3260, 3260]],
    unacked_ms: 50,
    unanswered_ms: 200,
    probes: [
      { ifindex: 31, source: '10.77.1.1', target: '10.77.1.2', ...icmp },
      { ifindex: 32, source: '10.77.2.1', target: '10.77.2.2', ...icmp },
    ],
    bfd: [],
    io_stalled_ms: 1000,
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
    leg_probes: {
      interval_ms: 50,
      burst_ms: 25,
      lost_after: 5,
      targets: { 'c-a': '10.77.1.3', 'c-b': 'off' },
    },
  };
  const topology = topologyOf(labSnapshots(h, 1), createTopology(wish));
  t.same(probes(topology), [
    {
      ifindex: 31,
      source: '10.77.1.1',
      target: '10.77.1.3',
      method: 'icmp',
      interval_ms: 50,
      burst_ms: 25,
      lost_after: 5,
    },
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

/** bond0 (20) with 10.5.0.1/24, of ens11 and ens12. */
const bonded = (mode: number, ...more: Frame[]) =>
  topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      h.bond(1, 20, 'bond0', { mode, active_ifindex: mode === 1 ? 11 : null }),
      h.member(1, 11, 'ens11', 20),
      h.member(1, 12, 'ens12', 20),
      h.address(1, 20, '10.5.0.1/24'),
      h.address(1, 20, 'fd05::1/64'),
    ]),
    ...more,
  ]);
const ACTIVE_BACKUP = 1;
const flowTo = (ms: number, number: number, remote: string, out = 20) =>
  h.flow(ms, number, out, out, { local: '10.5.0.1', remote });
const asked = (of: ReturnType<typeof lab>) =>
  probes(of).map(one => `${one.ifindex} ${one.method} ${one.target} ${one.source}`);

t.test('each member of an active-backup bond asks for the gateway behind it, by ARP', async t => {
  const topology = bonded(
    ACTIVE_BACKUP,
    flowTo(2, 1, '10.5.0.9'),
    h.route(3, '10.6.0.0/16', ['20@10.5.0.253']),
    h.route(3, '0.0.0.0/0', ['20@10.5.0.254']),
    h.route(3, '::/0', ['20@fe80::1']),
  );
  t.same(asked(topology), ['11 arp 10.5.0.254 null', '12 arp 10.5.0.254 null']);
  t.same(requestSchema.parse(configureRequest(topology)), configureRequest(topology));
  const six = bonded(ACTIVE_BACKUP, h.route(3, '::/0', ['20@fe80::1']));
  t.same(asked(six), ['11 nd fe80::1 null', '12 nd fe80::1 null']);
});

t.test(
  'else for a storage peer in its subnet, that stays while connections come and go',
  async t => {
    t.same(asked(bonded(ACTIVE_BACKUP)), [], 'nobody to ask');
    const told = bonded(
      ACTIVE_BACKUP,
      flowTo(2, 1, '10.7.0.9'),
      flowTo(2, 2, '10.5.0.9'),
      flowTo(2, 3, '10.5.0.8'),
    );
    const nine = ['11 arp 10.5.0.9 null', '12 arp 10.5.0.9 null'];
    t.same(asked(told), nine);
    const closed = topologyOf(
      [h.flow(3, 2, 20, 20, { local: '10.5.0.1', remote: '10.5.0.9', closed: true })],
      told,
    );
    t.same(asked(closed), nine, 'the flow is gone, the peer may be asked still');
    const other = topologyOf([flowTo(4, 4, '10.5.0.8')], closed);
    t.same(
      asked(other),
      ['11 arp 10.5.0.8 null', '12 arp 10.5.0.8 null'],
      'there is no flow to it any more',
    );
    const restarted = topologyOf(
      [
        h.bond(9, 20, 'bond0', { active_ifindex: 11 }),
        h.member(9, 11, 'ens11', 20),
        h.member(9, 12, 'ens12', 20),
      ],
      createTopology(options, JSON.parse(JSON.stringify(told.memory))),
    );
    t.same(asked(restarted), nine, 'known after a restart');
  },
);

t.test('a failover of the bond changes nothing in it', async t => {
  const before = bonded(ACTIVE_BACKUP, flowTo(2, 1, '10.5.0.9'));
  const after = topologyOf(
    [
      h.activeMember(5, 20, 11, 12),
      h.bond(5, 20, 'bond0', { active_ifindex: 12 }),
      h.member(
        5,
        11,
        'ens11',
        20,
        { state: 1, mii_status: 2 },
        { carrier: false, carrier_down_count: 2 },
      ),
      flowTo(6, 1, '10.5.0.9'),
    ],
    before,
  );
  t.equal(JSON.stringify(configureRequest(after)), JSON.stringify(configureRequest(before)));
  const left = topologyOf([h.link(7, 12, 'ens12', { kind: null })], after);
  t.same(asked(left), ['11 arp 10.5.0.9 null'], 'one that has left it is not asked');
});

t.test('where all members are in use none is asked: an answer comes by any of them', async t => {
  for (const mode of [0, 2, 3, 4, 5, 6]) {
    const topology = topologyOf(
      [flowTo(2, 1, '10.5.0.9'), h.route(3, '0.0.0.0/0', ['20@10.5.0.254'])],
      bonded(mode),
    );
    t.same(asked(topology), [], `mode ${mode}`);
  }
});

t.test('a team that keeps a port in reserve is asked like a bond; a VLAN above is not', async t => {
  const team = topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      h.link(1, 40, 'team0', { kind: 'team' }),
      h.link(1, 50, 'team0.7', { kind: 'vlan', iflink: 40 }),
      h.link(1, 41, 't-a', { master_ifindex: 40 }),
      h.link(1, 42, 't-b', { master_ifindex: 40 }),
      h.address(1, 40, '10.5.0.1/24'),
      h.address(1, 50, '10.8.0.1/24'),
      h.route(1, '10.9.0.0/16', ['50@10.8.0.254']),
    ]),
    h.team(2, 40, 41, ['41u', '42u-']),
    h.flow(3, 1, 50, 50, { local: '10.8.0.1', remote: '10.8.0.9' }),
  ]);
  t.same(asked(team), [], 'its questions would go untagged');
  const plain = topologyOf([flowTo(4, 2, '10.5.0.9', 40)], team);
  t.same(asked(plain), ['41 arp 10.5.0.9 null', '42 arp 10.5.0.9 null']);
});

t.test('no more probes than the helper takes, no faster than it takes them', async t => {
  const links = Array.from({ length: 80 }, (_, i) => 100 + i);
  const topology = topologyOf([
    h.hello(0),
    ...links.map(one => h.link(1, one, `p${one}`)),
    ...[0, 1, 2, 3, 4].map(n => {
      const hops = links.slice(16 * n, 16 * (n + 1)).map(one => `${one}@10.1.${one}.2`);
      return h.route(2, `10.${n}.0.0/16`, hops);
    }),
  ]);
  const request = configureRequest(topology);
  t.same(requestSchema.parse(request), request);
  t.equal(request.data.probes.length, 64);
  const rate = request.data.probes.reduce(
    (sum, { interval_ms, burst_ms }) => sum + 1000 / Math.min(interval_ms, burst_ms),
    0,
  );
  t.ok(rate <= 2000, `${rate} a second`);
});
