import t from 'tap';
import { contains, parseAddress, parsePrefix } from '../../../agent/topology/prefix.ts';

t.test('addresses', async t => {
  t.same(parseAddress('10.0.0.1'), { family: 4, bits: 0x0a000001n });
  t.same(parseAddress('::1'), { family: 6, bits: 1n });
  t.same(parseAddress('fe80::1:2'), { family: 6, bits: (0xfe80n << 112n) | 0x10002n });
  t.same(parseAddress('1:2:3:4:5:6:7:8')?.bits, 0x00010002000300040005000600070008n);
  t.same(
    parseAddress('::ffff:10.0.0.1'),
    { family: 4, bits: 0x0a000001n },
    'an IPv4 address, mapped',
  );
  for (const bad of [
    '',
    '10.0.0',
    '10.0.0.256',
    '1:2',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    'g::1',
    ':::',
    '10.0.0.1.2',
  ]) {
    t.equal(parseAddress(bad), null, bad);
  }
});

t.test('prefixes', async t => {
  const has = (prefix: string, address: string) => {
    const [p, a] = [parsePrefix(prefix), parseAddress(address)];
    return p !== null && a !== null && contains(p, a);
  };
  t.ok(has('10.77.9.0/24', '10.77.9.2'));
  t.ok(has('10.77.9.9/24', '10.77.9.2'), 'host bits do not matter');
  t.notOk(has('10.77.9.0/24', '10.77.8.2'));
  t.ok(has('0.0.0.0/0', '1.2.3.4'));
  t.notOk(has('0.0.0.0/0', '::1'), 'families are apart');
  t.ok(has('2001:db8::/32', '2001:db8:1::1'));
  for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x', '::/129', 'x/8']) {
    t.equal(parsePrefix(bad), null, bad);
  }
});
