/** The two listeners, and the bounds of whoever connects. node:http alone: what answers is loaded when somebody asks. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../../log.ts';
import { openSocketFile, prepareSocketFile, SocketFileError } from '../../socket-file.ts';
import { createServer } from './node-http.ts';
import { rawProblem } from './problem.ts';

export const CONNECTIONS_MAX = 64;

/** Of both listeners. */
export const serverLimits = {
  maxHeaderSize: 8 * 1024,
  /** Headers, and all of a request, must have come by then; how long an answer takes is another matter. */
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 30_000,
};
/** Nothing went either way: a stream beats more often. */
const IDLE_TIMEOUT_MS = 60_000;
const HEADERS_MAX = 64;
/** A flood of connections is no flood of log lines. */
const REFUSED_LOG_MS = 60_000;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Bounds, and answers to what is no request. */
export function guard(server: Server, log: Log): void {
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  server.timeout = IDLE_TIMEOUT_MS;
  const answering = new WeakSet<Socket>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    answering.add(socket);
    response.once('close', () => answering.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Into the middle of an answer nothing can be said.
    if (error.code === 'ECONNRESET' || !socket.writable || answering.has(socket)) {
      socket.destroy();
      return;
    }
    socket.end(rawProblem(...complaint(error)), () => socket.destroy());
  });
  let told = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    if (performance.now() - told < REFUSED_LOG_MS) return;
    told = performance.now();
    log.warn(
      { most: CONNECTIONS_MAX },
      'alarm stream: a connection was refused, there are too many',
    );
  });
}

function complaint({ code }: NodeJS.ErrnoException): [status: number, detail: string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'the headers are too large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'the request did not come in time'];
  return [400, 'this is no HTTP request'];
}

/** @throws SocketFileError */
export async function listenUnix(
  file: string,
  group: string,
  handle: Handler,
  log: Log,
): Promise<Server> {
  await prepareSocketFile(file);
  const server = createServer(serverLimits, handle);
  guard(server, log);
  server.on('error', error =>
    log.error({ err: error, socket: file }, 'alarm stream: the socket failed'),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(new SocketFileError('listen-failed', `${file}: cannot listen: ${error.message}`)),
    );
    // bind() happens inside listen(), so the socket never exists with more rights than 0600.
    const umask = process.umask(0o177);
    try {
      server.listen(file, resolve);
    } finally {
      process.umask(umask);
    }
  });
  openSocketFile(file, 0o660, group, log);
  return server;
}

/** Ends when all connections have ended, which it sees to. */
export function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
