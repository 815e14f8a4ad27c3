// guest: --nics 0 --timeout 120
/**
 * Many connections, opened one after another while the scan runs on another processor. The kernel tells of a new state
 * before it sets it; the emulated processors make that moment long.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from './helper.ts';

/** Both ends of each are flows; the helper follows 1,024. */
const CONNECTIONS = 200;
const PORT = 3260;

t.test('a connection is followed from its beginning to its end', async t => {
  const helper = await Helper.start(t);
  const sockets: Socket[] = [];
  const server = createServer(socket => sockets.push(socket)).listen(PORT, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const ports: number[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(PORT, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    ports.push((socket.address() as AddressInfo).port);
  }
  const ofClients = () => helper.all('flow').filter(({ role }) => role === 'client');
  await until('all to be seen', () => ofClients().length >= CONNECTIONS);
  // Each has been looked at once more by then.
  for (let beats = 0; beats < 2; beats++) await helper.next('heartbeat', () => true, nowUs());
  const open = new Map(ofClients().map(({ local_port, closed }) => [local_port, !closed]));
  t.same(
    ports.filter(port => open.get(port) !== true),
    [],
    'none is lost',
  );
});
