/**
 * Writes 64 bytes each millisecond, or opens `count` connections of which each writes 64 bytes every second: argv is the
 * address, the port, and the count.
 */
import { connect } from 'node:net';

const EVERY_MS = 1000;

const [address = '', port = '', count] = process.argv.slice(2);
const open = () => connect({ host: address, port: Number(port), noDelay: true });
const bytes = Buffer.alloc(64);
if (count === undefined) {
  const socket = open();
  socket.on('connect', () => setInterval(() => socket.write(bytes), 1));
} else {
  for (let i = 0; i < Number(count); i++) {
    const socket = open().on('error', () => {});
    // Not all in the same millisecond.
    const start = () => setInterval(() => socket.write(bytes), EVERY_MS);
    socket.on('connect', () => setTimeout(start, (i * EVERY_MS) / Number(count)));
  }
}
