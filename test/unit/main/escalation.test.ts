/** What is said by hand, and what is forgotten, reaches the receiver: the daemon with a real spool, sockets and receiver. */
import { readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import type { Config } from '../../../agent/config.ts';
import { connectControl } from '../../../agent/control/client.ts';
import { openOutbox } from '../../../agent/outbox/index.ts';
import type { Alarm } from '../../../agent/types.ts';
import { ask } from '../control/http/client.ts';
import { authority } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { LiveHost, stage, start } from './stage.ts';

async function lost(t: Test, api: Config['api'] = {}) {
  const at = await stage(t);
  Object.assign(at.config.api, api);
  const agent = await start(t, at.config);
  const attach = await attached(at.requests);
  const host = new LiveHost();
  host.attach().serve(attach.peer);
  const admin = await connectControl(path.join(at.config.run_dir, 'admin.sock'));
  t.teardown(() => admin.close());
  return { ...at, agent, host, admin };
}

t.test('an acknowledgement is told, by the admin socket and by HTTPS', async t => {
  const folder = temporaryFolder(t);
  const { certFile, keyFile } = authority(folder, 'ca').issue('agent', 'IP:127.0.0.1');
  const token_file = path.join(folder, 'tokens');
  writeFileSync(token_file, 'admin:hunter-two-hunter\n');
  const port = await freePort();
  const { host, admin, events } = await lost(t, {
    listen: `127.0.0.1:${port}`,
    cert_file: certFile,
    key_file: keyFile,
    token_file,
  });
  host.now().lose('c-a').tellCarrier('c-a').flush();
  const { alarm } = await linkDown(events);
  t.equal(alarm.ackState, 'UNACKNOWLEDGED');
  await admin.request('ack', { alarms: [alarm.id], acknowledged: true, user: 'alice' });
  /** Of the alarm; its effects are told, too. */
  const next = async () => {
    for (;;) {
      const told = await events.next();
      if (told.alarm.id === alarm.id) return told;
    }
  };
  t.match(await next(), { kind: 'acknowledged', alarm: { ackUser: 'alice' } });
  const answer = await ask(
    { port, token: 'hunter-two-hunter', tls: { rejectUnauthorized: false } },
    {
      method: 'PATCH',
      path: `/v1/alarms/${alarm.id}`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ ackState: 'UNACKNOWLEDGED' }),
    },
  );
  t.equal(answer.status, 200, answer.text);
  t.match(await next(), { kind: 'changed', alarm: { ackState: 'UNACKNOWLEDGED' } });
  const known = await admin.request('alarms', { all: false });
  t.match(
    known.find(({ id }) => id === alarm.id),
    { ackState: 'UNACKNOWLEDGED' },
  );
});

/** The next word on it; on a slow machine the agent may have something to say of itself before. */
async function linkDown(
  events: Awaited<ReturnType<typeof stage>>['events'],
  meant: (alarm: Alarm) => boolean = () => true,
) {
  for (;;) {
    const told = await events.next();
    if (told.alarm.type === 'link-down' && meant(told.alarm)) return told;
  }
}

/** The next time that an agent attaches; the one before may have asked for more meanwhile. */
async function attached(requests: Awaited<ReturnType<typeof stage>>['requests']) {
  for (;;) {
    const request = await requests.next();
    if (request.type === 'attach') return request;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

t.test('what maintenance held is told when it ends, also after a restart', async t => {
  const { config, requests, host, admin, events, agent } = await lost(t);
  await admin.request('maintenance-on', {
    for_ms: 600_000,
    reason: 'new switch',
    notices: 'hold',
    objects: ['*'],
  });
  host.now().lose('c-a').tellCarrier('c-a').flush();
  let first: Alarm | undefined;
  while (!first) {
    const active = await admin.request('alarms', { all: false });
    first = active.find(({ type }) => type === 'link-down');
  }
  t.equal(first.maintenance, 'new switch');
  await agent.end();

  await start(t, config);
  const attach = await attached(requests);
  const later = new LiveHost();
  later.lose('c-a');
  Object.assign(later.legs['c-a'], { downs: 1 });
  later.attach().serve(attach.peer);
  const again = await connectControl(path.join(config.run_dir, 'admin.sock'));
  t.teardown(() => again.close());
  t.match((await again.request('status', {})).maintenance, { reason: 'new switch' });
  const kept = await again.request('alarms', { all: false });
  t.ok(kept.some(({ id }) => id === first.id));
  t.match(await again.request('maintenance-off', {}), { reason: 'new switch' });
  t.match(await linkDown(events), { kind: 'raised', alarm: { id: first.id } });
});

t.test('an agent that has lost its memory says so, and tells anew what is wrong', async t => {
  const cases: Record<string, (dir: string) => Promise<void>> = {
    'a state of another version': async dir => {
      const outbox = await openOutbox({
        dir,
        source: 'urn:test:host',
        destinations: [],
        budget_ms: 1000,
        active: () => [],
        onTold: () => {},
        onState: () => {},
        onDelivery: () => {},
      });
      t.ok(await outbox.put({ changes: [], state: { version: 99 }, cursor: null }));
      await outbox.close();
    },
    'a spool that is no database': async dir => {
      const files = readdirSync(dir, { withFileTypes: true }).filter(one => one.isFile());
      for (const { name } of files) writeFileSync(path.join(dir, name), 'x'.repeat(8192));
    },
  };
  for (const [name, spoil] of Object.entries(cases))
    await t.test(name, async t => {
      const { config, requests, host, events, others, agent } = await lost(t);
      host.now().lose('c-a').tellCarrier('c-a').flush();
      const { alarm } = await linkDown(events);
      await agent.end();
      await spoil(config.state_dir);
      await start(t, config);
      const { type, data } = await others.next();
      t.equal(type, 'io.pathwarden.alarms.rebuilt');
      t.match(data.reason, /raised anew/);
      const later = new LiveHost();
      later
        .lose('c-a')
        .attach()
        .serve((await attached(requests)).peer);
      const { alarm: anew } = await linkDown(events, ({ id }) => id !== alarm.id);
      t.equal(anew.managedObjectId, alarm.managedObjectId);
    });
});

t.test('an agent that was ended at once tells that what came uncommitted may be void', async t => {
  const { config, agent, host, events, others } = await lost(t);
  host.now().lose('c-a').tellCarrier('c-a').flush();
  await linkDown(events);
  await agent.end();
  const db = new DatabaseSync(path.join(config.state_dir, 'outbox.db'));
  db.exec("UPDATE meta SET value = '0' WHERE name = 'closed'");
  db.close();
  await start(t, config);
  const { type, data } = await others.next();
  t.equal(type, 'io.pathwarden.alarms.rebuilt');
  t.match(data.reason, /ended at once/);
});
