/** Path groups, and what they remember. */
import t from 'tap';
import { groups, topologyMemory } from '../../../agent/topology/selectors.ts';
import {
  createTopology,
  type Topology,
  type TopologyOptions,
} from '../../../agent/topology/state.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { LAB_GROUP, labRoute, labSnapshots } from '../support/lab_frames.ts';
import { options, topologyOf } from '../support/topology.ts';

const h = new Helper();

/** Each group as `id: leg=state leg=state`. */
const shown = (topology: Topology): string[] =>
  groups(topology).map(group => {
    const legs = group.legs.map(leg => `${leg.id}=${leg.state}`);
    return `${group.id}: ${legs.join(' ')}`;
  });

const lab = (more: Frame[] = [], start?: Topology) =>
  topologyOf([h.hello(0), ...labSnapshots(h, 1), ...more], start);

const links = [h.link(1, 31, 'c-a'), h.link(1, 32, 'c-b'), h.link(1, 33, 'c-c')];

t.test('an ECMP route is a group; a route with one hop is none', async t => {
  const topology = lab([h.route(2, '10.99.0.0/16', ['31@10.77.1.2'])]);
  t.same(shown(topology), [`${LAB_GROUP}: c-a=up c-b=up`]);
  t.match(groups(topology), [
    {
      kind: 'ecmp',
      targets: ['10.77.9.2/32'],
      legs: [
        {
          id: 'c-a',
          ifindex: 31,
          gateway: '10.77.1.2',
          carrier: true,
          admin_up: true,
          answering: null,
        },
        { id: 'c-b' },
      ],
    },
  ]);
});

t.test('IPv6, other tables, two hops on one link', async t => {
  const topology = lab([
    h.route(2, '2001:db8::/32', ['31@fe80::1', '32@fe80::2'], { metric: 1024 }),
    h.route(2, '10.5.0.0/16', ['31@10.77.1.2', '32@10.77.2.2'], { table: 100 }),
    h.route(2, '10.6.0.0/16', ['31@10.77.1.2', '31@10.77.1.3']),
  ]);
  t.same(shown(topology), [
    'ecmp:10.5.0.0/16@100: c-a=up c-b=up',
    `${LAB_GROUP}: c-a=up c-b=up`,
    'ecmp:2001:db8::/32: c-a=up c-b=up',
  ]);
});

t.test('the preferred of two routes counts', async t => {
  const topology = lab([
    h.route(2, '10.77.9.2/32', ['31@10.77.1.2!', '32@10.77.2.2'], { metric: 50 }),
    h.route(3, '10.77.9.2/32', ['31@10.77.1.2', '32@10.77.2.2'], { metric: 10 }),
  ]);
  t.same(shown(topology), [`${LAB_GROUP}: c-a=up c-b=up`], 'metric 0 it was, and is');
  const without = topologyOf([h.route(4, '10.77.9.2/32', [], { gone: true })], topology);
  t.same(shown(without), [`${LAB_GROUP}: c-a=up c-b=up`], 'then the one with 10');
});

t.test('a dead hop is down, a vanished one missing', async t => {
  const dead = lab([labRoute(h, 2, 'a')]);
  t.same(shown(dead), [`${LAB_GROUP}: c-a=down c-b=up`]);
  const short = topologyOf([h.route(3, '10.77.9.2/32', ['32@10.77.2.2'])], dead);
  t.same(shown(short), [`${LAB_GROUP}: c-a=missing c-b=up`]);
  t.match(groups(short)[0]?.legs[0], { gateway: '10.77.1.2', ifindex: 31 });
});

t.test('nexthop objects: the kernel drops one without a word', async t => {
  const whole = topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      ...links,
      h.nexthop(1, 1, '31@10.77.1.2'),
      h.nexthop(1, 2, '32@10.77.2.2'),
      h.nexthop(1, 10, [1, 2]),
      h.route(1, '10.77.9.2/32', ['31@10.77.1.2', '32@10.77.2.2'], { nhid: 10 }),
      h.route(1, '10.78.0.0/16', [], { nhid: 10 }),
      h.route(1, '10.79.0.0/16', ['31@10.77.1.2'], { nhid: 1 }),
    ]),
  ]);
  t.same(shown(whole), ['nhg:10: c-a=up c-b=up'], 'the routes are no groups of their own');
  t.same(groups(whole)[0]?.targets, ['10.77.9.2/32', '10.78.0.0/16']);
  const shrunk = topologyOf(
    [h.nexthop(2, 10, [2]), h.nexthop(2, 1, '31@10.77.1.2', { gone: true })],
    whole,
  );
  t.same(shown(shrunk), ['nhg:10: c-a=missing c-b=up']);
  const back = topologyOf([h.nexthop(3, 1, '31@10.77.1.2'), h.nexthop(3, 10, [1, 2])], shrunk);
  t.same(shown(back), ['nhg:10: c-a=up c-b=up']);
});

t.test('bonds and teams', async t => {
  const topology = topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      h.member(1, 11, 'ens1', 20),
      h.member(1, 12, 'ens2', 20, { mii_status: 2 }),
      h.bond(1, 20, 'bond0', { active_ifindex: 11 }),
      h.link(1, 40, 'team0', { kind: 'team' }),
      h.link(1, 41, 't-a', { master_ifindex: 40 }),
      h.link(1, 42, 't-b', { master_ifindex: 40, carrier: false }),
    ]),
  ]);
  t.same(shown(topology), ['bond:bond0: ens1=up ens2=down', 'team:team0: t-a=up t-b=down']);
  const released = topologyOf([h.link(2, 12, 'ens2', { kind: null })], topology);
  t.equal(shown(released)[0], 'bond:bond0: ens1=up ens2=missing');
});

t.test('taken away while in use: gone; taken away with its last leg: the path is lost', async t => {
  const gone = topologyOf([h.route(2, '10.77.9.2/32', [], { gone: true })], lab());
  t.same(shown(gone), []);
  t.match(gone.effect.gone.groups, [{ id: LAB_GROUP }]);

  const lost = lab([
    h.carrier(2, 31, 'D', 1, 2),
    h.carrier(2, 32, 'D', 1, 2),
    h.route(3, '10.77.9.2/32', [], { gone: true }),
  ]);
  t.same(shown(lost), [`${LAB_GROUP}: c-a=missing c-b=missing`]);
  const links = topologyOf([h.carrier(4, 31, 'u', 2, 2), h.carrier(4, 32, 'u', 2, 2)], lost);
  t.same(
    shown(links),
    [`${LAB_GROUP}: c-a=missing c-b=missing`],
    'the kernel does not give it back',
  );
  t.same(shown(topologyOf([labRoute(h, 5)], links)), [`${LAB_GROUP}: c-a=up c-b=up`]);
});

t.test('a route that is replaced by way of nothing is the same group', async t => {
  const gone = topologyOf([h.route(2, '10.77.9.2/32', [], { gone: true })], lab());
  const short = [h.route(20, '10.77.9.2/32', ['32@10.77.2.2'])];
  t.same(shown(topologyOf(short, gone)), [`${LAB_GROUP}: c-a=missing c-b=up`]);
  const later = [h.route(61_000, '10.77.9.2/32', ['32@10.77.2.2'])];
  t.same(shown(topologyOf(later, gone)), [], 'a minute later it is another route');
});

t.test('a leg in the place of another is no missing leg, as long as that works', async t => {
  const start = lab([h.link(2, 33, 'c-c')]);
  const moved = [h.route(3, '10.77.9.2/32', ['31@10.77.1.2', '33@10.77.3.2'])];
  t.same(shown(topologyOf(moved, start)), [`${LAB_GROUP}: c-a=up c-c=up`]);
  const dead = topologyOf([h.carrier(2, 32, 'd', 1, 2), ...moved], start);
  t.same(shown(dead), [`${LAB_GROUP}: c-a=up c-b=missing c-c=up`]);
});

t.test('a leg that gets another name stays the leg', async t => {
  const topology = lab([h.link(2, 31, 'storage0')]);
  t.same(shown(topology), [`${LAB_GROUP}: c-b=up storage0=up`]);
});

t.test('after a restart of the agent the legs of before are remembered', async t => {
  const memory = JSON.parse(JSON.stringify(topologyMemory(lab())));
  const h2 = new Helper();
  const short = [
    h2.hello(0),
    ...h2.snapshot(1, 'rtnl', [...links, h2.route(1, '10.77.9.2/32', ['32@10.77.2.2'])]),
  ];
  const again = topologyOf(short, createTopology(options, memory));
  t.same(shown(again), [`${LAB_GROUP}: c-a=missing c-b=up`]);
  const none = topologyOf(
    [h2.hello(0), ...h2.snapshot(1, 'rtnl', links)],
    createTopology(options, memory),
  );
  t.same(shown(none), []);
  t.match(none.effect.gone.groups, [{ id: LAB_GROUP }], 'what is gone since then is told');
});

t.test('only what the configuration wants', async t => {
  const wish = (include: string[], exclude: string[]): TopologyOptions => ({
    ...options,
    groups: { include, exclude, budget_ms: {} },
  });
  const more = [h.route(2, '10.88.0.0/16', ['31@10.77.1.2', '32@10.77.2.2'])];
  const only = lab(more, createTopology(wish(['ecmp:10.88.*'], [])));
  t.same(shown(only), ['ecmp:10.88.0.0/16: c-a=up c-b=up']);
  const without = lab(more, createTopology(wish(['*'], ['ecmp:10.88.*'])));
  t.same(shown(without), [`${LAB_GROUP}: c-a=up c-b=up`]);
});

t.test('more groups than can be watched are counted', async t => {
  const many = Array.from({ length: 300 }, (_, i) =>
    h.route(2, `10.100.${i >> 8}.${i & 255}/32`, ['31@10.77.1.2', '32@10.77.2.2']),
  );
  const topology = lab(many);
  t.equal(groups(topology).length, 256);
  t.equal(topology.unwatched.size, 45);
});
