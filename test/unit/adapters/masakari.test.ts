/** What Masakari is told, in its words, and what becomes of it. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { Follower } from '../../../agent/adapters/masakari/follow.ts';
import { masakariNotice } from '../../../agent/adapters/masakari/map.ts';
import type { Notifications } from '../../../agent/adapters/masakari/notifications.ts';
import { masakariSettings } from '../../../agent/adapters/masakari/settings.ts';
import type { Destination } from '../../../agent/outbox/destination.ts';
import type { AlarmChange, AlarmChangeKind } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { FakeOpenStack, HOST_UUID, json } from '../support/openstack.ts';

t.setTimeout(180_000);

const attempt = { deadline_ms: 5000, fresh: false };
const LOST = { type: 'path-lost', managedObjectId: 'group/ecmp:10.0.0.9/32' };
const VM = '96ab1c42-668c-4f2d-8689-afa3301d4ee9';
const DONE = { outcome: 'delivered' };
/** Raised now, so that a proof can be as old as the alarm. */
const NOW = { ...stampAt(0), wall_us: Date.now() * 1000 };

async function setUp(t: Test, more: object = {}) {
  const cloud = await new FakeOpenStack().start(t);
  const context = new TestContext(t);
  const password_file = context.secret(cloud.password);
  const proof = `${context.state_dir}/fenced.json`;
  const settings = masakariSettings.parse({
    kind: 'masakari',
    name: 'vim',
    auth: { ...cloud.auth, password_file },
    fencing_proof: proof,
    ...more,
  });
  const active = new Map<string, AlarmChange>();
  const lost = (id: string, kind: AlarmChangeKind = 'raised', fields = {}) =>
    change(id, 1, kind, { ...LOST, alarmRaisedTime: NOW, ...fields });
  const open = async () => {
    const adapter = await createAdapter(settings, context);
    t.teardown(() => adapter.close());
    adapter.start?.(() => [...active.values()]);
    return adapter;
  };
  const tell = (adapter: Destination, one: AlarmChange, how = attempt) => {
    if (one.kind === 'cleared') active.delete(one.alarm.id);
    else active.set(one.alarm.id, one);
    return adapter.send(adapter.map(notice(one), 'urn:test'), how);
  };
  const fence = () =>
    writeFileSync(
      proof,
      JSON.stringify({ host: 'compute-1', fenced: true, at: new Date().toISOString(), by: 'x' }),
      { mode: 0o600 },
    );
  const posts = () => cloud.bodies('POST', '/v1/notifications').map(one => one.notification);
  return { cloud, context, settings, active, lost, open, tell, fence, posts };
}

t.test('the words for a host, an instance and a process', async t => {
  const mapped = (kind: AlarmChangeKind, managedObjectId: string) =>
    masakariNotice(notice(change('a', 1, kind, { managedObjectId }))).notification;
  t.same(mapped('raised', 'group/bond:bond0'), {
    type: 'COMPUTE_HOST',
    generated_time: '2026-03-04T05:06:07.001890Z',
    payload: { event: 'STOPPED' },
  });
  t.same(mapped('cleared', 'host'), {
    type: 'COMPUTE_HOST',
    generated_time: '2026-03-04T05:06:07.003890Z',
    payload: { event: 'STARTED' },
  });
  t.match(mapped('raised', `vm/${VM}`), {
    type: 'VM',
    payload: { event: 'LIFECYCLE', instance_uuid: VM, vir_domain_event: 'STOPPED_FAILED' },
  });
  t.equal(mapped('cleared', `vm/${VM}`), null);
  t.match(mapped('raised', 'process/nova-compute'), {
    type: 'PROCESS',
    payload: { process_name: 'nova-compute', event: 'STOPPED' },
  });
  t.match(mapped('cleared', 'process/nova-compute'), { payload: { event: 'STARTED' } });
  t.match(mapped('raised', 'vm/not-a-uuid'), { type: 'COMPUTE_HOST' });
  t.equal(mapped('acknowledged', 'host'), null);
  const later = { alarmChangedTime: stampAt(9_000_000) };
  t.equal(
    masakariNotice(notice(change('a', 2, 'changed', later))).notification?.generated_time,
    mapped('raised', 'host')?.generated_time,
    'the same whenever it is told: a duplicate is known by it',
  );
});

t.test('a fenced host: recovered, followed to its end, back again', async t => {
  const { open, tell, lost, fence, posts, cloud, context } = await setUp(t);
  cloud.statuses = ['running', 'finished'];
  fence();
  const adapter = await open();
  t.same(await tell(adapter, lost('a')), DONE);
  await until(() => context.reports.length > 0);
  t.same(context.reports, ['ok: ']);
  t.same(await tell(adapter, lost('a', 'acknowledged')), DONE);
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  t.match(posts(), [
    {
      type: 'COMPUTE_HOST',
      hostname: 'compute-1',
      payload: { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' },
    },
    {
      hostname: 'compute-1',
      payload: { event: 'STARTED', cluster_status: 'ONLINE', host_status: 'NORMAL' },
    },
  ]);
  t.equal(posts().length, 2);
});

t.test(
  'without a proof: UNKNOWN once, which recovers nothing, and NORMAL when there is one',
  async t => {
    const { open, tell, lost, fence, posts } = await setUp(t);
    const adapter = await open();
    const waits = { outcome: 'retry', reason: /UNKNOWN.*no proof of fencing/, after_ms: 1000 };
    t.match(await tell(adapter, lost('a')), waits);
    t.match(await tell(adapter, lost('a')), waits);
    t.match(posts(), [{ payload: { event: 'STOPPED', host_status: 'UNKNOWN' } }]);
    fence();
    t.same(await tell(adapter, lost('a')), DONE);
    t.equal(posts().length, 2);
    t.match(posts()[1], { payload: { host_status: 'NORMAL' } });
    t.same(await tell(adapter, lost('b', 'changed')), DONE);
  },
);

t.test('a change of an alarm that was told is no news, in this run and the next', async t => {
  const { open, tell, lost, posts, cloud, active } = await setUp(t);
  const vm = (id: string, kind?: AlarmChangeKind) =>
    lost(id, kind, { type: 'vm-lost', managedObjectId: `vm/${VM}` });
  const first = await open();
  t.same(await tell(first, vm('a')), DONE);
  // Else it knows a duplicate by itself.
  cloud.notifications.length = 0;
  t.same(await tell(first, vm('a', 'changed')), DONE);
  t.equal(posts().length, 1, 'the instance may be well again');
  t.same(await tell(first, vm('b', 'changed')), DONE);
  t.equal(posts().length, 2, 'one that became bad enough only now');
  await first.close();
  const second = await open();
  cloud.notifications.length = 0;
  t.same(await tell(second, vm('a', 'changed')), DONE);
  t.equal(posts().length, 2);
  active.clear();
  cloud.notifications.length = 0;
  t.same(await tell(second, vm('c')), DONE);
  t.equal(posts().length, 3);
});

t.test('what was on disk waits until the active alarms are known', async t => {
  const { settings, context, lost, posts, fence } = await setUp(t);
  fence();
  const adapter = await createAdapter(settings, context);
  t.teardown(() => adapter.close());
  const stale = adapter.send(adapter.map(notice(lost('a')), 'urn:test'), attempt);
  adapter.start?.(() => [lost('b')]);
  t.same(await stale, DONE);
  t.same(posts(), [], 'it is over');
});

t.test('none is configured: UNKNOWN, and that is all', async t => {
  const { open, tell, lost, posts } = await setUp(t, { fencing_proof: undefined });
  const adapter = await open();
  t.same(await tell(adapter, lost('a')), DONE);
  t.match(posts(), [{ payload: { host_status: 'UNKNOWN' } }]);
  t.equal(posts().length, 1);
});

t.test('what is over before it could be told evacuates nobody', async t => {
  const { open, fence, lost, posts, context, active, tell } = await setUp(t);
  fence();
  const adapter = await open();
  const stale = adapter.map(notice(lost('a')), 'urn:test');
  t.same(await adapter.send(stale, attempt), DONE);
  t.same(posts(), []);
  t.match(context.lines.at(-1), ['info', { key: 'a/1' }, /is not so any more/]);
  active.set('b', lost('b'));
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  t.same(posts(), [], 'and it has not started while another alarm says that it cannot serve');
});

t.test('the two kinds of 409', async t => {
  const { open, tell, lost, fence, posts, cloud, context } = await setUp(t);
  fence();
  const adapter = await open();
  await tell(adapter, lost('a'));
  t.same(await tell(adapter, lost('a')), DONE, 'a duplicate');
  t.equal(cloud.notifications.length, 1);
  t.notOk(context.lines.some(([, , text]) => /maintenance/.test(String(text))));
  cloud.maintenance = true;
  t.same(await tell(adapter, lost('b')), DONE, 'being handled already');
  t.ok(
    context.lines.some(([level, , text]) => level === 'warn' && /maintenance/.test(String(text))),
  );
  cloud.instead.v1 = (_, response) =>
    json(response, 409, { conflictingRequest: { code: 409, message: 'something else' } });
  t.match(await tell(adapter, lost('c')), { outcome: 'retry', reason: /409: something else/ });
  t.equal(posts().length, 4);
});

t.test('what was fenced for one alarm is fenced for those that come while it lasts', async t => {
  const { open, tell, lost, fence } = await setUp(t);
  fence();
  const adapter = await open();
  const later = { alarmRaisedTime: { ...NOW, wall_us: NOW.wall_us + 60_000_000 } };
  t.match(await tell(adapter, lost('b', 'raised', later)), { reason: /older than the alarm/ });
  t.same(await tell(adapter, lost('a')), DONE);
  t.same(await tell(adapter, lost('b', 'raised', later)), DONE);
});

t.test('two paths of a host at once are one notification', async t => {
  const { open, tell, lost, fence, posts } = await setUp(t);
  fence();
  const adapter = await open();
  t.same(await Promise.all([tell(adapter, lost('a')), tell(adapter, lost('b'))]), [DONE, DONE]);
  t.equal(posts().length, 1);
});

t.test('a host that no segment has', async t => {
  const { open, tell, lost, context } = await setUp(t, { host: 'nosuch' });
  const adapter = await open();
  t.match(await tell(adapter, lost('a')), {
    outcome: 'refused',
    reason: /Host with name nosuch could not be found\. add nosuch to a segment, or set host/,
  });
  await until(() => context.lines.some(([, , text]) => /cannot be told yet/.test(String(text))));
});

t.test('a recovery that failed is reported, until one succeeds or the alarm is over', async t => {
  const { open, tell, lost, fence, cloud, context } = await setUp(t);
  fence();
  cloud.statuses = ['failed'];
  const adapter = await open();
  await tell(adapter, lost('a'));
  await until(() => context.reports.length === 1);
  t.match(context.reports, [/^failed: Masakari's notification 4225dd35.* failed$/]);
  await tell(adapter, lost('a', 'cleared'));
  t.same(context.reports.at(-1), 'ok: ');
});

t.test('statuses until the end', async t => {
  const answers: (string | null | { outcome: 'retry'; reason: string; after_ms: null })[] = [];
  const context = new TestContext(t);
  let asked = 0;
  const follower = new Follower({
    name: 'vim',
    notifications: {
      status: async () => {
        asked += 1;
        return answers.length > 1 ? answers.shift() : answers[0];
      },
    } as unknown as Notifications,
    log: context.log,
    report: context.report,
    firstMs: 1,
  });
  t.teardown(() => follower.close());
  const till = async (...given: typeof answers) => {
    const before = [context.lines.length, asked];
    answers.splice(0, answers.length, ...given);
    follower.follow('u', 'a');
    follower.follow('u', 'a');
    await until(() => context.lines.length > (before[0] ?? 0));
    return [context.reports.at(-1), asked - (before[1] ?? 0)];
  };
  const away = { outcome: 'retry', reason: 'HTTP 500', after_ms: null } as const;
  t.match(await till('new', away, 'error', 'running', 'failed'), [/^failed: .* failed/, 5]);
  t.match(await till('ignored'), [/^failed/, 1], 'which mends nothing');
  t.match(await till('running', 'finished'), ['ok: ', 2]);
  const reports = context.reports.length;
  follower.over('another');
  t.equal(context.reports.length, reports + 1, 'what failed before is forgotten');
  t.match(await till(null), [/is not known there any more/, 1]);
  follower.over('a');
  t.equal(context.reports.at(-1), 'ok: ');
});

t.test('what the last run sent is followed by this one', async t => {
  const { open, cloud, context } = await setUp(t);
  cloud.notifications.push({
    notification_uuid: '4225dd35-fd5f-4c72-b897-06e29db592da',
    type: 'COMPUTE_HOST',
    status: 'running',
  });
  cloud.statuses = ['failed'];
  await open();
  await until(() => context.reports.length > 0);
  t.match(context.reports, [/^failed: Masakari's notification 4225dd35/]);
  const [list] = cloud.asked('GET', '/v1/notifications?');
  t.match(list?.url, new RegExp(`source_host_uuid=${HOST_UUID}&status=new`), 'of this host alone');
});

t.test('hostile answers of Masakari', async t => {
  type Answer = NonNullable<FakeOpenStack['instead'][string]>;
  const hostile: [RegExp, Answer][] = [
    [
      /HTTP 500: Unexpected/,
      (_, response) =>
        json(response, 500, { masakariFault: { code: 500, message: 'Unexpected API Error.' } }),
    ],
    [
      /HTTP 503/,
      (_, response) =>
        response.writeHead(503).end('<p>The Keystone service is temporarily unavailable.'),
    ],
    [
      /HTTP 301/,
      (_, response) => response.writeHead(301, { location: 'http://127.0.0.1:9' }).end(),
    ],
    [/HTTP 200, but not/, (_, response) => response.writeHead(200).end('garbage')],
    [
      /HTTP 202, but not/,
      (_, response) => json(response, 202, { notification: { notification_uuid: '../../x' } }),
    ],
    [/more than/, (_, response) => response.writeHead(202).end('x'.repeat(10_000_000))],
    [/no answer within/, () => {}],
  ];
  for (const [reason, answer] of hostile) {
    const { open, tell, lost, fence, cloud } = await setUp(t);
    fence();
    cloud.instead.v1 = answer;
    const adapter = await open();
    const deadline_ms = String(reason).includes('within') ? 300 : 5000;
    t.match(await tell(adapter, lost('a'), { deadline_ms, fresh: false }), {
      outcome: 'retry',
      reason,
    });
    await adapter.close();
  }
  const { open, tell, lost, cloud } = await setUp(t);
  cloud.instead.v1 = (_, response) =>
    json(response, 400, {
      badRequest: { code: 400, message: 'Additional properties are not allowed' },
    });
  t.match(await tell(await open(), lost('a')), { outcome: 'refused', reason: /400: Additional/ });
});
