import t from 'tap';
import { groupsOf } from '../../../agent/drills/groups.ts';
import type { Inventory } from '../../../agent/drills/inventory.ts';
import { recorded, recordedAggregates } from './recorded.ts';

t.test('multipath routes and nexthop groups, with the ids that the agent uses', async t => {
  const groups = groupsOf(recorded('up'));
  t.same(
    groups.map(g => [g.id, g.kind, g.targets, g.legs.map(l => l.ifname)]),
    [
      ['ecmp:10.77.9.2/32', 'ecmp', ['10.77.9.2/32'], ['c-a', 'c-b']],
      ['ecmp:fd00:9::2/128', 'ecmp', ['fd00:9::2/128'], ['c-a', 'c-b']],
      ['nhg:10', 'nexthop_group', ['10.77.10.0/24'], ['c-a', 'c-b']],
    ],
  );
  t.ok(groups.every(g => g.legs.every(l => l.healthy)));
});

t.test('a leg that is down is not healthy, and a group of one leg is none', async t => {
  const groups = groupsOf(recorded('down'));
  t.same(
    groups.find(g => g.id === 'ecmp:10.77.9.2/32')?.legs.map(l => l.healthy),
    [false, true],
  );
  t.notOk(groups.some(g => g.id === 'nhg:10'));
});

t.test("only a routing daemon's nexthop objects cannot be put back", async t => {
  t.ok(groupsOf(recorded('up')).every(g => g.unrestorable === null));
  for (const id of [1, 10]) {
    const inventory = recorded('up');
    inventory.nexthops.find(n => n.id === id)!.protocol = 11; // RTPROT_ZEBRA
    const [ecmp, , nhg] = groupsOf(inventory);
    t.equal(ecmp!.unrestorable, null);
    t.match(nhg!.unrestorable, new RegExp(`object ${id},.* protocol 11`));
  }
});

t.test('bonds and teams: members, what leaves by them, the one in use', async t => {
  const groups = groupsOf(recordedAggregates());
  t.same(
    groups.map(g => [g.id, g.kind, g.legs.map(l => l.ifname), g.active]),
    [
      ['bond:bond0', 'bond', ['b-a', 'b-b'], 'b-a'],
      ['bond:bond1', 'bond', ['l-a', 'l-b'], null],
      ['team:team0', 'team', ['t-a', 't-b'], 't-a'],
    ],
  );
  t.ok(groups.every(g => g.legs.every(l => l.healthy)));
  t.same(groups[0]?.targets, ['10.77.9.0/24', '10.77.20.0/24', '10.98.0.0/16', '10.99.0.0/16']);
  t.equal(groups[0]?.rejoin_ms, 500, 'three looks, and updelay');
  t.ok(groups[1]!.rejoin_ms > 30_000, 'a slow LACP partner');
  t.ok(groups.every(g => g.unrestorable === null));
});

t.test('what leaves by a bridge that the bond is a port of', async t => {
  const inventory = recordedAggregates();
  const bond = inventory.links.find(l => l.name === 'bond1')!;
  inventory.links.push({ ...bond, ifindex: 90, name: 'br-ex', kind: 'bridge', bond: null });
  bond.master = 90;
  for (const route of inventory.routes)
    for (const hop of route.hops) if (hop.ifindex === bond.ifindex) hop.ifindex = 90;
  t.same(groupsOf(inventory).find(g => g.id === 'bond:bond1')?.targets, ['10.77.8.0/24']);
});

t.test('a member is usable when its link is up and its master would use it', async t => {
  const healthy = (change: (inventory: Inventory) => void, id: string) => {
    const inventory = recordedAggregates();
    change(inventory);
    return groupsOf(inventory)
      .find(g => g.id === id)
      ?.legs.map(l => l.healthy);
  };
  const link = (inventory: Inventory, name: string) => inventory.links.find(l => l.name === name)!;
  const cases: [string, string, (inventory: Inventory) => void][] = [
    ['carrier', 'bond:bond0', i => Object.assign(link(i, 'b-a'), { carrier: false })],
    ['admin', 'bond:bond0', i => Object.assign(link(i, 'b-a'), { admin_up: false })],
    ['MII', 'bond:bond0', i => Object.assign(link(i, 'b-a').member!, { mii_up: false })],
    ['aggregator', 'bond:bond1', i => Object.assign(link(i, 'l-a').member!, { aggregator: 9 })],
    ['LACP', 'bond:bond1', i => Object.assign(link(i, 'l-a').member!, { distributing: false })],
    ["the team's watch", 'team:team0', i => i.teams[0]!.linked.shift()],
  ];
  for (const [what, id, change] of cases) t.same(healthy(change, id), [false, true], what);
});

t.test('balance-tlb has an active member, but its connections leave by any', async t => {
  const inventory = recordedAggregates();
  inventory.links.find(l => l.name === 'bond0')!.bond!.mode = 5;
  t.equal(groupsOf(inventory)[0]?.active, null);
});
