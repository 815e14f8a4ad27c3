/** What a NATS server says, in whatever pieces it comes. */
import t from 'tap';
import { Parser, type Said } from '../../../agent/adapters/nats/parser.ts';

const TEXT = [
  'INFO {"headers":true}\r\n',
  'PING\r\n',
  '+OK\r\n',
  "-ERR 'Authorization Violation'\r\n",
  'MSG _INBOX.a.1 1 11\r\n{"seq":"ü"}\r\n',
  'MSG _INBOX.a.2 1 reply.to 0\r\n\r\n',
  'HMSG _INBOX.a.3 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n',
  'HMSG _INBOX.a.4 1 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nok\r\n',
  'pong\r\n',
].join('');

const SAID: Said[] = [
  { verb: 'INFO', json: '{"headers":true}' },
  { verb: 'PING' },
  { verb: 'OK' },
  { verb: 'ERR', text: 'Authorization Violation' },
  { verb: 'MSG', subject: '_INBOX.a.1', status: null, body: '{"seq":"ü"}' },
  { verb: 'MSG', subject: '_INBOX.a.2', status: null, body: '' },
  { verb: 'MSG', subject: '_INBOX.a.3', status: 503, body: '' },
  { verb: 'MSG', subject: '_INBOX.a.4', status: null, body: 'ok' },
  { verb: 'PONG' },
];

t.test('in one piece, byte by byte, and cut anywhere', async t => {
  const bytes = Buffer.from(TEXT.replace('1 11', '1 12'));
  t.same(new Parser().take(bytes), SAID);
  const slow = new Parser();
  t.same(
    [...bytes].flatMap(byte => slow.take(Buffer.from([byte]))),
    SAID,
  );
  for (let cut = 1; cut < bytes.length; cut++) {
    const parser = new Parser();
    const said = [...parser.take(bytes.subarray(0, cut)), ...parser.take(bytes.subarray(cut))];
    t.same(said, SAID);
    t.equal(parser.pending, 0);
  }
});

t.test('what is no NATS, and what is too much', async t => {
  const wrong = [
    'HTTP/1.1 400 Bad Request\r\n',
    '\r\n',
    'MSG\r\n',
    'MSG a 1 -1\r\n',
    'MSG a 1 1e9\r\n',
    'MSG a 1 99999999999\r\n',
    'MSG a 1 x\r\n',
    'HMSG a 1 5 4\r\n',
    'x'.repeat(70_000),
    `INFO ${' '.repeat(70_000)}\r\n`,
  ];
  for (const text of wrong) {
    t.throws(() => new Parser().take(Buffer.from(text)), { message: /^it / }, text.slice(0, 20));
  }
});
