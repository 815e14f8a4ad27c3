/**
 * Both ends of connections on 127.0.0.1, for tests of how late an answer may be: what is asked is acknowledged at once.
 *
 *   node answers.ts PORT
 *
 * Each line of standard input is `ask NAME DELAY_MS`: a request by the connection of that name, opened when there is none, to
 * be answered after that time; or `release`: answer what was asked with a DELAY_MS of -1. Each answer is a line: NAME.
 */
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const port = Number(process.argv[2]);
const HOST = '127.0.0.1';
const held: Socket[] = [];
const connections = new Map<string, Socket>();

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  createInterface({ input: socket }).on('line', line => {
    const delay_ms = Number(line);
    if (delay_ms < 0) held.push(socket);
    else if (delay_ms === 0) socket.write('!');
    else setTimeout(() => socket.write('!'), delay_ms);
  });
}

function connection(name: string): Socket {
  let socket = connections.get(name);
  if (socket === undefined) {
    socket = connect(port, HOST).setNoDelay(true);
    socket.on('data', () => process.stdout.write(`${name}\n`));
    connections.set(name, socket);
  }
  return socket;
}

createServer(serve).listen(port, HOST, () => {
  process.stdout.write('ready\n');
  createInterface({ input: process.stdin }).on('line', line => {
    const [verb, name = '', delay_ms] = line.split(' ');
    if (verb === 'ask') connection(name).write(`${delay_ms}\n`);
    else for (const socket of held.splice(0)) socket.write('!');
  });
});
