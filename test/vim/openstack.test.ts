/** The adapters `nova` and `masakari` against a real Keystone, Nova and Masakari. */
import '../../scripts/vim-lab/own-namespace.ts';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { issueToken } from '../../scripts/vim-lab/openstack/api.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { TestContext } from '../unit/support/adapter.ts';
import { change, stampAt } from '../unit/support/alarm.ts';
import { openEscalation, PATIENCE_MS } from './outbox.ts';

t.setTimeout(900_000);

const vim = await openVim({ services: ['openstack'] });
t.teardown(() => vim.closeClean());

const { username, password, project } = vim.credentials.agent;

/** A path that is lost now: a proof of fencing must not be older. */
function lost(id: string) {
  const fields = {
    type: 'path-lost',
    managedObjectId: 'group/ecmp:10.77.9.2/32',
    alarmRaisedTime: { ...stampAt(0), wall_us: Date.now() * 1000 },
  };
  return { raised: change(id, 1, 'raised', fields), cleared: change(id, 2, 'cleared', fields) };
}

async function compute(host: string) {
  const path = `/os-services?binary=nova-compute&host=${host}`;
  const { body } = await vim.api('GET', 'nova', path);
  const { id, state, status, forced_down, disabled_reason } = body.services[0];
  return { id, state, status, forced_down, disabled_reason };
}

async function hostInSegment(
  name: string,
): Promise<{ path: string; uuid: string; on_maintenance: boolean }> {
  const { body } = await vim.api('GET', 'masakari', '/segments');
  const path = `/segments/${body.segments[0].uuid}/hosts`;
  const hosts = (await vim.api('GET', 'masakari', path)).body.hosts;
  const host = hosts.find((one: { name: string }) => one.name === name);
  return { ...host, path: `${path}/${host.uuid}` };
}

interface Notification {
  payload: Record<string, string>;
  status: string;
  source_host_uuid: string;
}

async function notifications(name: string): Promise<Notification[]> {
  const { uuid } = await hostInSegment(name);
  const { body } = await vim.api('GET', 'masakari', '/notifications');
  return body.notifications.filter((one: Notification) => one.source_host_uuid === uuid);
}

/** Passes on to Keystone, and remembers the tokens that it gives. */
async function keystoneWatched(t: Test) {
  const tokens: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const target = `${new URL(vim.endpoints.keystone).origin}${request.url}`;
    const headers = { 'content-type': 'application/json' };
    try {
      const answer = await fetch(target, { method: 'POST', body, headers });
      const token = answer.headers.get('x-subject-token');
      if (token) tokens.push(token);
      const said = {
        'content-type': 'application/json',
        ...(token && { 'x-subject-token': token }),
      };
      response.writeHead(answer.status, said).end(await answer.text());
    } catch {
      request.socket.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { auth_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`, tokens };
}

const signIn = (context: TestContext, auth_url: string = vim.endpoints.keystone) => ({
  auth_url,
  username,
  password_file: context.secret(password),
  project_name: project,
});

async function openNova(t: Test, host: string, more: object = {}) {
  const context = new TestContext(t);
  const entry = {
    kind: 'nova',
    host,
    force_down: 'always',
    auth: signIn(context),
    timeout_ms: 2000,
    ...more,
  };
  return await openEscalation(t, entry, context);
}

async function openMasakari(t: Test, host: string, more: object = {}) {
  const context = new TestContext(t);
  const fencing_proof = join(context.state_dir, 'fenced.json');
  const entry = {
    kind: 'masakari',
    host,
    fencing_proof,
    auth: signIn(context),
    timeout_ms: 5000,
    ...more,
  };
  const fence = () => {
    const proof = { host, fenced: true, at: new Date().toISOString(), by: 'test' };
    writeFileSync(fencing_proof, JSON.stringify(proof), { mode: 0o600 });
  };
  return { ...(await openEscalation(t, entry, context)), fence };
}

t.test('nova: forced down and disabled while the path is lost', async t => {
  const nova = await openNova(t, 'compute1', { disable: true });
  const path = lost('a');
  await nova.put(path.raised);
  await nova.settled();
  t.match(await compute('compute1'), {
    state: 'down',
    forced_down: true,
    status: 'disabled',
    disabled_reason: 'pathwarden: path-lost group/ecmp:10.77.9.2/32',
  });
  t.match(await compute('compute2'), { forced_down: false, status: 'enabled' }, 'that host alone');
  await nova.put(path.cleared);
  await nova.settled();
  t.match(await compute('compute1'), {
    forced_down: false,
    status: 'enabled',
    disabled_reason: null,
  });
  t.equal(nova.told.length, 2);
});

t.test('nova: with an application credential', async t => {
  const token = await issueToken(vim.credentials.agent);
  const own = (
    await vim.api('GET', 'keystone', '/auth/tokens', undefined, { 'X-Subject-Token': token })
  ).body.token.user.id;
  const made = await fetch(`${vim.endpoints.keystone}/users/${own}/application_credentials`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': token },
    body: JSON.stringify({ application_credential: { name: 'pathwarden' } }),
  });
  t.equal(made.status, 201);
  const { application_credential: credential } = (await made.json()) as {
    application_credential: { id: string; secret: string };
  };
  const context = new TestContext(t);
  const auth_url = vim.endpoints.keystone;
  const application_credential_secret_file = context.secret(credential.secret);
  for (const who of [
    { application_credential_id: credential.id },
    { application_credential_name: 'pathwarden', username },
  ]) {
    const auth = { auth_url, application_credential_secret_file, ...who };
    const nova = await openNova(t, 'compute1', { auth });
    const path = lost('a');
    await nova.put(path.raised);
    await nova.settled();
    t.match(await compute('compute1'), { state: 'down', forced_down: true });
    await nova.put(path.cleared);
    await nova.settled();
    t.match(await compute('compute1'), { forced_down: false });
  }
});

t.test('nova: the token is revoked in between', async t => {
  const { auth_url, tokens } = await keystoneWatched(t);
  const nova = await openNova(t, 'compute1', { auth: signIn(new TestContext(t), auth_url) });
  const path = lost('a');
  await nova.put(path.raised);
  await nova.settled();
  t.equal(tokens.length, 1);
  const subject = { 'X-Subject-Token': tokens[0]! };
  t.match(await vim.api('DELETE', 'keystone', '/auth/tokens', undefined, subject), { status: 204 });
  // It believes for five minutes what it has asked Keystone once.
  await vim.restart('nova-api');
  await nova.put(path.cleared);
  await nova.settled();
  t.match(await compute('compute1'), { forced_down: false });
  t.equal(tokens.length, 2);
  t.equal(nova.told.length, 2);
});

t.test('nova: Keystone is away and the token expires; then it comes back', async t => {
  const file = join(vim.dir, 'etc/keystone.conf');
  const before = readFileSync(file, 'utf8');
  const short = before.replace(/expiration = \d+/, 'expiration = 6');
  t.not(short, before);
  writeFileSync(file, short);
  t.teardown(async () => {
    writeFileSync(file, before);
    await vim.restart('keystone');
  });
  await vim.restart('keystone');
  const { auth_url, tokens } = await keystoneWatched(t);
  const nova = await openNova(t, 'compute1', { auth: signIn(new TestContext(t), auth_url) });
  const path = lost('a');
  await nova.put(path.raised);
  await nova.settled();
  t.match(await compute('compute1'), { state: 'down', forced_down: true });
  await vim.stop('keystone');
  const given = tokens.length;
  // The lifetime of the last token, which nobody can renew.
  await sleep(7000);
  await nova.put(path.cleared);
  t.match(await nova.failedFor(/Keystone/), /Keystone/);
  t.equal(tokens.length, given);
  await vim.start('keystone');
  await nova.settled();
  t.ok(tokens.length > given);
  t.match(await compute('compute1'), { forced_down: false });
  t.equal(nova.told.length, 2, 'each told once');
});

t.test('masakari: duplicate 409', async t => {
  const none = { fencing_proof: undefined };
  const first = await openMasakari(t, 'compute1', none);
  const path = lost('a');
  await first.put(path.raised);
  await first.settled();
  t.match(await notifications('compute1'), [
    { payload: { event: 'STOPPED', host_status: 'UNKNOWN' } },
  ]);
  // An agent that has lost its spool tells it again.
  const second = await openMasakari(t, 'compute1', none);
  await second.put(path.raised);
  await second.settled();
  t.equal((await notifications('compute1')).length, 1, 'once in effect');
  t.notOk(second.context.lines.some(([, , text]) => /maintenance/.test(String(text))));
  await until(
    'the engine to ignore it',
    async () => (await notifications('compute1'))[0]?.status === 'ignored',
    PATIENCE_MS,
  );
  t.match(await hostInSegment('compute1'), { on_maintenance: false }, 'nothing was recovered');
  await second.put(path.cleared);
  await second.settled();
  await until(
    'the engine to have seen the end',
    async () =>
      (await notifications('compute1')).some(
        ({ payload, status }) => payload.event === 'STARTED' && /finished|ignored/.test(status),
      ),
    PATIENCE_MS,
  );
  t.match(await hostInSegment('compute1'), { on_maintenance: false });
});

t.test(
  'masakari: an instance that it cannot recover is reported, until its alarm is over',
  async t => {
    const masakari = await openMasakari(t, 'compute1');
    const fields = {
      type: 'vm-crashed',
      managedObjectId: 'vm/96ab1c42-668c-4f2d-8689-afa3301d4ee9',
    };
    await masakari.put(change('v', 1, 'raised', fields));
    await masakari.settled();
    const { reports } = masakari.context;
    await until('the recovery to have failed', () => reports.length > 0, PATIENCE_MS);
    t.match(reports, [/^failed: Masakari's notification .* failed$/]);
    await masakari.put(change('v', 2, 'cleared', fields));
    await masakari.settled();
    t.equal(reports.at(-1), 'ok: ');
  },
);

t.test('masakari: recovered when it is fenced, once; under maintenance from then on', async t => {
  const masakari = await openMasakari(t, 'compute2');
  const path = lost('a');
  await masakari.put(path.raised);
  await masakari.failedFor(/no proof of fencing/);
  t.match(await notifications('compute2'), [{ payload: { host_status: 'UNKNOWN' } }]);
  masakari.fence();
  await masakari.settled();
  const stopped = async () =>
    (await notifications('compute2')).filter(({ payload }) => payload.host_status === 'NORMAL');
  t.match(await stopped(), [{ payload: { event: 'STOPPED', cluster_status: 'OFFLINE' } }]);
  await until(
    'the recovery to be finished',
    () => masakari.context.reports.includes('ok: '),
    PATIENCE_MS,
  );
  t.match(await stopped(), [{ status: 'finished' }]);
  t.match(await compute('compute2'), { status: 'disabled', disabled_reason: /Masakari/ });
  t.match(await hostInSegment('compute2'), { on_maintenance: true });
  // Another path of the same host, and its end: 409, the host is under maintenance.
  const other = lost('b');
  await masakari.put(other.raised);
  await masakari.settled();
  await masakari.put(other.cleared, path.cleared);
  await masakari.settled();
  t.equal((await stopped()).length, 1, 'once in effect');
  t.equal(masakari.told.length, 4, 'and each acknowledged');
  const warned = masakari.context.lines.filter(([, , text]) => /maintenance/.test(String(text)));
  t.ok(warned.length >= 2);
  t.same(
    masakari.context.reports.filter(one => one.startsWith('failed')),
    [],
  );
});

t.test('masakari: a service of the host', async t => {
  const masakari = await openMasakari(t, 'compute1');
  const fields = { type: 'process-died', managedObjectId: 'process/nova-compute' };
  await masakari.put(change('p', 1, 'raised', fields));
  await masakari.settled();
  const { reports } = masakari.context;
  await until('the recovery to be finished', () => reports.includes('ok: '), PATIENCE_MS);
  const [process] = (await notifications('compute1')).filter(({ payload }) => payload.process_name);
  t.match(process, {
    payload: { process_name: 'nova-compute', event: 'STOPPED' },
    status: 'finished',
  });
});

t.test('masakari: a host that is in no segment', async t => {
  const masakari = await openMasakari(t, 'compute9', { fencing_proof: undefined });
  await masakari.put(lost('a').raised);
  t.match(
    await masakari.failedFor(/refused/),
    /compute9 could not be found\. add compute9 to a segment/,
  );
});
