import { existsSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { connect, type Disconnect, serve } from '../../../agent/ipc.ts';
import { Queue } from '../support/events.ts';
import { HOSTILE, mutated } from '../support/hostile.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const fast = { retryMinMs: 5, retryMaxMs: 20 };

/** A server of plain bytes, as one written in C is. */
async function byteServer(
  t: Tap.Test,
  file: string,
  onClient: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    onClient(socket);
  });
  await new Promise<void>(resolve => server.listen(file, resolve));
  t.teardown(() => new Promise(resolve => server.close(resolve)));
  return server;
}

declare namespace Tap {
  interface Test {
    teardown(end: () => unknown): void;
  }
}

t.test('frames from plain bytes, however they are cut', async t => {
  const file = path.join(temporaryFolder(t), 'helper.sock');
  const heard = new Queue<string>();
  await byteServer(t, file, socket => {
    socket.on('data', chunk => heard.push(String(chunk)));
    const bytes = Buffer.from(
      '{"type":"hello","data":{"name":"µ"}}\f{"type":"link","data":{"n":1}}\f',
    );
    let at = 0;
    const step = () => {
      if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(step));
    };
    step();
  });
  const messages = new Queue<unknown>();
  const link = connect(file, {
    onConnect: one => one.send('attach', { cursor: null }),
    onMessage: (type, data) => messages.push([type, data]),
  });
  t.teardown(() => link.close());
  t.same(await messages.take(2), [
    ['hello', { name: 'µ' }],
    ['link', { n: 1 }],
  ]);
  t.equal(await heard.next(), '{"type":"attach","data":{"cursor":null}}\f');
});

t.test('waits for a server that is not there yet, and comes back after each loss', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const events = new Queue<string>();
  const link = connect(file, {
    ...fast,
    onConnect: () => events.push('connected'),
    onMessage: (_, data) => events.push(String(data)),
    onDisconnect: why => events.push(why.wasConnected ? 'lost' : String(why.code)),
  });
  t.teardown(() => link.close());
  t.same(await events.take(3), ['ENOENT', 'ENOENT', 'ENOENT']);
  for (let round = 0; round < 3; round++) {
    const server = await serve(file, {
      mode: 0o600,
      onConnect: peer => peer.send('hello', round),
      onMessage() {},
    });
    let event = await events.next();
    while (event === 'ENOENT') event = await events.next();
    t.same([event, ...(await events.take(1))], ['connected', String(round)]);
    t.ok(link.connected);
    await server.close();
    t.equal(await events.next(), 'lost');
    t.notOk(link.connected);
  }
});

t.test('retry: false tells why, once', async t => {
  const dir = temporaryFolder(t);
  const told = new Queue<Disconnect>();
  const once = { retry: false, onMessage() {}, onDisconnect: told.push };
  connect(path.join(dir, 'none.sock'), once);
  t.match(await told.next(), { code: 'ENOENT', wasConnected: false });
  const file = path.join(dir, 'dead.sock');
  const child = await import('node:child_process');
  // A socket that nobody serves: its maker is killed before it can remove it.
  child.spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  t.ok(existsSync(file));
  connect(file, once);
  t.match(await told.next(), { code: 'ECONNREFUSED', wasConnected: false });
  t.equal(told.waitingItems.length, 0);
  unlinkSync(file);
});

t.test('no callback after close', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const server = await serve(file, { mode: 0o600, onMessage() {} });
  t.teardown(() => server.close());
  const connected = new Queue<true>();
  const link = connect(file, {
    ...fast,
    onConnect: () => connected.push(true),
    onMessage: () => t.fail('message'),
    onDisconnect: () => t.fail('disconnect'),
  });
  await connected.next();
  link.close();
  link.close();
  t.notOk(link.send('late', {}));
  const unborn = connect(file, { ...fast, onConnect: () => t.fail('connect'), onMessage() {} });
  unborn.close();
  await new Promise(resolve => setTimeout(resolve, 50));
});

t.test('what is no message closes the connection, and the next one is made', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const streams = Object.entries(HOSTILE);
  let round = -1;
  await byteServer(t, file, socket => {
    round += 1;
    socket.end(streams[round]?.[1] ?? '{"type":"done","data":{}}\f');
  });
  const lost = new Queue<Disconnect>();
  const done = new Queue<string>();
  const link = connect(file, { ...fast, onMessage: done.push, onDisconnect: lost.push });
  t.teardown(() => link.close());
  for (const [name] of streams) {
    const why = await lost.next();
    t.ok(why.wasConnected && why.code !== null, `${name}: ${why.code} ${why.reason}`);
  }
  t.equal(await done.next(), 'done', 'and nothing of it came through before');
  t.equal(done.waitingItems.length, 0);
});

t.test('a handler that throws costs the connection only', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  await byteServer(t, file, socket => socket.write('{"type":"x","data":{}}\f'));
  const lost = new Queue<Disconnect>();
  const link = connect(file, {
    ...fast,
    onMessage() {
      throw new RangeError('too deep');
    },
    onDisconnect: lost.push,
  });
  t.teardown(() => link.close());
  t.match(await lost.next(), { wasConnected: true, reason: /could not be handled/ });
  await lost.next();
});

t.test('mutated streams never crash the client', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const good = Buffer.from(
    '{"type":"link","data":{"ifindex":3,"ifname":"c-a"}}\f{"type":"heartbeat","data":{"µ":[1,2,{"a":null}]}}\f',
  );
  const file = path.join(temporaryFolder(t), 'a.sock');
  const ROUNDS = 300;
  let round = 0;
  await byteServer(t, file, socket => {
    round += 1;
    socket.end(round > ROUNDS ? '{"type":"finished","data":{}}\f' : mutated(good, random));
  });
  const finished = new Queue<true>();
  const link = connect(file, {
    retryMinMs: 1,
    retryMaxMs: 1,
    onMessage(type, data) {
      JSON.stringify(data);
      if (type === 'finished') finished.push(true);
    },
  });
  t.teardown(() => link.close());
  await finished.next();
  t.ok(round > ROUNDS);
});
