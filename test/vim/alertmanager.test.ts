/** The adapter `alertmanager` against a real one, and what that tells its own receiver. */
import '../../scripts/vim-lab/own-namespace.ts';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { AlarmChangeKind } from '../../agent/types.ts';
import { until } from '../../scripts/lab/wait.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';
import { change } from '../unit/support/alarm.ts';
import { openEscalation, PATIENCE_MS } from './outbox.ts';

t.setTimeout(300_000);

interface Alert {
  status: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Alerts as the webhook was told of them, one after another. */
const notified: Alert[] = [];
const webhook = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  notified.push(...JSON.parse(text).alerts);
  response.end();
});
webhook.listen(0, '0.0.0.0');
await once(webhook, 'listening');
t.teardown(() => webhook.close());
const { port } = webhook.address() as AddressInfo;

const vim = await openVim({
  services: ['alertmanager'],
  alertmanager: ({ here }) => `
global: {resolve_timeout: 2s}
route: {receiver: us, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: us, webhook_configs: [{url: 'http://${here}:${port}/', send_resolved: true}]}]
`,
});
t.teardown(() => vim.closeClean());

interface Listed {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
}

async function listed(): Promise<Listed[]> {
  const answer = await fetch(`${vim.endpoints.alertmanager}/api/v2/alerts`);
  return (await answer.json()) as Listed[];
}

const told = (id: string, status: string) =>
  notified.filter(one => one.status === status && one.annotations.alarm_id === id);
const shown = async (id: string) =>
  (await listed()).filter(({ annotations }) => annotations.alarm_id === id);

/** An alert is what its labels are: each alarm here is about a link of its own. */
const about = (id: string, revision: number, kind?: AlarmChangeKind) =>
  change(id, revision, kind, { managedObjectId: `leg/${id}` });

/** Seconds for which it outlives the time after which an alert that is not sent again resolves itself. */
const ALIVE_S = 10;
const entry = () => ({
  kind: 'alertmanager',
  url: `${vim.endpoints.alertmanager}/api/v2/alerts`,
  host: 'compute-1',
  resend_s: 2,
});

t.test('raised, kept alive, resolved', async t => {
  const escalation = await openEscalation(t, entry());
  await escalation.put(about('a', 1));
  await escalation.settled();
  t.match(await shown('a'), [
    { labels: { alertname: String, host: 'compute-1' }, startsAt: /^2026-03-04T05:06:07\.00/ },
  ]);
  await until('the webhook to be told', () => told('a', 'firing').length > 0, PATIENCE_MS);

  const began = performance.now();
  let seen = 0;
  await until(
    'its time to pass',
    async () => {
      if ((await shown('a')).length !== 1) throw new Error('it is not listed');
      seen += 1;
      return performance.now() - began > ALIVE_S * 1000;
    },
    PATIENCE_MS,
    200,
  );
  t.ok(seen > ALIVE_S, 'it was listed each time');
  t.same(told('a', 'resolved'), []);

  await escalation.put(about('a', 2, 'cleared'));
  await escalation.settled();
  t.same(await shown('a'), []);
  await until('the resolve to be told', () => told('a', 'resolved').length > 0, PATIENCE_MS);
  t.equal(told('a', 'firing').length, 1, 'it was told of once');
  t.equal(told('a', 'resolved').length, 1);
});

t.test('killed and started: it knows again, and what ended meanwhile', async t => {
  const escalation = await openEscalation(t, entry());
  await escalation.put(about('b', 1), about('c', 1));
  await escalation.settled();
  await vim.stop('alertmanager');
  await escalation.put(about('b', 2, 'cleared'), about('d', 1));
  await escalation.failedFor(/ECONNREFUSED/);
  await vim.start('alertmanager');
  await escalation.settled();
  await until(
    'c and d to be listed',
    async () => {
      const ids = (await listed()).map(({ annotations }) => annotations.alarm_id);
      return ids.includes('c') && ids.includes('d');
    },
    PATIENCE_MS,
  );
  t.same(await shown('b'), []);
});

t.test('of an agent that is gone, alerts resolve themselves', async t => {
  const escalation = await openEscalation(t, entry());
  await escalation.put(about('e', 1));
  await escalation.settled();
  t.equal((await shown('e')).length, 1);
  await escalation.close();
  await until('it to end', () => told('e', 'resolved').length > 0, PATIENCE_MS);
});
