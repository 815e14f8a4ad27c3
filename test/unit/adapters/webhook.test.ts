/** The webhook, and with it the HTTP client of all kinds, against a real HTTP server. */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { judge } from '../../../agent/adapters/shared/http.ts';
import { webhookSettings } from '../../../agent/adapters/webhook/settings.ts';
import { type Log, silentLog } from '../../../agent/log.ts';
import { change, notice } from '../support/alarm.ts';
import { Queue, until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';
import { temporaryFolder } from '../support/temporary.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

interface Test {
  teardown(end: () => unknown): void;
}

/** The answer's end, which frees its connection, comes a little after its status. */
const pause = (ms = 50) => new Promise(resolve => setTimeout(resolve, ms));

const attempt = { deadline_ms: 5000, fresh: false };

async function setUp(t: Test, more: object = {}, { log = silentLog }: { log?: Log } = {}) {
  const receiver = new Receiver();
  const port = await receiver.listen();
  t.teardown(() => receiver.close());
  const secrets: string[] = [];
  const adapter = await createAdapter(
    webhookSettings.parse({
      kind: 'webhook',
      name: 'vim',
      url: `http://127.0.0.1:${port}/events?x=1`,
      heartbeat_s: 0,
      ...more,
    }),
    { source: 'urn:test', host: 'h', log, hide: secret => secrets.push(secret), report: () => {} },
  );
  t.teardown(() => adapter.close());
  const send = (id: string, how = attempt) =>
    adapter.send(adapter.map(notice(change(id, 1)), 'urn:test'), how);
  return { receiver, port, adapter, send, secrets };
}

t.test('one POST per notice, on a connection that is kept', async t => {
  const { receiver, send, secrets } = await setUp(t, { headers: { 'X-Region': 'east' } });
  for (const id of ['a', 'b', 'c']) {
    t.same(await send(id), { outcome: 'delivered' });
    await pause();
  }
  t.equal(receiver.connections, 1);
  const { method, url, headers, body } = await receiver.received.next();
  t.match(
    { method, url, headers },
    {
      method: 'POST',
      url: '/events?x=1',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'x-region': 'east',
      },
    },
  );
  t.equal(headers.authorization, undefined);
  t.match(JSON.parse(body), { id: 'a/1', source: 'urn:test', type: 'io.pathwarden.alarm.raised' });
  t.same(secrets, ['east'], 'header values may be secrets');
});

t.test('what each status means', async t => {
  for (const status of [200, 201, 202, 204, 299])
    t.same(judge(status, undefined), { outcome: 'delivered' });
  for (const status of [301, 302, 401, 403, 404, 408, 410, 425, 429, 500, 502, 503, 504, 507]) {
    t.same(judge(status, undefined), {
      outcome: 'retry',
      reason: `HTTP ${status}`,
      after_ms: null,
    });
  }
  for (const status of [400, 406, 411, 413, 414, 415, 422]) {
    t.same(judge(status, '5'), { outcome: 'refused', reason: `HTTP ${status}` });
  }
  t.match(judge(503, '7'), { after_ms: 7000 });
  t.match(judge(429, ['3', '4']), { after_ms: 3000 });
  t.match(judge(503, new Date(Date.now() - 60_000).toUTCString()), { after_ms: 0 });
  const later = judge(503, new Date(Date.now() + 60_000).toUTCString());
  t.ok(later.outcome === 'retry' && (later.after_ms ?? 0) > 50_000);
  for (const nonsense of ['', 'soon', '-5', '1e9', '99999999999999']) {
    t.match(judge(503, nonsense), { after_ms: null }, nonsense);
  }
});

t.test('statuses over the wire, and bodies that nobody reads', async t => {
  const { receiver, send } = await setUp(t);
  receiver.answer = (_, response) => response.writeHead(503, { 'retry-after': '2' }).end('later');
  t.same(await send('a'), { outcome: 'retry', reason: 'HTTP 503', after_ms: 2000 });
  receiver.answer = (_, response) => response.writeHead(422).end('no');
  t.same(await send('a'), { outcome: 'refused', reason: 'HTTP 422' });
  receiver.answer = (_, response) => response.writeHead(200).end('x'.repeat(10_000_000));
  t.same(await send('a'), { outcome: 'delivered' });
  // A body that never ends: the status was the acknowledgement.
  receiver.answer = (_, response) => response.writeHead(200).write('x'.repeat(10));
  t.same(await send('a', { deadline_ms: 300, fresh: false }), { outcome: 'delivered' });
  receiver.answer = (_, response) => response.writeHead(204).end();
  t.same(await send('b'), { outcome: 'delivered' });
});

t.test('a hanging receiver costs one deadline, a fresh attempt another connection', async t => {
  const { receiver, send } = await setUp(t, { timeout_ms: 50 });
  t.same(await send('warm'), { outcome: 'delivered' });
  await pause();
  receiver.answer = (request, response) => {
    if (request.connection > 1) response.writeHead(204).end();
  };
  const hung = send('a', { deadline_ms: 100_000, fresh: false });
  await receiver.received.take(2);
  await pause(60);
  t.same(await send('a', { deadline_ms: 5000, fresh: true }), { outcome: 'delivered' });
  t.equal(receiver.connections, 2);
  await pause();
  t.same(
    await send('b'),
    { outcome: 'delivered' },
    'the next alarm does not meet the one that hangs',
  );
  t.equal(receiver.connections, 2);
  const first = receiver.all.find(({ connection }) => connection === 1);
  first?.socket.destroy();
  t.match(await hung, { outcome: 'retry' });
  t.match(await send('c', { deadline_ms: 60, fresh: false }), { outcome: 'delivered' });
  receiver.answer = () => {};
  t.match(await send('d', { deadline_ms: 60, fresh: false }), {
    outcome: 'retry',
    reason: 'no answer within 60 ms',
  });
});

t.test('many fresh attempts at a time make one set of new connections', async t => {
  const { receiver, send } = await setUp(t, { timeout_ms: 50 });
  await send('warm');
  await pause(60);
  const many = Array.from({ length: 20 }, (_, i) =>
    send(`a${i}`, { deadline_ms: 5000, fresh: true }),
  );
  for (const result of await Promise.all(many)) t.same(result, { outcome: 'delivered' });
  t.ok(receiver.connections <= 21);
  await until(() => receiver.open <= 20);
});

t.test('heartbeats tell that the agent lives, and its absence is seen', async t => {
  const lines = new Queue<string>();
  const log = {
    ...silentLog,
    warn: (fields: unknown) => lines.push(`warn ${(fields as { reason: string }).reason}`),
    info: (fields: unknown) => lines.push(`info ${(fields as { reason: string }).reason}`),
  };
  const { receiver, adapter, send } = await setUp(t, { heartbeat_s: 1 }, { log });
  adapter.start?.(() => []);
  adapter.start?.(() => []);
  const first = await receiver.received.next();
  const beat = JSON.parse(first.body);
  t.match(beat, {
    type: 'io.pathwarden.heartbeat',
    source: 'urn:test',
    data: { count: 1, interval_s: 1 },
  });
  await pause();
  await send('a');
  t.equal((await receiver.received.next()).connection, first.connection, 'alarms find it warm');
  receiver.answer = (_, response) => response.writeHead(500).end();
  t.equal(await lines.next(), 'warn HTTP 500');
  receiver.answer = (_, response) => response.writeHead(204).end();
  t.equal(await lines.next(), 'info null');
  const ids = receiver.all.map(({ body }) => JSON.parse(body).id);
  t.equal(new Set(ids).size, ids.length, 'each its own id');
  await adapter.close();
  const count = receiver.all.length;
  await pause(1200);
  t.equal(receiver.all.length, count, 'no heartbeat after close');
});

t.test('a token is sent, hidden, and read again', async t => {
  const file = path.join(temporaryFolder(t), 'token');
  writeFileSync(file, 'first-token\n');
  const lines: object[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => lines.push(fields as object) };
  const { receiver, adapter, secrets } = await setUp(
    t,
    { token_file: file, heartbeat_s: 1 },
    { log },
  );
  adapter.start?.(() => []);
  t.equal((await receiver.received.next()).headers.authorization, 'Bearer first-token');
  writeFileSync(file, 'second-token\n');
  while ((await receiver.received.next()).headers.authorization !== 'Bearer second-token');
  writeFileSync(file, 'broken token\n\n');
  await until(() => lines.length > 0);
  t.match(lines, [{ adapter: 'vim', reason: /expected one/ }]);
  const beats = receiver.all.length;
  await until(() => receiver.all.length > beats);
  t.equal(receiver.all.at(-1)?.headers.authorization, 'Bearer second-token', 'the last good one');
  t.ok(secrets.includes('first-token') && secrets.includes('second-token'));
  await t.rejects(setUp(t, { token_file: file }), /expected one/);
  await t.rejects(setUp(t, { token_file: '/nonexistent/token' }), /ENOENT/);
});

t.test('a body is signed with the key of the moment', async t => {
  const file = path.join(temporaryFolder(t), 'key');
  writeFileSync(file, 'the-first-key\n');
  const { receiver, adapter, send, secrets } = await setUp(t, { hmac_file: file });
  const now_s = Math.floor(Date.now() / 1000);
  const signed = async (key: string) => {
    await send('a');
    const { headers, body } = await receiver.received.next();
    const [, at, mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-pathwarden-signature'])) ?? [];
    t.ok(Math.abs(Number(at) - now_s) < 300, 'the time of sending');
    return mac === createHmac('sha256', key).update(`${at}.${body}`).digest('hex');
  };
  t.ok(await signed('the-first-key'), 'a receiver can verify it as the README says');
  t.notOk(await signed('another key'));
  writeFileSync(file, 'the-second-key\n');
  adapter.start?.(() => []);
  await until(() => secrets.includes('the-second-key'));
  t.ok(await signed('the-second-key'));
  await t.rejects(setUp(t, { hmac_file: '/nonexistent/key' }), /ENOENT/);
});
