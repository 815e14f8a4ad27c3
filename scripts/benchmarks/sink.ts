/** Accepts connections and reads: argv is the address and the port. */
import { createServer } from 'node:net';

createServer(socket => socket.on('error', () => {}).resume()).listen(
  Number(process.argv[3]),
  process.argv[2],
);
