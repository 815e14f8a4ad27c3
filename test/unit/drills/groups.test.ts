import t from 'tap';
import { groupsOf, unrestorable } from '../../../agent/drills/groups.ts';
import type { InventoryLink } from '../../../agent/drills/inventory.ts';
import { recorded } from './recorded.ts';

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

t.test('only groups of nexthop objects cannot be put back', async t => {
  const [ecmp, , nhg] = groupsOf(recorded('up'));
  t.equal(unrestorable(ecmp!), null);
  t.match(unrestorable(nhg!), /nhg:10/);
});

t.test('a bond with its members', async t => {
  const link = (ifindex: number, name: string, more: Partial<InventoryLink>): InventoryLink => ({
    ifindex,
    name,
    kind: null,
    master: null,
    admin_up: true,
    carrier: true,
    ...more,
  });
  const none = { addresses: [], routes: [], nexthops: [], neighbours: [] };
  const groups = groupsOf({
    ...none,
    links: [
      link(5, 'bond0', { kind: 'bond' }),
      link(2, 'ens1f0', { master: 5 }),
      link(3, 'ens1f1', { master: 5, carrier: false }),
    ],
  });
  t.match(groups, [{ id: 'bond:bond0', kind: 'bond' }]);
  t.same(
    groups[0]?.legs.map(l => [l.ifname, l.healthy]),
    [
      ['ens1f0', true],
      ['ens1f1', false],
    ],
  );
});
