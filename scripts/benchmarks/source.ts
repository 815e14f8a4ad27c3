/** Writes 64 bytes each millisecond (or opens `count` idle connections): argv is the address, the port, and the count. */
import { connect } from 'node:net';

const [address = '', port = '', count] = process.argv.slice(2);
const open = () => connect({ host: address, port: Number(port), noDelay: true });
if (count === undefined) {
  const socket = open();
  socket.on('connect', () => setInterval(() => socket.write(Buffer.alloc(64)), 1));
} else for (let i = 0; i < Number(count); i++) open().on('error', () => {});
