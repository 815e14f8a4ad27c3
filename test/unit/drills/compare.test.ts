import t from 'tap';
import { compare, isMembersLine, lines } from '../../../agent/drills/compare.ts';
import { recorded, recordedAggregates } from './recorded.ts';

t.test('what concerns a leg, in the words of ip', async t => {
  t.same([...lines(recorded('up'), 31)].sort(), [
    'address 10.77.1.1/30 dev c-a',
    'address 10.77.1.5/32 dev c-a',
    'address fd00:1::1/64 dev c-a',
    'link c-a up, carrier',
    'neighbour 10.77.1.2 lladdr 02:00:00:00:00:0a dev c-a',
    'nexthop 1 via 10.77.1.2 dev c-a',
    'nexthop group 10: 1,1/2,3',
    'route 10.77.1.0/30 dev c-a src 10.77.1.1 proto 2',
    'route 10.77.1.6/32 dev c-a src 10.77.1.5 proto 2',
    'route 10.77.10.0/24 nhid 10 via 10.77.1.2 dev c-a weight 1 nexthop via 10.77.2.2 dev c-b weight 3 proto 3',
    'route 10.77.9.2/32 via 10.77.1.2 dev c-a weight 1 nexthop via 10.77.2.2 dev c-b weight 1 src 10.77.9.1 proto 3 metrics 08000f0001000000',
    'route fd00:1::/64 dev c-a metric 256 proto 2',
    'route fd00:9::2/128 via fd00:1::2 dev c-a weight 1 nexthop via fd00:2::2 dev c-b weight 1 metric 1024 proto 3',
  ]);
});

t.test('the same state has no difference', async t => {
  t.same(compare(lines(recorded('up'), 31), lines(recorded('up'), 31)), []);
});

t.test('a leg that stayed down is told', async t => {
  const left = compare(lines(recorded('up'), 31), lines(recorded('down'), 31));
  const missing = left.filter(d => d.kind === 'missing').map(d => d.what);
  t.ok(missing.includes('link c-a up, carrier'));
  t.ok(missing.includes('address fd00:1::1/64 dev c-a'), 'IPv6 goes with the link');
  t.ok(missing.includes('nexthop 1 via 10.77.1.2 dev c-a'));
  t.match(
    left.filter(d => d.kind === 'added').map(d => d.what),
    ['link c-a down, no carrier', /^route 10\.77\.9\.2\/32 .*c-a weight 1 dead/],
  );
});

t.test("a routing daemon's routes and nexthop objects are its own affair", async t => {
  const inventory = recorded('up');
  const zebra = inventory.routes.find(r => r.dst === '10.77.9.2/32');
  zebra!.protocol = 11;
  t.notOk([...lines(inventory, 31)].some(l => l.includes('10.77.9.2')));
  for (const nexthop of inventory.nexthops) nexthop.protocol = 11;
  t.notOk([...lines(inventory, 31)].some(l => l.startsWith('nexthop')));
});

t.test('the other leg is not concerned', async t => {
  const other = [...lines(recorded('up'), 32)];
  t.notOk(other.some(l => l.startsWith('address') && l.includes('c-a')));
});

t.test('a member of a bond: its membership, and whether the bond would use it', async t => {
  const before = recordedAggregates();
  const leg = before.links.find(l => l.name === 'b-a')!;
  const was = lines(before, leg.ifindex);
  t.same([...was], ['link b-a up, carrier, master bond0', 'member b-a usable in bond:bond0']);

  const switched = recordedAggregates();
  const bond = switched.links.find(l => l.name === 'bond0')!;
  bond.bond!.active_ifindex = switched.links.find(l => l.name === 'b-b')!.ifindex;
  t.same(compare(was, lines(switched, leg.ifindex)), [], 'which one it uses is its own choice');

  const waiting = recordedAggregates();
  waiting.links.find(l => l.name === 'b-a')!.member!.mii_up = false;
  const now = lines(waiting, leg.ifindex);
  t.same(compare(was, now), [{ kind: 'missing', what: 'member b-a usable in bond:bond0' }]);
  t.ok(isMembersLine(compare(was, now)[0]!.what));
  t.same(compare(now, was), [], 'one that is used again is no harm');

  const released = recordedAggregates();
  released.links.find(l => l.name === 'b-a')!.master = null;
  t.match(compare(was, lines(released, leg.ifindex)), [
    { what: 'link b-a up, carrier, master bond0' },
    { what: /^member/ },
    { what: 'link b-a up, carrier' },
  ]);
});
