/** From a cut cable to OpenStack: the whole agent, a real host fault, a real Nova and Masakari, and kills in between. */
import '../../scripts/vim-lab/own-namespace.ts';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { LEGS } from '../../scripts/lab/network.ts';
import { run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { openSite } from '../netns/support.ts';

t.setTimeout(900_000);

const PATIENCE_MS = 90_000;
const HOST = 'compute1';

const vim = await openVim({ services: ['openstack'] });
t.teardown(() => vim.closeClean());

/** Readable for the agent's user. */
const folder = mkdtempSync(join(tmpdir(), 'pw-'));
chmodSync(folder, 0o755);
t.teardown(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o644 });
  return file;
};

const { username, password, project } = vim.credentials.agent;
const auth = JSON.stringify({
  auth_url: vim.endpoints.keystone,
  username,
  password_file: write('password', `${password}\n`),
  project_name: project,
});
const proof = join(folder, 'fenced.json');
const fence = () =>
  write(
    'fenced.json',
    JSON.stringify({ host: HOST, fenced: true, at: new Date().toISOString(), by: 'test' }),
  );
const adapters = `
adapters:
  - {kind: nova, name: nova, host: ${HOST}, timeout_ms: 2000, fencing_proof: ${proof}, auth: ${auth}}
  - {kind: masakari, name: masakari, host: ${HOST}, timeout_ms: 5000, fencing_proof: ${proof}, auth: ${auth}}
`;

async function compute() {
  const path = `/os-services?binary=nova-compute&host=${HOST}`;
  return (await vim.api('GET', 'nova', path)).body.services[0];
}

interface Notification {
  payload: Record<string, string>;
  status: string;
}

async function notifications(event: string, host_status: string): Promise<Notification[]> {
  const { body } = await vim.api('GET', 'masakari', '/notifications');
  return body.notifications.filter(
    ({ payload }: Notification) => payload.event === event && payload.host_status === host_status,
  );
}

t.test('a host that has lost its storage path', async t => {
  const site = await openSite(t, {
    rate: null,
    hosts: ['compute'],
    agent: { url: null, extra: adapters },
  });
  const { network } = site.lab;
  await vim.attach(network.compute);
  const legs = (to: 'up' | 'down') =>
    Promise.all(
      LEGS.map(leg => run(['ip', '-n', network.storage, 'link', 'set', leg.storage, to])),
    );
  const outbox = async () => (await site.status(site.compute)).outbox;
  const waitingFor = (reason: RegExp) =>
    until(
      `both to wait for ${reason}`,
      async () => (await outbox()).every(({ last_error }) => reason.test(last_error ?? '')),
      PATIENCE_MS,
    );
  const settled = () =>
    until(
      'all to be acknowledged',
      async () => (await outbox()).every(({ pending }) => pending === 0),
      PATIENCE_MS,
    );

  await legs('down');
  await waitingFor(/no proof of fencing/);
  t.match(await compute(), { state: 'up', forced_down: false }, 'not before it is fenced');
  t.match(await notifications('STOPPED', 'UNKNOWN'), [{}]);

  await site.compute.stopAgent('SIGKILL');
  await site.compute.startAgent();
  await waitingFor(/no proof of fencing/);
  fence();
  await settled();
  t.match(await compute(), { state: 'down', forced_down: true });
  await until(
    'the recovery to be finished',
    async () => (await notifications('STOPPED', 'NORMAL'))[0]?.status === 'finished',
    PATIENCE_MS,
  );
  const alarms = await site.compute.ask('alarms', { all: false });
  t.ok(alarms.some(({ type }) => type === 'path-lost'));

  // What it did at Nova it must know in its next life: else it could not undo it.
  await site.compute.stopAgent('SIGKILL');
  await site.compute.startAgent();
  await site.compute.ask('status', {}).catch(() => null);
  await legs('up');
  await until('Nova to have it up', async () => !(await compute()).forced_down, PATIENCE_MS);
  await until('the agent to be asked', () => outbox(), PATIENCE_MS);
  await settled();
  t.match(await compute(), { forced_down: false });
  t.equal((await notifications('STOPPED', 'NORMAL')).length, 1, 'recovered once');
  t.equal((await notifications('STOPPED', 'UNKNOWN')).length, 1);
});
