import t from 'tap';
import { address, attributes, mac, text } from '../../../agent/drills/tlv.ts';

const hex = (h: string) => Buffer.from(h.replaceAll(' ', ''), 'hex');

t.test('attributes are found by type, with their padding skipped', async t => {
  const found = attributes(hex('0500 1000 06 000000  0800 0400 1f000000'));
  t.same([...found.keys()], [16, 4]);
  t.same([...(found.get(16) ?? [])], [6]);
  t.equal(found.get(4)?.readUInt32LE(), 31);
});

t.test('the flags for nested and byte order are no part of the type', async t => {
  t.same([...attributes(hex('0800 0980 1f000000')).keys()], [9]);
});

t.test('the last attribute may lack its padding', async t => {
  t.same([...(attributes(hex('0500 2b00 00')).get(43) ?? [])], [0]);
});

t.test('a length outside of the stream is an error, not half a reading', async t => {
  t.throws(() => attributes(hex('0900 0400 1f000000')), /length 9 of 8/);
  t.throws(() => attributes(hex('0300 0400 1f000000')), /length 3/);
});

t.test('fewer bytes than a header are padding', async t => {
  t.equal(attributes(hex('0000')).size, 0);
  t.equal(attributes(Buffer.alloc(0)).size, 0);
});

t.test('addresses', async t => {
  t.equal(address(hex('0a4d0901')), '10.77.9.1');
  const six = {
    fd000009000000000000000000000002: 'fd00:9::2',
    '00000000000000000000000000000000': '::',
    '00000000000000000000000000000001': '::1',
    fe800000000000000000000000000000: 'fe80::',
    '20010db8000000010000000000000001': '2001:db8:0:1::1',
    '20010db8000100020003000400050000': '2001:db8:1:2:3:4:5:0',
    '20010db8000000000001000000000001': '2001:db8::1:0:0:1',
  };
  for (const [bytes, written] of Object.entries(six)) t.equal(address(hex(bytes)), written);
  t.equal(address(hex('0102')), '0102', 'anything else stays readable');
});

t.test('text ends at its NUL', async t => {
  t.equal(text(hex('632d6100')), 'c-a');
  t.equal(text(hex('632d61')), 'c-a');
});

t.test('link-layer addresses', async t => {
  t.equal(mac(hex('02000000000a')), '02:00:00:00:00:0a');
});
