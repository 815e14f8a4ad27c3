import t from 'tap';
import { decode } from '../../../agent/drills/inventory.ts';
import { decodeTeam } from '../../../agent/drills/teams.ts';
import { payloads, recorded, recordedAggregates, teamAnswers } from './recorded.ts';

t.test('links', async t => {
  const { links } = recorded('up');
  t.same(
    links.map(({ ifindex, name, kind, admin_up, carrier }) => ({
      ifindex,
      name,
      kind,
      admin_up,
      carrier,
    })),
    [
      { ifindex: 1, name: 'lo', kind: null, admin_up: true, carrier: true },
      { ifindex: 31, name: 'c-a', kind: 'veth', admin_up: true, carrier: true },
      { ifindex: 32, name: 'c-b', kind: 'veth', admin_up: true, carrier: true },
    ],
  );
  const cut = recorded('down').links.find(l => l.name === 'c-a');
  t.match(cut, { admin_up: false, carrier: false });
});

t.test(
  'addresses: the own end of a point-to-point link, and what the kernel made itself',
  async t => {
    const { addresses } = recorded('up');
    const on = addresses.filter(a => a.ifindex === 31);
    t.same(on.find(a => a.address === '10.77.1.5')?.prefix, 32);
    t.notOk(on.some(a => a.address === '10.77.1.6'));
    t.equal(on.find(a => a.address === 'fd00:1::1')?.automatic, false);
    t.equal(on.find(a => a.address.startsWith('fe80:'))?.automatic, true);
  },
);

t.test('multipath routes of both families', async t => {
  const { routes } = recorded('up');
  const four = routes.find(r => r.dst === '10.77.9.2/32');
  t.match(four, { family: 4, table: 254, protocol: 3, prefsrc: '10.77.9.1', nhid: null });
  t.match(four?.metrics, /^08000f0001000000$/, 'quickack 1');
  t.same(four?.hops, [
    { ifindex: 31, gateway: '10.77.1.2', weight: 1, dead: false },
    { ifindex: 32, gateway: '10.77.2.2', weight: 1, dead: false },
  ]);
  t.match(
    routes.find(r => r.dst === 'fd00:9::2/128'),
    {
      family: 6,
      metric: 1024,
      hops: [
        { ifindex: 31, gateway: 'fd00:1::2' },
        { ifindex: 32, gateway: 'fd00:2::2' },
      ],
    },
  );
});

t.test('a hop that died with its link is dead', async t => {
  const route = recorded('down').routes.find(r => r.dst === '10.77.9.2/32');
  t.same(
    route?.hops.map(h => h.dead),
    [true, false],
  );
});

t.test('nexthop objects and groups, and how the kernel shrinks them', async t => {
  t.same(recorded('up').nexthops, [
    { id: 1, protocol: 0, ifindex: 31, gateway: '10.77.1.2', dead: false, group: null },
    { id: 2, protocol: 0, ifindex: 32, gateway: '10.77.2.2', dead: false, group: null },
    {
      id: 10,
      protocol: 0,
      ifindex: null,
      gateway: null,
      dead: false,
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 3 },
      ],
    },
  ]);
  const { nexthops, routes } = recorded('down');
  t.same(
    nexthops.map(n => n.id),
    [2, 10],
  );
  t.same(nexthops.at(-1)?.group, [{ id: 2, weight: 3 }]);
  t.equal(routes.find(r => r.dst === '10.77.10.0/24')?.nhid, 10);
});

t.test('neighbours: a permanent one is told from a learnt one', async t => {
  const { neighbours } = recorded('up');
  t.match(
    neighbours.filter(n => n.permanent),
    [{ ifindex: 31, address: '10.77.1.2', lladdr: '02:00:00:00:00:0a' }],
  );
});

t.test('bonds, their members, and a VLAN on one', async t => {
  const { links } = recordedAggregates();
  const link = (name: string) => links.find(l => l.name === name);
  t.match(link('bond0'), {
    kind: 'bond',
    bond: { mode: 1, miimon_ms: 100, updelay_ms: 200, arp_interval_ms: 0, aggregator: null },
  });
  t.equal(link('bond0')?.bond?.active_ifindex, link('b-a')?.ifindex);
  t.match(link('b-b'), { master: link('bond0')?.ifindex, member: { mii_up: true } });
  t.match(link('bond1')?.bond, { mode: 4, active_ifindex: null });
  t.ok(link('l-a')?.member?.aggregator);
  t.equal(link('l-a')?.member?.aggregator, link('bond1')?.bond?.aggregator);
  t.match(link('bond0.20'), { kind: 'vlan', lower: link('bond0')?.ifindex });
  t.equal(link('b-a')?.lower, null, 'its other end is in another namespace');
  t.match(link('t-a'), { master: link('team0')?.ifindex, member: null });
});

t.test('a team, by generic netlink', async t => {
  const { links, teams } = recordedAggregates();
  const index = (name: string) => links.find(l => l.name === name)?.ifindex;
  t.same(teams, [
    {
      ifindex: index('team0'),
      mode: 'activebackup',
      active_ifindex: index('t-a'),
      linked: [index('t-a'), index('t-b')],
    },
  ]);
  t.same(decodeTeam(5, [], []), { ifindex: 5, mode: '', active_ifindex: null, linked: [] });
  const { options, ports } = teamAnswers();
  for (let size = 4; size < options[0]!.length; size += 7)
    try {
      decodeTeam(5, [options[0]!.subarray(0, size)], ports);
    } catch (error) {
      t.match(error, /length/);
    }
});

t.test(
  'any truncation of a recorded payload is decoded or refused, never read past its end',
  async t => {
    const all = payloads('up');
    let refused = 0;
    for (const [name, list] of Object.entries(all)) {
      const none = { links: [], addresses: [], routes: [], neighbours: [], nexthops: [] };
      for (const payload of list.slice(0, 4)) {
        for (let size = 0; size < payload.length; size += 3) {
          try {
            decode({ ...none, [name]: [payload.subarray(0, size)] });
          } catch (error) {
            refused++;
            if (!(error instanceof Error)) t.fail(`${name} cut at ${size}: ${error}`);
          }
        }
      }
    }
    t.ok(refused > 0);
  },
);
