import t from 'tap';
import { configureRequest } from '../../../agent/topology/probing.ts';
import { createTopology, type TopologyOptions } from '../../../agent/topology/state.ts';
import { tableValues } from '../../../agent/topology/table.ts';
import { type Frame, requestSchema } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { labRoute, labSnapshots } from '../support/lab_frames.ts';
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
  probes(of).map(
    ({ ifindex, method, target, source, vlan }) =>
      `${ifindex} ${method} ${target} ${source}${vlan === undefined ? '' : ` in ${vlan}`}`,
  );

/** A route with a single hop, as the helper tells it for its gateway. */
const lone = (ms: number, dst: string, hop: string, fields = {}) =>
  h.route(ms, dst, [hop], { lone: true, ...fields });
const both = (target: string, tag = '') =>
  [11, 12].map(one => `${one} ${target.includes(':') ? 'nd' : 'arp'} ${target} null${tag}`);

t.test('each member of an active-backup bond asks for the gateway behind it, by ARP', async t => {
  const topology = bonded(
    ACTIVE_BACKUP,
    flowTo(2, 1, '10.5.0.9'),
    h.route(3, '10.6.0.0/16', ['20@10.5.0.253'], { nhid: 7 }),
    lone(3, '0.0.0.0/0', '20@10.5.0.254'),
    lone(3, '::/0', '20@fe80::1'),
  );
  t.same(asked(topology), both('10.5.0.254'));
  t.same(requestSchema.parse(configureRequest(topology)), configureRequest(topology));
  t.same(asked(bonded(ACTIVE_BACKUP, lone(3, '::/0', '20@fe80::1'))), both('fe80::1'));
  const gone = topologyOf([lone(4, '0.0.0.0/0', '20@10.5.0.254', { gone: true })], topology);
  t.same(asked(gone), both('10.5.0.253'), 'and when it is gone for another');
});

t.test('the gateway that storage traffic takes, not just any', async t => {
  const routes = [
    lone(3, '0.0.0.0/0', '20@10.5.0.254'),
    lone(3, '10.9.0.0/16', '20@10.5.0.252'),
    lone(3, '10.9.4.0/24', '20@10.5.0.253'),
    lone(3, '10.9.4.0/24', '33@10.5.0.251', { metric: 50 }),
  ];
  const first = bonded(ACTIVE_BACKUP, flowTo(2, 1, '10.9.4.7'), ...routes);
  t.same(asked(first), both('10.5.0.253'), 'routes that came after the flow');
  const later = bonded(ACTIVE_BACKUP, ...routes, flowTo(4, 1, '10.9.5.7'));
  t.same(asked(later), both('10.5.0.252'), 'and before');
  const second = topologyOf([flowTo(5, 2, '10.9.4.7')], later);
  t.same(asked(second), both('10.5.0.252'), 'stays while it has a flow');
  const moved = topologyOf(
    [flowTo(6, 3, '10.9.5.8'), lone(6, '10.9.5.0/24', '20@10.5.0.250')],
    second,
  );
  t.same(asked(moved), both('10.5.0.250'), 'a route that takes most flows elsewhere');
  const snapshot = h.snapshot(7, 'rtnl', [
    h.bond(7, 20, 'bond0', { mode: 1, active_ifindex: 11 }),
    h.member(7, 11, 'ens11', 20),
    h.member(7, 12, 'ens12', 20),
    h.address(7, 20, '10.5.0.1/24'),
    lone(7, '0.0.0.0/0', '20@10.5.0.249'),
  ]);
  t.same(asked(topologyOf(snapshot, moved)), both('10.5.0.249'), 'by what a snapshot says');
  const restored = createTopology(options, JSON.parse(JSON.stringify(moved.memory)));
  t.same(asked(topologyOf(snapshot, restored)), both('10.5.0.250'), 'kept, without a flow');
});

t.test('flows that are known before their bond is', async t => {
  const early = topologyOf([h.hello(0), flowTo(1, 1, '10.9.4.7')]);
  const after = topologyOf(
    h.snapshot(2, 'rtnl', [
      lone(2, '10.9.0.0/16', '20@10.5.0.253'),
      lone(2, '0.0.0.0/0', '20@10.5.0.254'),
      h.address(2, 20, '10.5.0.1/24'),
      h.member(2, 11, 'ens11', 20),
      h.member(2, 12, 'ens12', 20),
      h.bond(2, 20, 'bond0', { mode: 1, active_ifindex: 11 }),
    ]),
    early,
  );
  t.same(asked(after), both('10.5.0.253'));
  const single = bonded(
    ACTIVE_BACKUP,
    flowTo(2, 1, '10.9.4.7'),
    lone(2, '10.9.0.0/16', '20@10.5.0.253'),
  );
  const memory = { ...single, memory: {} };
  const again = topologyOf([h.member(3, 11, 'ens11', 20, { state: 1 })], memory);
  t.same(asked(again), both('10.5.0.253'), 'or its second member');
});

t.test('on a VLAN above the bond the question has its tag', async t => {
  const vlans = [
    h.link(2, 21, 'bond0.70', { kind: 'vlan', iflink: 20, vlan: 70 }),
    h.link(2, 22, 'bond0.80', { kind: 'vlan', iflink: 20, vlan: 80 }),
    h.address(2, 21, '10.70.0.1/24'),
    h.address(2, 22, '10.80.0.1/24'),
  ];
  const storage = (remote: string) => h.flow(4, 9, 22, 22, { local: '10.80.0.1', remote });
  const uplink = lone(3, '0.0.0.0/0', '20@10.5.0.254');
  const routed = lone(3, '10.9.0.0/16', '22@10.80.0.254');
  const all = bonded(ACTIVE_BACKUP, ...vlans, uplink, routed);
  const tagged = topologyOf([storage('10.9.0.7')], all);
  t.same(asked(tagged), both('10.80.0.254', ' in 80'));
  t.same(requestSchema.parse(configureRequest(tagged)), configureRequest(tagged));
  const beside = bonded(ACTIVE_BACKUP, ...vlans, uplink, storage('10.80.0.9'));
  t.same(asked(beside), both('10.80.0.9', ' in 80'), 'a peer there, not a gateway elsewhere');
  t.same(asked(all), both('10.5.0.254'), 'without storage traffic the bond itself first');
  const only = bonded(ACTIVE_BACKUP, ...vlans, routed);
  t.same(asked(only), both('10.80.0.254', ' in 80'), 'then its VLANs');
  const left = topologyOf([h.link(5, 22, 'bond0.80', { kind: 'vlan', gone: true })], tagged);
  t.same(asked(left), both('10.5.0.254'), 'a VLAN that is gone');
});

t.test('no question can carry two tags, or that of another kind', async t => {
  const other = bonded(
    ACTIVE_BACKUP,
    h.link(2, 21, 'bond0.70', { kind: 'vlan', iflink: 20, vlan: null }),
    h.link(2, 22, 'bond0.70.5', { kind: 'vlan', iflink: 21, vlan: 5 }),
    h.address(2, 22, '10.80.0.1/24'),
    lone(3, '10.9.0.0/16', '22@10.80.0.254'),
    h.flow(4, 9, 22, 22, { local: '10.80.0.1', remote: '10.9.0.7' }),
  );
  t.same(asked(other), []);
});

t.test('configured targets of members: with the tag of their subnet', async t => {
  const targets = { ens11: '10.80.0.77', ens12: '192.0.2.1' };
  const wish = { ...options, leg_probes: { ...options.leg_probes, targets } };
  const topology = topologyOf(
    [
      h.bond(1, 20, 'bond0', { mode: 1, active_ifindex: 11 }),
      h.member(1, 11, 'ens11', 20),
      h.member(1, 12, 'ens12', 20),
      h.link(2, 22, 'bond0.80', { kind: 'vlan', iflink: 20, vlan: 80 }),
      h.address(2, 22, '10.80.0.1/24'),
    ],
    createTopology(wish),
  );
  t.same(asked(topology), ['11 arp 10.80.0.77 null in 80', '12 arp 192.0.2.1 null']);
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

t.test('what was told of a leg that is asked no more is forgotten', async t => {
  const told = (topology: ReturnType<typeof lab>) =>
    [...tableValues(topology.probes)].map(one => one.ifindex);
  const gateway = h.route(3, '0.0.0.0/0', ['20@10.5.0.254']);
  const before = topologyOf(
    [11, 12].map(ifindex => h.probe(4, ifindex, ifindex === 12, 4)),
    bonded(ACTIVE_BACKUP, gateway),
  );
  t.same(told(before), [11, 12]);
  const left = topologyOf([h.link(5, 11, 'ens11', { kind: null })], before);
  t.same(told(left), [12], 'it has left its bond');
  t.same(
    left.effect.gone.probes.map(one => one.ifindex),
    [11],
  );
  const lost = topologyOf([h.route(5, '0.0.0.0/0', ['20@10.5.0.254'], { gone: true })], before);
  t.same(told(lost), [], 'there is no gateway to ask for any more');
  const unsure = topologyOf([h.lost(5, 'rtnl'), h.link(6, 11, 'ens11', { kind: null })], before);
  t.same(told(unsure), [11, 12], 'nobody can say what there is');
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

t.test(
  'a team that keeps a port in reserve is asked like a bond, and so by a VLAN above',
  async t => {
    const team = topologyOf([
      h.hello(0),
      ...h.snapshot(1, 'rtnl', [
        h.link(1, 40, 'team0', { kind: 'team' }),
        h.link(1, 50, 'team0.7', { kind: 'vlan', iflink: 40, vlan: 7 }),
        h.link(1, 41, 't-a', { master_ifindex: 40 }),
        h.link(1, 42, 't-b', { master_ifindex: 40 }),
        h.address(1, 40, '10.5.0.1/24'),
        h.address(1, 50, '10.8.0.1/24'),
      ]),
      h.team(2, 40, 41, ['41u', '42u-']),
      h.flow(3, 1, 50, 50, { local: '10.8.0.1', remote: '10.8.0.9' }),
    ]);
    t.same(asked(team), ['41 arp 10.8.0.9 null in 7', '42 arp 10.8.0.9 null in 7']);
  },
);

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
