/**
 * Receivers that do not behave, for every kind whose answer is the status of a POST. What each leads to is what the table in
 * agent/adapters/shared/README.md states: it is read here.
 */
import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import t from 'tap';
import { Receiver } from '../support/http.ts';
import { DEADLINE_MS, listen, open, outcomeOf, stated, statusKinds } from './receivers.ts';

t.setTimeout(600_000);

/** For receivers that never answer. */
const SHORT = 100;

interface Case {
  /** A row of the README. */
  name: string;
  /** An answer of a good HTTP server, or what a server does with each connection. */
  answer?: (response: ServerResponse) => void;
  socket?: (socket: Socket) => void;
  deadline_ms?: number;
  reason?: RegExp;
  after_ms?: number;
}

const status = (code: number, headers = {}, body = '') => ({
  answer: (response: ServerResponse) => response.writeHead(code, headers).end(body),
});

/** After it has asked. */
const raw = (answer: (socket: Socket) => void) => ({
  socket: (socket: Socket) => {
    socket.on('data', () => answer(socket));
  },
});

/** Again and again, until nobody listens. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 5);
  socket.on('close', () => clearInterval(timer));
}

let strangers = 0;

const cases: Case[] = [
  ...[200, 201, 202, 204].map(code => ({ name: 'answers 200, 201, 202 or 204', ...status(code) })),
  {
    name: 'answers 200 with garbage',
    ...status(200, { 'content-type': 'text/html' }, '<h1>\xff{'),
  },
  {
    name: 'answers 200 with a body of 10 MB',
    ...status(200, {}, 'x'.repeat(10_000_000)),
  },
  {
    name: 'answers 200 with a body that never ends',
    answer: response => void response.writeHead(200).write('x'),
  },
  {
    name: 'answers 200 and closes before its body is whole',
    ...raw(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx')),
  },
  {
    name: 'answers in HTTP/1.0 and closes',
    ...raw(socket => socket.end('HTTP/1.0 200 OK\r\n\r\nthanks')),
  },
  { name: 'answers 400', ...status(400), reason: /^HTTP 400$/ },
  ...[406, 411, 413, 414, 415, 422].map(code => ({
    name: 'answers 406, 411, 413, 414, 415 or 422',
    ...status(code, { 'retry-after': '1' }),
  })),
  ...[401, 403, 404].map(code => ({ name: 'answers 401, 403 or 404', ...status(code) })),
  {
    name: 'answers 429 with Retry-After',
    ...status(429, { 'retry-after': '3' }),
    after_ms: 3000,
  },
  {
    name: 'answers 503 with Retry-After',
    ...status(503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
    after_ms: 0,
  },
  {
    name: 'answers 503 with a Retry-After that makes no sense',
    ...status(503, { 'retry-after': '-1; soon' }),
    reason: /^HTTP 503$/,
  },
  { name: 'answers 500 for ever', ...status(500, {}, 'oh'), reason: /^HTTP 500$/ },
  ...[301, 302, 303, 307, 308].map(code => ({
    name: 'redirects',
    answer: (response: ServerResponse) =>
      response.writeHead(code, { location: `http://127.0.0.1:${strangers}/` }).end(),
    reason: new RegExp(`^HTTP ${code}$`),
  })),
  { name: 'never answers', socket: () => {}, deadline_ms: SHORT, reason: /no answer within/ },
  {
    name: 'answers a byte at a time for ever',
    ...raw(socket => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      drip(socket, 'x');
    }),
    deadline_ms: SHORT,
  },
  {
    name: 'says 100 Continue for ever',
    ...raw(socket => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n')),
    deadline_ms: SHORT,
  },
  {
    name: 'switches to another protocol',
    ...raw(socket =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ),
    deadline_ms: SHORT,
  },
  {
    name: 'answers with headers of 1 MB',
    ...raw(socket => socket.write(`HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(1_000_000)}\r\n\r\n`)),
  },
  { name: 'answers no HTTP', ...raw(socket => socket.end('\x00\xff no protocol\r\n\r\n')) },
  { name: 'closes before it answers', ...raw(socket => socket.end()) },
];

for (const kind of statusKinds) {
  t.test(kind, async t => {
    const stranger = new Receiver();
    strangers = await stranger.listen();
    t.teardown(() => stranger.close());
    for (const one of cases) {
      await t.test(one.name, async t => {
        const receiver = new Receiver();
        if (one.answer) receiver.answer = (_, response) => one.answer?.(response);
        const port = one.socket
          ? await listen(t, createServer(one.socket))
          : await receiver.listen();
        t.teardown(() => receiver.close());
        const { send } = await open(t, kind, port);
        for (const id of ['a', 'b']) {
          const result = await send(id, one.deadline_ms ?? DEADLINE_MS);
          t.equal(outcomeOf(result), stated.get(one.name), JSON.stringify(result));
          if (one.reason) t.match(result, { reason: one.reason });
          if (one.after_ms !== undefined) t.match(result, { after_ms: one.after_ms });
        }
        // Nothing is left of it that stands in the way of the next.
        receiver.answer = (_, response) => response.writeHead(204).end();
        if (!one.socket) t.same(await send('d'), { outcome: 'delivered' });
      });
    }
    t.equal(stranger.all.length, 0, 'no alarm went where it was redirected to');
  });
}

t.test('what the README states was tried', async t => {
  const tried = new Set(cases.map(({ name }) => name));
  const rows = [...stated.keys()].filter(name => !/^-+$|TLS|certificate/.test(name));
  t.same(rows.sort(), [...tried].sort());
});
