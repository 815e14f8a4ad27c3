/** The adapter `nats`, and what it makes of servers that answer anything. */
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { nkeys } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import { TestContext } from '../support/adapter.ts';
import { authority } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWith, serving } from './broker-support.ts';

t.setTimeout(300_000);

const INFO = { server_id: 'x', headers: true, max_payload: 1_048_576 };

/** A server that says hello, and what `answer` gives for each publish. */
function speak(
  socket: Socket,
  answer: (publish: { inbox: string; subject: string; connect: string }) => string,
  info: object = INFO,
): void {
  socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  let text = '';
  let connect = '';
  socket.on('data', data => {
    text += data;
    for (;;) {
      const [line, word = '', subject = '', inbox = '', , size] =
        /^(\S+) ?(\S*) ?(\S*) ?(\S*) ?(\S*)[^\r]*\r\n/.exec(text) ?? [];
      if (line === undefined) return;
      const body = word === 'HPUB' ? Number(size) + 2 : 0;
      if (text.length < line.length + body) return;
      text = text.slice(line.length + body);
      if (word === 'CONNECT') connect = line;
      if (word === 'PING') socket.write('PONG\r\n');
      if (word === 'HPUB') socket.write(answer({ inbox, subject, connect }));
    }
  });
}

const message = (inbox: string, body: string): string =>
  `MSG ${inbox} 1 ${Buffer.byteLength(body)}\r\n${body}\r\n`;
const ACK = '{"stream":"S","seq":1}';

async function against(t: Test, serve: (socket: Socket) => void, fields: object = {}) {
  const { port, connections } = await serving(t, createServer(), serve);
  const opened = await openWith(t, 'nats', { urls: [`nats://127.0.0.1:${port}`], ...fields });
  return { ...opened, connections };
}

t.test('one connection for all, and a new one when it hangs', async t => {
  let first = true;
  const { send, connections } = await against(
    t,
    socket => {
      const hangs = first;
      first = false;
      let count = 0;
      speak(socket, ({ inbox }) => (hangs && ++count > 2 ? '' : message(inbox, ACK)));
    },
    { timeout_ms: 50 },
  );
  t.same(await send('a'), { outcome: 'delivered' });
  t.same(await send('b'), { outcome: 'delivered' });
  t.equal(connections(), 1);
  t.match(await send('c', { deadline_ms: 100 }), {
    outcome: 'retry',
    reason: 'no answer within 100 ms',
  });
  t.same(await send('c', { fresh: true }), { outcome: 'delivered' });
  t.equal(connections(), 2);
});

t.test('a connection that ends gives up what was on it, and the next is opened', async t => {
  let sockets = 0;
  const { send, connections } = await against(t, socket => {
    sockets += 1;
    if (sockets === 1)
      speak(socket, () => {
        socket.destroy();
        return '';
      });
    else speak(socket, ({ inbox }) => message(inbox, ACK));
  });
  t.match(await send('a'), { outcome: 'retry', reason: /closed|ECONNRESET/ });
  t.same(await send('a'), { outcome: 'delivered' });
  t.equal(connections(), 2);
});

t.test('errors of the server', async t => {
  const { send } = await against(t, socket =>
    speak(socket, ({ subject }) => `-ERR 'Permissions Violation for Publish to "${subject}"'\r\n`),
  );
  const denied = await send('a');
  t.match(denied, { outcome: 'retry', reason: /Permissions Violation/ });

  const refused = await against(t, socket => {
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
    socket.once('data', () => socket.end("-ERR 'Authorization Violation'\r\n"));
  });
  t.match(await refused.send('a'), { outcome: 'retry', reason: /Authorization Violation/ });

  const small = await against(t, socket =>
    speak(socket, ({ inbox }) => message(inbox, ACK), { ...INFO, max_payload: 100 }),
  );
  t.match(await small.send('a'), { outcome: 'refused', reason: /100 that the server takes/ });

  const old = await against(t, socket => speak(socket, () => '', { server_id: 'x' }));
  t.match(await old.send('a'), { outcome: 'retry', reason: /no headers/ });
});

t.test('servers that say anything', async t => {
  const things: Record<string, string> = {
    nothing: '',
    'no JSON': 'INFO {\r\n',
    'null for INFO': 'INFO null\r\n',
    'a list for INFO': 'INFO [1]\r\n',
    'a PONG before INFO': 'PONG\r\nPONG\r\n',
    'TLS that is none': `INFO ${JSON.stringify({ ...INFO, tls_required: true })}\r\nPONG\r\n`,
    'a message for nobody': `INFO ${JSON.stringify(INFO)}\r\nMSG x 1 2\r\nab\r\n`,
    'a message without an end': `INFO ${JSON.stringify(INFO)}\r\nMSG x 1 200000\r\nab`,
  };
  for (const [what, text] of Object.entries(things)) {
    const { send, context } = await against(t, socket => socket.write(text));
    const result = await send('a', { deadline_ms: 200 });
    t.match(result, { outcome: 'retry' }, `${what}: ${JSON.stringify(result)}`);
    t.same(context.lines, []);
  }
  const { send } = await against(t, socket => speak(socket, () => 'garbage\r\n'));
  t.match(await send('a'), { outcome: 'retry', reason: /does not speak as a NATS server/ });
});

t.test('the stream is made once if it is missing, and wanted', async t => {
  const made: string[] = [];
  const serve = (complaint: string | null) => (socket: Socket) =>
    speak(socket, ({ inbox, subject }) => {
      if (!subject.startsWith('$JS.API.STREAM.CREATE.')) {
        if (made.length > 0 && complaint === null) return message(inbox, ACK);
        return `HMSG ${inbox} 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`;
      }
      made.push(subject);
      return message(
        inbox,
        complaint ? JSON.stringify({ error: { err_code: 10058, description: complaint } }) : '{}',
      );
    });
  const create_stream = { name: 'FLEET', subjects: ['pathwarden.>'] };
  const { send } = await against(t, serve(null), { create_stream });
  t.same(await Promise.all(['a', 'b', 'c'].map(id => send(id))), [
    { outcome: 'delivered' },
    { outcome: 'delivered' },
    { outcome: 'delivered' },
  ]);
  t.same(made, ['$JS.API.STREAM.CREATE.FLEET']);
  const other = await against(t, serve('stream name already in use'), { create_stream });
  t.match(await other.send('a'), {
    outcome: 'retry',
    reason: /FLEET cannot be made: 10058 stream name already in use/,
  });
});

t.test('who we are', async t => {
  const heard: string[] = [];
  const serve = (socket: Socket) =>
    speak(
      socket,
      ({ inbox, connect }) => {
        heard.push(connect);
        return message(inbox, ACK);
      },
      { ...INFO, nonce: 'a nonce' },
    );
  const hello = async (fields: (secret: (text: string) => string) => object) => {
    const { port } = await serving(t, createServer(), serve);
    const context = new TestContext(t);
    const urls = [`nats://127.0.0.1:${port}`];
    const { send } = await openWith(t, 'nats', { urls, ...fields(context.secret) }, context);
    t.same(await send('a'), { outcome: 'delivered' });
    t.ok(context.secrets.every(text => context.hidden.some(one => text.includes(one))));
    return JSON.parse(heard.at(-1)!.slice('CONNECT '.length));
  };
  t.match(await hello(secret => ({ user: 'me', password_file: secret('sesame') })), {
    user: 'me',
    pass: 'sesame',
    name: /^pathwarden urn:/,
    verbose: false,
  });
  t.match(await hello(secret => ({ token_file: secret('sesame') })), { auth_token: 'sesame' });

  const key = nkeys.createUser();
  const seed = new TextDecoder().decode(key.getSeed());
  const { nkey, sig } = await hello(secret => ({ nkey_file: secret(seed) }));
  t.equal(nkey, key.getPublicKey());
  const signature = Buffer.from(sig, 'base64');
  t.ok(key.verify(new TextEncoder().encode('a nonce'), signature), 'the nonce is signed');

  const creds = `-----BEGIN NATS USER JWT-----\n${'j'.repeat(60)}\n------END NATS USER JWT------\n\n*** IMPORTANT ***\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------`;
  t.match(await hello(secret => ({ creds_file: secret(creds) })), {
    jwt: 'j'.repeat(60),
    sig: String,
  });

  const bad = openWith(t, 'nats', { urls: ['nats://x'], nkey_file: import.meta.filename });
  await t.rejects(bad, { message: /no credentials of a NATS user/ });
});

t.test('TLS: only with the right name, and never without when it is wanted', async t => {
  const folder = temporaryFolder(t);
  const ours = authority(folder, 'ours');
  const good = ours.issue('good', 'IP:127.0.0.1');
  const other = ours.issue('other', 'DNS:other.example');
  const upgrading = (tls: object) => (socket: Socket) => {
    socket.write(`INFO ${JSON.stringify({ ...INFO, tls_required: true })}\r\n`);
    const secure = new TLSSocket(socket, { isServer: true, ...tls });
    secure.on('error', () => {});
    secure.on('secure', () => speakQuietly(secure));
  };
  /** INFO was said in the clear. */
  const speakQuietly = (socket: Socket) => {
    const { write } = socket;
    let greeting = true;
    socket.write = ((...words: Parameters<typeof write>) => {
      if (greeting) greeting = false;
      else write.apply(socket, words);
      return true;
    }) as typeof write;
    speak(socket, ({ inbox }) => message(inbox, ACK));
  };
  const sendTo = async (serve: (socket: Socket) => void) => {
    const { port } = await serving(t, createServer(), serve);
    const urls = [`tls://127.0.0.1:${port}`];
    return await (await openWith(t, 'nats', { urls, ca_file: ours.caFile })).send('a');
  };
  t.same(await sendTo(upgrading(good)), { outcome: 'delivered' });
  t.match(await sendTo(upgrading(other)), { outcome: 'retry', reason: /ALTNAME/ });
  let heard = '';
  const plain = await sendTo(socket => {
    socket.on('data', data => {
      heard += data;
    });
    speak(socket, ({ inbox }) => message(inbox, ACK));
  });
  t.match(plain, { outcome: 'retry', reason: /no TLS/ });
  t.equal(heard, '', 'nothing was said in the clear');
});
