/** The adapter `snmp`, and what it makes of managers that answer anything. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import snmp from 'net-snmp';
import t, { type Test } from 'tap';
import { snmpSettings } from '../../../agent/adapters/snmp/settings.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { openWith } from './broker-support.ts';

t.setTimeout(300_000);

const settings = (fields: object) =>
  snmpSettings.parse({ kind: 'snmp', name: 'nms', address: 'nms.example', ...fields });

t.test('settings that do not fit each other', async t => {
  const wrong = [
    { address: '' },
    { address: 'a b' },
    { address: '-x' },
    { port: 0 },
    { version: '1' },
    { version: '3' },
    { version: '3', user: 'u' },
    { version: '3', user: 'u', auth_file: '/a', community_file: '/c' },
    { user: 'u' },
    { auth_file: '/a' },
    { engine_id: '8000' },
    { enterprise: '1.3.6.1.2.1' },
    { enterprise: '1.3.6.1.4.1.007' },
  ];
  for (const one of wrong) t.throws(() => settings(one), JSON.stringify(one));
  t.ok(settings({ address: '::1', version: '3', user: 'u', auth_file: '/a', priv_file: '/p' }));
});

/** A manager that does this with each packet. */
async function manager(
  t: Test,
  onPacket: (packet: Buffer, answer: (bytes: Buffer) => void) => void,
  address = '127.0.0.1',
): Promise<{ port: number; packets: Buffer[] }> {
  const packets: Buffer[] = [];
  const socket: Socket = createSocket('udp4');
  socket.on('message', (packet, from) => {
    packets.push(packet);
    onPacket(packet, bytes => socket.send(bytes, from.port, from.address));
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return { port: socket.address().port, packets };
}

/** Response to an inform of version 2c: another type of PDU, all else as it came. */
function responseTo(inform: Buffer): Buffer {
  const bytes = Buffer.from(inform);
  const at = bytes.indexOf(snmp.PduType.InformRequest);
  bytes[at] = snmp.PduType.GetResponse;
  return bytes;
}

t.test('an inform that is answered, and by name', async t => {
  const { port, packets } = await manager(t, (packet, answer) => answer(responseTo(packet)));
  for (const address of ['127.0.0.1', 'localhost']) {
    const { send } = await openWith(t, 'snmp', { address, port, link_traps: false });
    t.same(await send('a'), { outcome: 'delivered' });
  }
  t.equal(packets.length, 2);
  // Not what the socket itself is bound to, which leads to 127.0.0.1 as well.
  const other = await manager(t, (packet, answer) => answer(responseTo(packet)), '127.0.0.2');
  const { send } = await openWith(t, 'snmp', { address: '127.0.0.2', port: other.port });
  t.same(await send('a'), { outcome: 'delivered' });
});

t.test('the longest alarm fits into one packet', async t => {
  const { port, packets } = await manager(t, (packet, answer) => answer(responseTo(packet)));
  const long = 'ü'.repeat(1000);
  const longest = change(long, 2 ** 31, 'raised', {
    type: long,
    managedObjectId: long,
    probableCause: long,
    drill: long,
    maintenance: long,
    faultDetails: [long, long],
  });
  for (const enterprise of [
    '1.3.6.1.4.1.8072.9999.9999.7727',
    `1.3.6.1.4.1${'.999999999'.repeat(6)}`,
  ]) {
    const { adapter } = await openWith(t, 'snmp', {
      ...{ address: '127.0.0.1', port, host: 'h'.repeat(255), enterprise },
    });
    const payload = adapter.map(notice(longest), `urn:${'s'.repeat(250)}`);
    t.same(await adapter.send(payload, { deadline_ms: 20_000, fresh: false }), {
      outcome: 'delivered',
    });
  }
  t.equal(packets.length, 2);
  // Version 3 adds at most its header, engine id, user, digest, salt and padding.
  const most = Math.max(...packets.map(({ length }) => length)) + 190;
  t.ok(most <= 1452 && most > 1300, `${most} bytes`);
});

t.test('managers that answer anything', async t => {
  const things: Record<string, (packet: Buffer) => Buffer> = {
    nothing: () => Buffer.alloc(0),
    garbage: () => Buffer.from('00ff01 no protocol at all'),
    'an endless length': () => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1]),
    'half of it': packet => responseTo(packet).subarray(0, packet.length / 2),
    'the inform itself': packet => packet,
    'an error': packet => {
      const bytes = responseTo(packet);
      // PDU type, length (2 bytes), request id (6): then error status.
      const at = bytes.indexOf(snmp.PduType.GetResponse);
      const status = bytes.indexOf(Buffer.from([2, 1, 0]), at);
      bytes[status + 2] = 5;
      return bytes;
    },
    'another community': packet =>
      Buffer.from(responseTo(packet).toString('latin1').replace('public', 'secret'), 'latin1'),
    'version 3': () => Buffer.from('3012020103300d0201090202050504010102010304003000', 'hex'),
  };
  for (const [what, answerTo] of Object.entries(things)) {
    const { port } = await manager(t, (packet, answer) => answer(answerTo(packet)));
    const { send } = await openWith(t, 'snmp', { address: '127.0.0.1', port, link_traps: false });
    const result = await send('a', { deadline_ms: 200 });
    t.match(result, { outcome: 'retry' }, `${what}: ${JSON.stringify(result)}`);
  }
});

t.test('a trap is delivered when it has left', async t => {
  const { port, packets } = await manager(t, () => {});
  const { send } = await openWith(t, 'snmp', {
    ...{ address: '127.0.0.1', port, inform: false, link_traps: false },
  });
  t.same(await send('a'), { outcome: 'delivered' });
  await until(() => packets.length > 0);
  t.ok(packets[0]!.includes(snmp.PduType.TrapV2));
});

t.test('traps of version 3 carry a clock that goes on', async t => {
  const { port, packets } = await manager(t, () => {});
  const context = new TestContext(t);
  const { send } = await openWith(
    t,
    'snmp',
    {
      ...{ address: '127.0.0.1', port, inform: false, link_traps: false, version: '3', user: 'u' },
      ...{ auth_file: context.secret('password1'), engine_id: '8000000001' },
    },
    context,
  );
  t.same(await send('a'), { outcome: 'delivered' });
  await until(() => packets.length > 0);
  const id = Buffer.from('8000000001', 'hex');
  const after = packets[0]!.subarray(packets[0]!.indexOf(id) + id.length);
  const boots = after.readUIntBE(2, after[1]!);
  t.ok(boots > 29_000_000, `${boots} minutes since 1970`);
});

t.test('passwords that are too short are named by their file', async t => {
  const context = new TestContext(t);
  const auth_file = context.secret('seven77');
  const opened = openWith(t, 'snmp', { address: 'x', version: '3', user: 'u', auth_file }, context);
  await t.rejects(opened, { message: `${auth_file}: a password has at least 8 characters` });
});
