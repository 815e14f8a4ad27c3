import { once } from 'node:events';
import { connect as connectRaw, type Socket } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { serve } from '../../../agent/ipc.ts';
import { silentLog } from '../../../agent/log.ts';
import { Queue } from '../support/events.ts';
import { HOSTILE, mutated } from '../support/hostile.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function raw(file: string): Promise<Socket> {
  const socket = connectRaw(file);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** `once` would reject at a reset. */
const closed = (socket: Socket) => new Promise(resolve => socket.once('close', resolve));

/** Asks on a connection of its own, so that the server is seen to serve. */
async function ask(socket: Socket): Promise<string> {
  socket.write('{"type":"ping","data":1}\f');
  const [answer] = await once(socket, 'data');
  return String(answer);
}

t.test('each hostile stream costs its sender the connection, and the log says why', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const gone = new Queue<string>();
  const warned: object[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => warned.push(fields as object) };
  const server = await serve(file, {
    mode: 0o600,
    log,
    onMessage: (peer, type, data) => {
      if (type === 'ping') peer.send('pong', data);
    },
    onDisconnect: (_, reason) => gone.push(reason),
  });
  t.teardown(() => server.close());
  const good = await raw(file);
  t.teardown(() => good.destroy());
  for (const [name, bytes] of Object.entries(HOSTILE)) {
    const socket = await raw(file);
    socket.write(bytes);
    await closed(socket);
    const reason = await gone.next();
    t.not(reason, 'it left', `${name}: ${reason}`);
    t.match(warned.at(-1), { socket: file, reason });
    t.equal(await ask(good), '{"type":"pong","data":1}\f');
  }
  t.equal(server.peers.size, 1);
});

t.test('a limit of its own for what is received', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const gone = new Queue<string>();
  const server = await serve(file, {
    mode: 0o600,
    maxReceived: 1000,
    onMessage: peer => peer.send('big', 'x'.repeat(5000)),
    onDisconnect: (_, reason) => gone.push(reason),
  });
  t.teardown(() => server.close());
  const socket = await raw(file);
  socket.write('{"type":"small","data":{}}\f');
  await once(socket, 'data');
  socket.write(`{"type":"a","data":"${'x'.repeat(2000)}`);
  t.equal(await gone.next(), 'message too long');
});

t.test('half a message, and gone', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const gone = new Queue<string>();
  const server = await serve(file, {
    mode: 0o600,
    onMessage: () => t.fail('no message'),
    onDisconnect: (_, reason) => gone.push(reason),
  });
  t.teardown(() => server.close());
  const socket = await raw(file);
  socket.end('{"type":"request","data":{"id":');
  t.equal(await gone.next(), 'it left');
});

t.test('mutated messages never crash the server', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const file = path.join(temporaryFolder(t), 'a.sock');
  const server = await serve(file, {
    mode: 0o600,
    onMessage: (peer, type, data) => {
      if (type === 'ping') peer.send('pong', data);
    },
  });
  t.teardown(() => server.close());
  const good = await raw(file);
  t.teardown(() => good.destroy());
  const message = Buffer.from('{"type":"request","data":{"id":1,"verb":"alarms","all":true}}\f');
  for (let round = 0; round < 300; round++) {
    const socket = await raw(file);
    socket.end(Buffer.concat([message, mutated(message, random), message]));
    await closed(socket.resume());
  }
  t.equal(await ask(good), '{"type":"pong","data":1}\f');
});
