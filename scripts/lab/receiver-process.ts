/**
 * A webhook receiver, as a VIM would have one. Runs in a namespace of the lab.
 * Standard input: JSON lines `{"mode": …}`. Standard output: JSON lines `{"listening": port}`, `{"mode": …}`, and one
 * `{"t_us": arrival, "event": CloudEvent}` for each event taken; with the mode `ok` alone is an event taken.
 */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { nowUs } from './wait.ts';

/** ok: 200. fail: 503. hang: reads and never answers. close: resets the connection at the first byte of a request. */
export type ReceiverMode = 'ok' | 'fail' | 'hang' | 'close';

const [address, port] = [process.argv[2], Number(process.argv[3])];
let mode: ReceiverMode = 'ok';
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = createServer((request, response) => {
  if (mode === 'close') {
    request.socket.resetAndDestroy();
    return;
  }
  const parts: Buffer[] = [];
  request.on('error', () => {});
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    const t_us = nowUs();
    if (mode === 'hang') return;
    if (mode !== 'ok') {
      response.writeHead(503).end();
      return;
    }
    try {
      say({ t_us, event: JSON.parse(Buffer.concat(parts).toString('utf8')) });
    } catch (error) {
      say({ t_us, bad: String(error) });
    }
    // Whoever kills it now finds the event in the pipe.
    response.writeHead(200).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(port, address, () => say({ listening: (server.address() as { port: number }).port }));

createInterface({ input: process.stdin })
  .on('line', line => {
    mode = (JSON.parse(line) as { mode: ReceiverMode }).mode;
    // Connections that hang from before belong to the old mode.
    if (mode === 'ok') server.closeAllConnections();
    say({ mode });
  })
  .on('close', () => process.exit(0));
