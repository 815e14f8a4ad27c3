/** Two sources tell of a link: which one is right. */
import t from 'tap';
import { isPhysical, lowerLink, readLink } from '../../../agent/topology/links.ts';
import { legOf } from '../../../agent/topology/selectors.ts';
import { tableGet } from '../../../agent/topology/table.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const absentCarrier = h.hello(0, {
  sources: [{ name: 'carrier', state: 'absent', reason: 'no BTF' }],
});

function read(frames: Frame[], hello: Frame = h.hello(0)) {
  const topology = topologyOf([hello, ...frames]);
  const link = tableGet(topology.links, 31);
  return link === undefined ? null : readLink(topology, link);
}

const netlink = (ms: number, carrier: boolean, ups: number, downs: number, admin_up = true) =>
  h.link(ms, 31, 'c-a', { carrier, carrier_up_count: ups, carrier_down_count: downs, admin_up });

t.test('a late netlink message does not undo what the carrier source saw', async t => {
  const late = [netlink(1, true, 1, 1), h.carrier(10, 31, 'd', 1, 2), netlink(20, true, 1, 1)];
  t.match(read(late), { carrier: false, t: us(10), ups: 1, downs: 2, via: 'timer' });
});

t.test('order is by the counts, not by arrival', async t => {
  const newer = [h.carrier(10, 31, 'd', 1, 2), netlink(20, true, 2, 2)];
  t.match(read(newer), { carrier: true, via: 'rtnl' });
  t.match(read(newer.toReversed()), { carrier: true, via: 'rtnl' });
});

t.test('without a carrier source netlink alone is believed', async t => {
  const late = [h.carrier(10, 31, 'd', 1, 2), netlink(20, true, 1, 1)];
  t.match(read(late, absentCarrier), { carrier: true });
  const rtnl = h.hello(0, { carrier: { strategy: 'rtnl', interval_us: 0 } });
  t.match(read(late, rtnl), { carrier: true });
});

t.test('administratively down holds, whoever says so', async t => {
  t.match(read([h.carrier(1, 31, 'u', 1, 1), netlink(2, true, 1, 1, false)]), { admin_up: false });
  t.match(read([h.carrier(2, 31, 'D', 1, 2), netlink(3, true, 1, 1, true)]), { admin_up: false });
  const back = [h.carrier(1, 31, 'u', 1, 1), netlink(2, true, 1, 1, false), netlink(3, true, 1, 1)];
  t.match(read(back), { admin_up: true });
});

t.test('after a loss nobody knows, until told again', async t => {
  const before = [netlink(1, true, 1, 1), h.carrier(1, 31, 'u', 1, 1)];
  t.equal(read([...before, h.lost(5, 'carrier')]), null);
  t.match(read([...before, h.lost(5, 'rtnl')]), { carrier: true }, 'the carrier source sees on');
  t.equal(read([...before, h.lost(5, 'ring')]), null, 'lost on the way: anything may be');
  t.match(read([...before, h.lost(5, 'carrier'), h.carrier(6, 31, 'd', 1, 2)]), { carrier: false });
  t.match(read([...before, h.lost(5, 'carrier'), netlink(6, false, 1, 2)]), { carrier: false });
});

t.test('a link that the carrier source sees no more', async t => {
  const seen = [
    netlink(1, true, 1, 1),
    h.carrier(2, 31, 'd', 1, 2),
    ...h.snapshot(3, 'carrier', []),
  ];
  t.equal(read(seen), null, 'what netlink said before is older');
  t.match(read([...seen, netlink(9, false, 1, 2)]), { carrier: false, via: 'rtnl' });
});

t.test('a device made anew under the same number', async t => {
  t.match(read([h.carrier(1, 31, 'u', 5, 5), netlink(1, true, 5, 5), netlink(9, false, 0, 1)]), {
    carrier: false,
    downs: 1,
  });
  const gone = h.link(5, 31, 'c-a', { gone: true });
  t.equal(read([netlink(1, true, 5, 5), gone]), null);
});

t.test('kinds of links', async t => {
  const topology = topologyOf([
    ...labSnapshots(h, 1),
    h.link(2, 2, 'ens1', { kind: null, parent_dev: '0000:3b:00.0', parent_bus: 'pci' }),
    h.link(2, 50, 'ens1.100', { kind: 'vlan', iflink: 2 }),
    h.link(2, 51, 'dummy0', { kind: 'dummy' }),
  ]);
  const link = (ifindex: number) => tableGet(topology.links, ifindex)!;
  t.same(
    [2, 50, 51, 1, 31].filter(i => isPhysical(link(i))),
    [2],
  );
  t.equal(lowerLink(topology, 50)?.name, 'ens1');
  t.equal(
    lowerLink(topology, 31)?.name,
    'c-a',
    'the other end of a veth is nothing that it is built on',
  );
  t.equal(legOf(topology, 31), 'c-a');
  t.equal(legOf(topology, 2), null);
  t.equal(legOf(topology, 99), null);
});
