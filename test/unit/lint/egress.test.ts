import { endianness } from 'node:os';
import t from 'tap';
import { egressOf } from '../../../agent/lint/egress.ts';
import { address, hostOf, link, route } from './host.ts';
import { is } from './subjects.ts';

const inventory = {
  links: [
    link(1, 'lo'),
    link(2, 'nic0', { master: 4 }),
    link(3, 'nic1', { master: 4 }),
    link(4, 'bond0', { kind: 'bond' }),
    link(5, 'bond0.100', { kind: 'vlan', lower: 4 }),
    link(6, 'br0', { kind: 'bridge' }),
    link(7, 'bond0.200', { kind: 'vlan', lower: 4, master: 6 }),
    link(8, 'nic2'),
    link(9, 'nic3'),
    link(10, 'dummy0', { kind: 'dummy' }),
  ],
  addresses: [
    address(1, '127.0.0.1/8'),
    address(8, '10.4.0.1/24'),
    address(9, '10.5.0.1/24'),
    address(10, '10.99.0.1/32'),
  ],
  routes: [
    route('0.0.0.0/0', ['10.4.0.254@8'], { metric: 100 }),
    route('0.0.0.0/0', ['10.5.0.254@9'], { metric: 50 }),
    route('10.1.0.0/24', ['@4']),
    route('10.2.0.0/24', ['@5']),
    route('10.3.0.0/24', ['@6']),
    route('10.77.9.2/32', ['10.4.0.2@8', '10.5.0.2@9']),
    route('10.88.0.0/16', [], { nhid: 10 }),
    route('10.89.0.0/16', [], { nhid: 1 }),
    route('10.77.9.2/32', ['10.4.0.3@8'], { table: 100 }),
    route('fd00::/64', ['@5']),
  ],
  nexthops: [
    { id: 1, protocol: 0, ifindex: 8, gateway: '10.4.0.2', dead: false, group: null },
    { id: 2, protocol: 0, ifindex: 9, gateway: '10.5.0.2', dead: false, group: null },
    {
      id: 10,
      protocol: 0,
      ifindex: null,
      gateway: null,
      dead: false,
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 1 },
      ],
    },
  ],
};

const host = hostOf(inventory);
const to = (target: string, more: { local?: string; interface?: string } = {}) => {
  const way = egressOf(host, { address: target, local: null, interface: null, ...more });
  return way.to === 'group' ? way.id : way.to === 'nic' ? way.ifname : way.to;
};

t.test('a bond, a VLAN on it, a bridge above that', async t => {
  t.equal(to('10.1.0.9'), 'bond:bond0');
  t.equal(to('10.2.0.9'), 'bond:bond0');
  t.equal(to('10.3.0.9'), 'bond:bond0');
  t.equal(to('fd00::9'), 'bond:bond0');
});

t.test('routes: the longest prefix, the lowest metric, several next hops, objects', async t => {
  t.equal(to('10.77.9.2'), 'ecmp:10.77.9.2/32');
  t.equal(to('10.88.1.1'), 'nhg:10');
  t.equal(to('10.89.1.1'), 'nic2');
  t.equal(to('192.0.2.1'), 'nic3');
  t.equal(to('fd99::1'), 'unknown');
  t.equal(to('storage.example'), 'unknown');
});

t.test('a connection that names its interface or its own address', async t => {
  t.equal(to('192.0.2.1', { interface: 'nic2' }), 'nic2');
  t.equal(to('10.77.9.2', { interface: 'bond0.100' }), 'bond:bond0');
  t.equal(
    to('192.0.2.1', { local: '10.4.0.1' }),
    'nic2',
    'a rule by source address may lead there',
  );
  t.equal(to('10.77.9.2', { local: '10.4.0.1' }), 'ecmp:10.77.9.2/32');
  t.equal(to('192.0.2.1', { local: '10.99.0.1' }), 'nic3', 'a dummy says nothing of the way');
});

t.test('this host itself', async t => {
  t.equal(to('127.0.0.2'), 'self');
  t.equal(to('10.4.0.1'), 'self');
  t.equal(to('::1'), 'self');
});

t.test('rto_min of the route counts when it is locked, as ip-route does it', async t => {
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    if (endianness() === 'LE') b.writeUInt32LE(n);
    else b.writeUInt32BE(n);
    return b;
  };
  const attribute = (type: number, value: number) => {
    const length = 8;
    const head = endianness() === 'LE' ? (type << 16) | length : (length << 16) | type;
    return Buffer.concat([u32(head), u32(value)]);
  };
  const rto = (metrics: string | null) => {
    const way = egressOf(
      hostOf(
        { ...inventory, routes: [route('10.1.0.0/24', ['@4'], { metrics })] },
        { tcp: { rto_min: is(200), retries2: is(15) } },
      ),
      { address: '10.1.0.2', local: null, interface: null },
    );
    return way.to === 'group' && way.rto_min.state === 'known' ? way.rto_min.value : null;
  };
  const locked = Buffer.concat([attribute(1, 1 << 13), attribute(13, 50)]).toString('hex');
  t.equal(rto(locked), 50);
  t.equal(rto(attribute(13, 50).toString('hex')), 200, 'not locked');
  t.equal(rto(null), 200);
  t.equal(rto('ff'), 200);
  t.equal(rto('ffff0d00'), 200, 'a length that leads outside');
});
