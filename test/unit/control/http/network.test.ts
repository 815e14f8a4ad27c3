/** On the network: who may do what, and files that change while it runs. Certificates are real ones. */
import { appendFileSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import t from 'tap';
import { serveApi } from '../../../../agent/control/http/server.ts';
import { until } from '../../../../scripts/lab/wait.ts';
import { type Authority, authority, type Certificate } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { ask, Document, Listener, type Sent, type Where } from './client.ts';
import { FakeAgent } from './model.ts';
import { serve } from './serve.ts';

const READ = 'reader-token-000000';
const ADMIN = 'admin-token-1111111';
const NAMES = 'DNS:pathwarden.test,IP:127.0.0.1';
t.setTimeout(240_000);

const STREAM = '/v1/alarms/stream';

interface Site {
  folder: string;
  servers: Authority;
  clients: Authority;
  client: Certificate;
  file: Record<'cert' | 'key' | 'ca' | 'tokens', string>;
  /** Settings with these. */
  api(keys: ('client_ca_file' | 'token_file')[]): Parameters<typeof serveApi>[0]['api'];
}

function site(t: { teardown(end: () => void): void }): Site {
  const folder = temporaryFolder(t);
  const at = (name: string) => path.join(folder, name);
  const file = { cert: at('cert.pem'), key: at('key.pem'), ca: at('ca.pem'), tokens: at('tokens') };
  const servers = authority(folder, 'servers');
  const clients = authority(folder, 'clients');
  const server = servers.issue('first', NAMES);
  copyFileSync(server.certFile, file.cert);
  copyFileSync(server.keyFile, file.key);
  copyFileSync(clients.caFile, file.ca);
  writeFileSync(file.tokens, `${READ}\nadmin:${ADMIN}\n`);
  const extra = { client_ca_file: file.ca, token_file: file.tokens };
  return {
    folder,
    servers,
    clients,
    client: clients.issue('noc-1', 'DNS:noc-1'),
    file,
    api: keys => ({
      listen: '127.0.0.1:0',
      cert_file: file.cert,
      key_file: file.key,
      ...Object.fromEntries(keys.map(key => [key, extra[key]])),
    }),
  };
}

/** As an operator does it: another file in its place. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const trusting = ({ servers }: Site, port: number | undefined): Where => ({
  port: port!,
  tls: { ca: readFileSync(servers.caFile) },
});

const patch = (id: string, body: object, headers: Record<string, string> = {}): Sent => ({
  method: 'PATCH',
  path: `/v1/alarms/${id}`,
  headers: { 'content-type': 'application/merge-patch+json', ...headers },
  body: JSON.stringify(body),
});

t.test('tokens: one reads, the other acknowledges as well', async t => {
  const here = site(t);
  const { agent, api, lines } = await serve(t, { api: here.api(['token_file']) });
  const anybody = trusting(here, api.address?.port);
  const reader = { ...anybody, token: READ };
  const admin = { ...anybody, token: ADMIN };
  const document = new Document((await ask(reader, '/v1/openapi.json')).json);
  agent.put('a');
  for (const where of [anybody, { ...anybody, token: 'another-token-00000' }]) {
    for (const page of ['/v1/alarms', '/healthz', '/metrics', '/v1/openapi.json', '/nothing']) {
      const answer = await ask(where, page);
      t.equal(answer.status, 401, page);
      t.equal(answer.headers['www-authenticate'], 'Bearer');
      t.notMatch(answer.text, /compute-1|link-down/);
    }
  }
  t.equal((await ask(reader, '/v1/alarms')).json.alarms.length, 1);

  const sent = async (where: Where, request: Sent) => {
    const answer = await ask(where, request);
    document.check('PATCH', '/v1/alarms/{id}', answer);
    return answer;
  };
  const yes = { ackState: 'ACKNOWLEDGED' };
  t.equal((await sent(reader, patch('a', yes))).status, 403);
  t.equal((await sent(anybody, patch('a', yes))).status, 401);
  t.equal((await sent(admin, patch('a', yes, { 'if-match': '"7"' }))).status, 412);
  t.equal((await sent(admin, patch('a', yes, { 'if-match': 'W/"1"' }))).status, 412);
  t.same(agent.acknowledged, [], 'nothing has happened yet');
  const done = await sent(admin, patch('a', { ...yes, ackUser: 'shift 2' }, { 'if-match': '"1"' }));
  t.equal(done.status, 200);
  t.equal(done.headers.etag, '"2"');
  t.match(done.json, { ackState: 'ACKNOWLEDGED', ackUser: 'shift 2', revision: 2 });
  t.equal((await sent(admin, patch('a', yes))).status, 409, 'it is so already');
  const back = await sent(admin, patch('a', { ackState: 'UNACKNOWLEDGED' }, { 'if-match': '*' }));
  t.match(back.json, { ackState: 'UNACKNOWLEDGED', ackUser: 'api' });
  t.equal((await sent(admin, patch('z', yes))).status, 404);
  agent.put('a', 'cleared');
  t.equal((await sent(admin, patch('a', yes))).status, 409, 'it is cleared');
  for (const body of [{}, { ackState: 'MAYBE' }, { ...yes, perceivedSeverity: 'MINOR' }, [yes]]) {
    t.equal((await sent(admin, patch('a', body))).status, 400, JSON.stringify(body));
  }
  const poison = { ...patch('a', yes), body: '{"ackState":"ACKNOWLEDGED","__proto__":{"x":1}}' };
  t.equal((await sent(admin, poison)).status, 400);
  t.equal((await sent(admin, { ...patch('a', yes), body: '{' })).status, 400);
  const json = { 'content-type': 'application/json' };
  t.equal((await sent(admin, patch('a', yes, json))).status, 415);
  const large = { ...yes, ackUser: 'x'.repeat(20_000) };
  t.equal((await sent(admin, patch('a', large))).status, 413);
  t.notMatch(lines.join(), new RegExp(`${READ}|${ADMIN}`), 'no log has a token');
});

t.test(
  'certificates alone: nobody else gets past the handshake, and nobody acknowledges',
  async t => {
    const here = site(t);
    const { agent, api } = await serve(t, { api: here.api(['client_ca_file']) });
    const anybody = trusting(here, api.address?.port);
    const { cert, key } = here.client;
    const known: Where = { ...anybody, tls: { ...anybody.tls, cert, key } };
    agent.put('a');
    t.equal((await ask(known, '/v1/alarms')).json.alarms.length, 1);
    t.equal((await ask(known, patch('a', { ackState: 'ACKNOWLEDGED' }))).status, 403);
    await t.rejects(ask(anybody, '/v1/alarms'), 'without a certificate');
    const stranger = authority(here.folder, 'others').issue('noc-1', 'DNS:noc-1');
    const strange = { ...anybody, tls: { ...anybody.tls, cert: stranger.cert, key: stranger.key } };
    await t.rejects(ask(strange, '/v1/alarms'), 'of other authorities');
    const late = here.clients.issue('noc-2', 'DNS:noc-2', '20200102000000Z');
    const expired = { ...anybody, tls: { ...anybody.tls, cert: late.cert, key: late.key } };
    await t.rejects(ask(expired, '/v1/alarms'), 'expired');
    const old: Where = {
      ...known,
      tls: { ...known.tls, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' },
    };
    await t.rejects(ask(old, '/v1/alarms'), 'TLS 1.1');
  },
);

t.test(
  'certificates and tokens: either reads; with both the certificate says who it was',
  async t => {
    const here = site(t);
    const { agent, api } = await serve(t, { api: here.api(['client_ca_file', 'token_file']) });
    const anybody = trusting(here, api.address?.port);
    const { cert, key } = here.client;
    const known: Where = { ...anybody, tls: { ...anybody.tls, cert, key } };
    const stranger = authority(here.folder, 'others').issue('noc-1', 'DNS:noc-1');
    const strange = { ...anybody, tls: { ...anybody.tls, cert: stranger.cert, key: stranger.key } };
    agent.put('a');
    t.equal((await ask(known, '/v1/alarms')).status, 200);
    t.equal((await ask({ ...anybody, token: READ }, '/v1/alarms')).status, 200);
    t.equal((await ask(anybody, '/v1/alarms')).status, 401);
    t.equal((await ask(strange, '/v1/alarms')).status, 401, 'of other authorities');
    t.equal((await ask({ ...known, token: 'wrong-token-000000' }, '/v1/alarms')).status, 401);
    const yes = { ackState: 'ACKNOWLEDGED' };
    t.equal((await ask(known, patch('a', yes))).status, 403, 'no certificate acknowledges');
    const done = await ask({ ...known, token: ADMIN }, patch('a', yes));
    t.match(done.json, { ackState: 'ACKNOWLEDGED', ackUser: 'noc-1' });
  },
);

t.test('files are exchanged while a stream goes on', async t => {
  const here = site(t);
  const { agent, api, lines } = await serve(t, {
    api: here.api(['client_ca_file', 'token_file']),
    poll_ms: 20,
    beat_ms: 50,
  });
  const { file } = here;
  const port = api.address?.port;
  const before = trusting(here, port);
  const withCertificate: Where = {
    ...before,
    tls: { ...before.tls, cert: here.client.cert, key: here.client.key },
  };
  const byCertificate = await Listener.open(withCertificate, { path: STREAM });
  const byToken = await Listener.open({ ...before, token: READ }, { path: STREAM });
  const session = await sessionOf(withCertificate);
  const reads = () => lines.filter(line => line.includes('read anew')).length;
  const refusals = () => lines.filter(line => line.includes('the old ones stay')).length;

  // A certificate without its key, and what is no certificate at all.
  const renewed = authority(here.folder, 'renewed');
  const second = renewed.issue('second', NAMES);
  replace(file.cert, second.cert);
  await until('the complaint', () => refusals() === 1, 60_000);
  t.match(
    lines.find(line => line.includes('the old ones stay')),
    file.cert,
  );
  t.equal((await ask({ ...before, token: READ }, '/healthz')).status, 200, 'the old one stays');
  appendFileSync(file.key, 'x');
  replace(file.tokens, 'short');
  await until('the complaint', () => refusals() >= 2, 60_000);
  t.equal((await ask({ ...before, token: READ }, '/healthz')).status, 200);

  const later = authority(here.folder, 'later-clients');
  replace(file.tokens, `admin:${ADMIN}\n`);
  replace(file.ca, readFileSync(later.caFile, 'utf8'));
  replace(file.key, second.key);
  await until('the new ones', () => reads() >= 1, 60_000);
  const after: Where = { port: port!, tls: { ca: readFileSync(renewed.caFile) } };
  t.equal((await ask({ ...after, token: ADMIN }, '/healthz')).status, 200);
  await t.rejects(ask({ ...before, token: ADMIN }, '/healthz'), 'the old certificate is gone');
  const certified = later.issue('noc-3', 'DNS:noc-3');
  const { cert, key } = certified;
  t.equal((await ask({ ...after, tls: { ...after.tls, cert, key } }, '/healthz')).status, 200);
  const old = { ...after, tls: { ...after.tls, cert: here.client.cert, key: here.client.key } };
  t.equal((await ask(old, '/healthz')).status, 401, 'the old authority is gone');
  const resumed = { ...old, tls: { ...old.tls, session, rejectUnauthorized: false } };
  t.equal((await ask(resumed, '/healthz')).status, 401, 'and no session brings it back');
  t.equal((await ask({ ...after, token: READ }, '/healthz')).status, 401, 'so is the old token');

  agent.put('a');
  t.same(await byCertificate.got(1), ['a'], 'the stream went on through all this');
  await until('the end of the stream whose token is gone', () => byToken.ended, 60_000);
  t.notOk(byCertificate.ended);
  await byCertificate.end();
});

/** What a client keeps to take up its session again. */
function sessionOf({ port, tls }: Where): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = tlsConnect({ host: '127.0.0.1', port: port!, ...tls }, () => {
      socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    });
    socket.on('error', reject);
    socket.on('session', session => {
      resolve(session);
      socket.destroy();
    });
    socket.resume();
  });
}

t.test('files that cannot be used are told at the start, by their name', async t => {
  const here = site(t);
  const { file, servers } = here;
  const run_dir = temporaryFolder(t);
  const start = (api: Site['api'] extends (...of: never[]) => infer A ? A : never) =>
    serveApi({ run_dir, api, model: new FakeAgent().model });
  const both = here.api(['client_ca_file', 'token_file']);
  const other = servers.issue('other', NAMES);
  await t.rejects(start({ ...both, key_file: other.keyFile }), {
    message: new RegExp(other.keyFile),
  });
  await t.rejects(start({ ...both, cert_file: '/nowhere.pem' }), { message: /nowhere.pem/ });
  await t.rejects(start({ ...both, client_ca_file: other.keyFile }), {
    message: `${other.keyFile}: no certificate in it`,
  });
  await t.rejects(start({ ...both, token_file: other.keyFile }), {
    message: new RegExp(`^${other.keyFile}: line 1: expected a token`),
  });
  const api = await start(both);
  await api.close();
  t.pass('and nothing was left open by those that failed');
  t.equal(file.cert, both.cert_file);
});

t.test('an address that is taken keeps nobody from reading over the unix socket', async t => {
  const here = site(t);
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  t.teardown(() => taken.close());
  const { api, local, lines } = await serve(t, {
    api: { ...here.api(['token_file']), listen: `127.0.0.1:${port}` },
  });
  t.equal(api.address, null);
  t.match(lines.join(), /EADDRINUSE/);
  t.equal((await ask(local, '/healthz')).status, 200);
});
