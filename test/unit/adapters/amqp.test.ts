/** The adapter `amqp`, and what it makes of brokers that answer anything. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t, { type Test } from 'tap';
import { alarmMessage } from '../../../agent/adapters/amqp/map.ts';
import { amqpSettings } from '../../../agent/adapters/amqp/settings.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice } from '../support/alarm.ts';
import { authority } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { type Heard, say, serveAmqp } from './amqp-broker.ts';
import { openWith, serving } from './broker-support.ts';

t.setTimeout(300_000);

const settings = (fields: object = {}) =>
  amqpSettings.parse({ kind: 'amqp', name: 'mq', urls: ['amqp://x'], host: 'c1', ...fields });

async function against(
  t: Test,
  instead: (heard: Heard, socket: Socket, connection: number) => Buffer | null,
  fields: object = {},
) {
  let count = 0;
  const { port, connections } = await serving(t, createServer(), socket => {
    const connection = ++count;
    serveAmqp(socket, heard => instead(heard, socket, connection));
  });
  const urls = [`amqp://127.0.0.1:${port}/%2Fvhost`];
  return { ...(await openWith(t, 'amqp', { urls, ...fields })), connections };
}

const nothing = Buffer.alloc(0);

t.test('confirmed over one connection', async t => {
  const { send, connections } = await against(t, () => null);
  const all = await Promise.all(['a', 'b', 'c'].map(id => send(id)));
  t.same(all, Array(3).fill({ outcome: 'delivered' }));
  t.equal(connections(), 1);
});

t.test('what the broker does with a message', async t => {
  const { source } = new TestContext(t);
  const messageId = alarmMessage(notice(change('a', 1)), source, settings()).message.message_id;
  const cases: [string, (heard: Heard) => Buffer, RegExp][] = [
    ['nack', ({ channel, tag }) => say.nack(channel, tag), /did not take it/],
    [
      'returned',
      ({ channel, tag }) =>
        Buffer.concat([say.returned(channel, messageId), say.ack(channel, tag)]),
      /no queue: 312 NO_ROUTE/,
    ],
    [
      'the channel is closed',
      ({ channel }) => say.channelClose(channel, 404, 'NOT_FOUND - no exchange'),
      /404.*NOT_FOUND/,
    ],
    ['the connection is closed', () => say.close(320, 'CONNECTION_FORCED'), /320.*FORCED/],
    [
      'an answer to nothing',
      ({ channel }) => say.ack(channel, 0xfffffffe),
      /nothing that was sent/,
    ],
    ['an answer to all and none', ({ channel }) => say.ack(channel, 0, true), /nothing that was/],
    ['no AMQP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /frame/i],
  ];
  for (const [what, answer, reason] of cases) {
    const { send } = await against(t, heard => (heard.what === 'publish' ? answer(heard) : null));
    t.match(await send('a'), { outcome: 'retry', reason }, what);
  }
});

t.test('a handshake that ends anywhere', async t => {
  const steps = ['hello', 'start-ok', 'open', 'channel.open', 'exchange.declare', 'confirm.select'];
  for (const step of steps) {
    const silent = await against(t, ({ what }) => (what === step ? nothing : null));
    t.match(
      await silent.send('a', { deadline_ms: 100 }),
      { outcome: 'retry', reason: /no answer/ },
      `silence after ${step}`,
    );
    const gone = await against(t, ({ what }, socket) => {
      if (what === step) socket.destroy();
      return what === step ? nothing : null;
    });
    t.match(await gone.send('a'), { outcome: 'retry' }, `gone after ${step}`);
    const babbling = await against(t, ({ what }) =>
      what === step ? Buffer.from([1, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]) : null,
    );
    t.match(
      await babbling.send('a'),
      { outcome: 'retry', reason: /exceeds/ },
      `an enormous frame after ${step}`,
    );
  }
  const refused = await against(t, ({ what }) =>
    what === 'start-ok' ? say.close(403, 'ACCESS_REFUSED - Login was refused') : null,
  );
  t.match(await refused.send('a'), { outcome: 'retry', reason: /ACCESS_REFUSED/ });
});

t.test('an exchange that is missing is made once, if that is wanted', async t => {
  const declared: boolean[] = [];
  const serve = ({ what, channel, payload }: Heard): Buffer | null => {
    if (what !== 'exchange.declare') return null;
    // Class, method, reserved, exchange, type, then the bit `passive`.
    const name = 6 + 1 + payload[6]!;
    const flags = payload[name + 1 + payload[name]!]!;
    const passive = (flags & 1) !== 0;
    declared.push(passive);
    return passive ? say.channelClose(channel, 404, 'NOT_FOUND - no exchange') : null;
  };
  const { send } = await against(t, serve);
  t.same(await send('a'), { outcome: 'delivered' });
  t.same(declared, [true, false]);
  const never = await against(t, serve, { exchange: { declare: false } });
  t.match(await never.send('a'), { outcome: 'retry', reason: /NOT_FOUND/ });
  t.same(declared, [true, false, true]);
});

t.test(
  'a broker that takes nothing for a while is not pressed, and its connection is kept',
  async t => {
    let published = 0;
    let broker: Socket | null = null;
    const { send, connections } = await against(
      t,
      ({ what, channel, tag }, socket) => {
        if (what !== 'publish') return null;
        published += 1;
        broker = socket;
        if (published > 1) return null;
        return Buffer.concat([say.blocked('low on memory'), say.ack(channel, tag)]);
      },
      // Every connection is old enough to be replaced.
      { timeout_ms: 50 },
    );
    t.same(await send('a'), { outcome: 'delivered' });
    for (const fresh of [false, true, true]) {
      await new Promise(resolve => setTimeout(resolve, 60));
      t.match(await send('b', { fresh }), {
        outcome: 'retry',
        reason: /takes nothing.*low on memory/,
      });
    }
    t.equal(published, 1);
    t.equal(connections(), 1);
    broker!.write(say.unblocked);
    let outcome = '';
    while (outcome !== 'delivered') {
      ({ outcome } = await send('b'));
      // For the broker's word to be read.
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    t.equal(connections(), 1);
  },
);

t.test('a connection that hangs is replaced', async t => {
  const { send, connections } = await against(
    t,
    ({ what }, _, connection) => (what === 'publish' && connection === 1 ? nothing : null),
    { timeout_ms: 50 },
  );
  t.match(await send('a', { deadline_ms: 200 }), { outcome: 'retry', reason: /no answer/ });
  t.same(await send('a', { fresh: true }), { outcome: 'delivered' });
  t.equal(connections(), 2);
});

t.test('the next of several brokers is tried', async t => {
  const { port } = await serving(t, createServer(), socket => serveAmqp(socket));
  const urls = ['amqp://127.0.0.1:1', `amqp://127.0.0.1:${port}`];
  const { send } = await openWith(t, 'amqp', { urls });
  t.match(await send('a'), { outcome: 'retry', reason: /ECONNREFUSED/ });
  t.same(await send('a'), { outcome: 'delivered' });
});

t.test('TLS: only with the right name', async t => {
  const ours = authority(temporaryFolder(t), 'ours');
  const sendTo = async (tls: object) => {
    const server = createTlsServer(tls);
    const { port } = await serving(t, server, socket => serveAmqp(socket), 'secureConnection');
    const urls = [`amqps://127.0.0.1:${port}`];
    return await (await openWith(t, 'amqp', { urls, ca_file: ours.caFile })).send('a');
  };
  t.same(await sendTo(ours.issue('good', 'IP:127.0.0.1')), { outcome: 'delivered' });
  t.match(await sendTo(ours.issue('other', 'DNS:other.example')), {
    outcome: 'retry',
    reason: /ALTNAME/,
  });
});
