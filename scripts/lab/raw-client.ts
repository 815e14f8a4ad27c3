/**
 * Sends bytes to a unix socket and tells what came back: argv is the socket, standard input the bytes (base64).
 * Prints one JSON line {"connected","received"} (received: base64) after the peer closed, or after 1.5 s.
 * A process of its own, so that it can be any user.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const bytes = Buffer.from(readFileSync(0, 'utf8'), 'base64');
const received: Buffer[] = [];
let connected = false;
const socket = connect(process.argv[2] ?? '');
const done = () => {
  const text = Buffer.concat(received).toString('base64');
  process.stdout.write(`${JSON.stringify({ connected, received: text, closed })}\n`);
  process.exit(0);
};
let closed = false;
socket.on('connect', () => {
  connected = true;
  socket.write(bytes);
  setTimeout(done, 1500);
});
socket.on('data', part => received.push(part));
socket.on('error', () => {});
socket.on('close', () => {
  closed = true;
  done();
});
