/** A real HTTP receiver that keeps what it got and answers what a test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Queue } from './events.ts';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Counts the connections of this receiver from 1. */
  connection: number;
  /** The connection's own. */
  socket: Socket;
}

export class Receiver {
  readonly received = new Queue<Received>();
  readonly all: Received[] = [];
  connections = 0;
  /** Writes the answer; the default is 204. Not calling end is a hang. */
  answer: (request: Received, response: ServerResponse) => void = (_, response) => {
    response.writeHead(204).end();
  };
  readonly #server: Server;
  readonly #numbers = new Map<Socket, number>();
  readonly #open = new Set<Socket>();

  constructor(tls?: { key: string; cert: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      this.#take(request, response);
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    // As real receivers do; longer than any test.
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#numbers.set(socket, ++this.connections);
    });
    // Also those that never become TLS.
    this.#server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      socket.on('error', () => {});
    });
  }

  /** Port 0: any. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#open.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.setEncoding('utf8').on('data', chunk => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const connection = this.#numbers.get(socket) ?? 0;
      const received = { method, url, headers, body, connection, socket };
      this.all.push(received);
      this.received.push(received);
      this.answer(received, response);
    });
  }
}
