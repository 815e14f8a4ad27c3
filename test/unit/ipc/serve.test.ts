import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectRaw, type Socket } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { connect, type Peer, type ServeOptions, serve } from '../../../agent/ipc.ts';
import { silentLog } from '../../../agent/log.ts';
import { Queue, until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';

const echo: ServeOptions = {
  mode: 0o600,
  onMessage: (peer, type, data) => peer.send(`${type}-back`, data),
};

async function raw(file: string): Promise<Socket> {
  const socket = connectRaw(file);
  await once(socket, 'connect');
  return socket;
}

t.test('messages go both ways, and each client has its own handle', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const gone = new Queue<string>();
  const peers: Peer[] = [];
  const server = await serve(file, {
    ...echo,
    onConnect: peer => peers.push(peer),
    onDisconnect: (peer, reason) => gone.push(`${peers.indexOf(peer)} ${reason}`),
  });
  t.teardown(() => server.close());
  const received = [new Queue<unknown>(), new Queue<unknown>()];
  const links = received.map(queue =>
    connect(file, {
      onConnect: link => link.send('hello', { text: 'ü \f \u2028' }),
      onMessage: (type, data) => queue.push([type, data]),
    }),
  );
  t.teardown(() => {
    for (const link of links) link.close();
  });
  for (const queue of received) t.same(await queue.next(), ['hello-back', { text: 'ü \f \u2028' }]);
  t.equal(server.peers.size, 2);
  t.ok(links[0]?.connected);

  const [first] = server.peers;
  first?.send('only', { for: 'one' });
  first?.close('test');
  t.match(await gone.next(), /^\d test$/);
  t.notOk(first?.send('late', {}), 'to one that is gone');
});

t.test('the socket is made with its rights, never more', async t => {
  const dir = path.join(temporaryFolder(t), 'run');
  for (const mode of [0o600, 0o660] as const) {
    const file = path.join(dir, `${mode}.sock`);
    const server = await serve(file, { ...echo, mode });
    t.equal(lstatSync(file).mode & 0o777, mode);
    await server.close();
    t.notOk(existsSync(file), 'and goes with the server');
  }
  t.equal(lstatSync(dir).mode & 0o777, 0o755);
});

t.test('view sockets belong to a group, if it exists', async t => {
  const dir = temporaryFolder(t);
  const [group, , gid] = readFileSync('/etc/group', 'utf8').split('\n')[1]?.split(':') ?? [];
  const file = path.join(dir, 'g.sock');
  const server = await serve(file, { ...echo, mode: 0o660, group: group ?? '' });
  const status = lstatSync(file);
  await server.close();
  if (process.getuid?.() === 0) {
    t.equal(status.gid, Number(gid));
    t.equal(status.mode & 0o777, 0o660);
  } else {
    t.equal(status.mode & 0o777, 0o600, 'not ours to give: nobody else gets in');
  }
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: unknown, text?: string) => warnings.push(String(text)) };
  const other = await serve(file, { ...echo, mode: 0o660, group: 'no-such-group', log });
  t.equal(lstatSync(file).mode & 0o777, 0o600);
  t.match(warnings, ['the group does not exist: only root and the agent may connect']);
  await other.close();
});

t.test('a socket left by a killed server is replaced, a served one is not', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const source = `
    import { serve } from ${JSON.stringify(path.resolve('agent/ipc.ts'))};
    await serve(${JSON.stringify(file)}, { mode: 0o600, onMessage() {} });
    process.stdout.write('ready');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await t.rejects(serve(file, echo), { code: 'in-use', message: /another agent serves it/ });
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.ok(existsSync(file), 'it left its socket');
  const server = await serve(file, echo);
  await t.rejects(serve(file, echo), { code: 'in-use' });
  await server.close();
});

t.test('unsafe places are refused, with a remedy', async t => {
  const dir = temporaryFolder(t);
  const open = path.join(dir, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await t.rejects(serve(path.join(open, 'a.sock'), echo), {
    code: 'unsafe-folder',
    message: /run: chmod go-w/,
  });
  symlinkSync(dir, path.join(dir, 'link'));
  await t.rejects(serve(path.join(dir, 'link/a.sock'), echo), { code: 'unsafe-folder' });
  writeFileSync(path.join(dir, 'file'), 'precious');
  await t.rejects(serve(path.join(dir, 'file'), echo), { code: 'not-a-socket' });
  t.equal(readFileSync(path.join(dir, 'file'), 'utf8'), 'precious');
  await t.rejects(serve(path.join(dir, 'x'.repeat(107)), echo), { code: 'bad-path' });
  await t.rejects(serve('relative.sock', echo), { code: 'bad-path' });
});

t.test('one client too many is closed, the others stay', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const server = await serve(file, { ...echo, maxClients: 2 });
  t.teardown(() => server.close());
  const good = [await raw(file), await raw(file)];
  await until(() => server.peers.size === 2);
  const third = await raw(file);
  await once(third, 'close');
  t.equal(server.peers.size, 2);
  for (const socket of good) socket.destroy();
});

t.test('a client that does not read is dropped, and the memory stays bounded', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const gone = new Queue<string>();
  const server = await serve(file, {
    ...echo,
    maxPending: 200_000,
    onDisconnect: (_, reason) => gone.push(reason),
  });
  t.teardown(() => server.close());
  const lazy = await raw(file);
  lazy.pause();
  await until(() => server.peers.size === 1);
  const [peer] = server.peers;
  let most = 0;
  for (let i = 0; i < 1000 && peer?.send('event', { text: 'x'.repeat(10_000) }); i++) {
    most = Math.max(most, peer.pendingBytes);
  }
  t.match(await gone.next(), /does not read/);
  t.ok(most < 250_000, `${most} bytes waited at most`);
  lazy.destroy();
});

t.test('what cannot be sent harms nobody', async t => {
  const file = path.join(temporaryFolder(t), 'a.sock');
  const server = await serve(file, { ...echo, maxMessage: 1000 });
  t.teardown(() => server.close());
  const answers = new Queue<unknown>();
  const link = connect(file, { maxMessage: 1000, onMessage: (_, data) => answers.push(data) });
  t.teardown(() => link.close());
  t.notOk(link.send('early', {}), 'not connected yet');
  await until(() => link.connected && server.peers.size === 1);
  const [peer] = server.peers;
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const data of [circle, { text: 'x'.repeat(2000) }, { big: 1n }]) {
    t.notOk(link.send('bad', data));
    t.notOk(peer?.send('bad', data));
  }
  link.send('good', 1);
  t.equal(await answers.next(), 1, 'the connection lives');
});
