/** The host's nova-compute is kept as the active alarms want it, and nothing that somebody else did is undone. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { type Plan, plan, type Situation } from '../../../agent/adapters/nova/plan.ts';
import { novaSettings } from '../../../agent/adapters/nova/settings.ts';
import { TestContext } from '../support/adapter.ts';
import { notice } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { DONE, setUp } from './nova-setup.ts';

t.setTimeout(180_000);

const attempt = { deadline_ms: 5000, fresh: false };

t.test('defaults: for lost paths that no drill has cut, with a proof of fencing', async t => {
  const { settings } = await setUp(t, {});
  t.match(settings, { force_down: 'fenced', disable: false, timeout_ms: 500 });
  t.match(settings.route, { types: ['path-lost'], drills: 'exclude' });
  const parse = (more: object) =>
    novaSettings.safeParse({ kind: 'nova', name: 'x', auth: settings.auth, ...more }).success;
  t.notOk(parse({ force_down: 'never' }), 'nothing to tell');
  t.ok(parse({ force_down: 'never', disable: true }));
});

t.test('down while an alarm says so, up with the last of them', async t => {
  const { open, tell, lost, puts, cloud } = await setUp(t);
  const adapter = await open();
  t.same(await tell(adapter, lost('a')), DONE);
  t.match(cloud.service, { forced_down: true, status: 'enabled' });
  t.same(await tell(adapter, lost('b')), DONE);
  t.same(await tell(adapter, lost('a', 'acknowledged')), DONE);
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  t.equal(cloud.service.forced_down, true, 'b holds it still');
  t.same(await tell(adapter, lost('b', 'cleared')), DONE);
  t.equal(cloud.service.forced_down, false);
  t.same(puts(), [{ forced_down: true }, { forced_down: false }], 'each once');
  const [put] = cloud.asked('PUT', '/v2.1');
  t.equal(put?.url, '/v2.1/os-services/bcdae7d9-8504-45f9-b709-c3d626a9dc8a');
  t.equal(put?.headers['openstack-api-version'], 'compute 2.53');
});

t.test('a notice that comes twice, or late, does nothing more', async t => {
  const { open, tell, lost, puts, active, cloud } = await setUp(t);
  const adapter = await open();
  await tell(adapter, lost('a'));
  t.same(await tell(adapter, lost('a')), DONE);
  await tell(adapter, lost('a', 'cleared'));
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  // It waited for a Nova that was away, and is over meanwhile.
  const stale = adapter.map(notice(lost('old')), 'urn:test');
  t.equal(active.size, 0);
  t.same(await adapter.send(stale, attempt), DONE);
  t.equal(puts().length, 2);
  t.equal(cloud.service.forced_down, false);
});

t.test('ten alarms at once: one token, one PUT', async t => {
  const { open, tell, lost, puts, cloud } = await setUp(t);
  const adapter = await open();
  const ids = Array.from({ length: 10 }, (_, i) => `a${i}`);
  t.same(await Promise.all(ids.map(id => tell(adapter, lost(id)))), Array(10).fill(DONE));
  t.same(puts(), [{ forced_down: true }]);
  t.same(
    await Promise.all(ids.map(id => tell(adapter, lost(id, 'cleared')))),
    Array(10).fill(DONE),
  );
  t.same(puts(), [{ forced_down: true }, { forced_down: false }]);
  t.equal(cloud.issued, 1);
});

t.test('what the route does not name, and what maintenance holds, is no reason', async t => {
  const { open, tell, lost, cloud, active } = await setUp(t);
  const adapter = await open();
  t.notOk(adapter.wants(lost('d', 'raised', { drill: 'd1' })));
  active.set('held', { ...lost('held'), held: true });
  active.set('drill', lost('drill', 'raised', { drill: 'd1' }));
  active.set('other', lost('other', 'raised', { type: 'link-down' }));
  await tell(adapter, lost('a'));
  await tell(adapter, lost('a', 'cleared'));
  t.equal(cloud.service.forced_down, false);
});

t.test('whoever else has forced it down, it stays', async t => {
  const { open, tell, lost, puts, cloud } = await setUp(t);
  cloud.service.forced_down = true;
  const adapter = await open();
  t.same(await tell(adapter, lost('a')), DONE);
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  t.same(puts(), []);
  t.equal(cloud.service.forced_down, true);
});

t.test('an operator who takes it back is not fought, but another alarm counts', async t => {
  const { open, tell, lost, cloud } = await setUp(t);
  const adapter = await open();
  await tell(adapter, lost('a'));
  cloud.service.forced_down = false;
  await tell(adapter, lost('a', 'changed'));
  t.equal(cloud.service.forced_down, false);
  await tell(adapter, lost('b'));
  t.equal(cloud.service.forced_down, true);
});

t.test('a new run of the agent knows what the last one did', async t => {
  const { open, tell, lost, puts, cloud } = await setUp(t);
  const first = await open();
  await tell(first, lost('a'));
  await first.close();
  const second = await open();
  t.same(await tell(second, lost('a')), DONE, 'sent again because the answer was not stored');
  t.equal(puts().length, 1);
  t.same(await tell(second, lost('a', 'cleared')), DONE);
  t.equal(cloud.service.forced_down, false);
  await second.close();
  cloud.service.forced_down = true;
  const third = await open();
  await tell(third, lost('b'));
  await tell(third, lost('b', 'cleared'));
  t.equal(cloud.service.forced_down, true, 'and what it did not do');
});

t.test('the answer is lost after Nova has done it', async t => {
  const { open, tell, lost, puts, cloud } = await setUp(t);
  const adapter = await open();
  cloud.instead['v2.1'] = (request, response) => {
    if (request.method === 'PUT') {
      cloud.service.forced_down = true;
      request.socket.destroy();
    } else cloud.answer(request, response);
  };
  t.match(await tell(adapter, lost('a')), { outcome: 'retry' });
  cloud.instead = {};
  t.same(await tell(adapter, lost('a')), DONE);
  t.equal(puts().length, 1, 'it is so already');
  await tell(adapter, lost('a', 'cleared'));
  t.equal(cloud.service.forced_down, false, 'and was ours');
});

t.test('without a proof of fencing it waits, and holds nobody up', async t => {
  const context = new TestContext(t);
  const proof = `${context.state_dir}/fenced.json`;
  const { open, tell, lost, puts, cloud } = await setUp(t, { fencing_proof: proof, disable: true });
  const adapter = await open();
  const waits = {
    outcome: 'retry',
    reason: /no proof of fencing: .* is not there/,
    after_ms: 1000,
  };
  t.match(await tell(adapter, lost('a')), waits);
  t.match(puts(), [
    { status: 'disabled', disabled_reason: 'pathwarden: path-lost group/ecmp:10.0.0.9/32' },
  ]);
  t.equal(cloud.service.forced_down, false);
  t.match(await tell(adapter, lost('b')), waits);
  t.same(await tell(adapter, lost('b', 'cleared')), DONE, 'an end waits for no proof');
  const says = (more: object) =>
    writeFileSync(
      proof,
      JSON.stringify({
        host: 'compute-1',
        fenced: true,
        at: new Date().toISOString(),
        by: 'x',
        ...more,
      }),
      { mode: 0o600 },
    );
  says({ host: 'compute-2' });
  t.match(await tell(adapter, lost('a')), { reason: /about another host/ });
  says({});
  t.same(await tell(adapter, lost('a')), DONE);
  t.match(cloud.service, { forced_down: true, status: 'disabled' });
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  t.match(cloud.service, { forced_down: false, status: 'enabled' });
});

t.test('disabled for another reason, it stays disabled', async t => {
  const { open, tell, lost, cloud } = await setUp(t, { force_down: 'never', disable: true });
  Object.assign(cloud.service, { status: 'disabled', disabled_reason: 'disk change' });
  const adapter = await open();
  await tell(adapter, lost('a'));
  await tell(adapter, lost('a', 'cleared'));
  t.match(cloud.service, { status: 'disabled', disabled_reason: 'disk change' });
});

t.test('an end waits for the PUT that is under way, and has the last word', async t => {
  const { open, tell, lost, cloud, puts } = await setUp(t, {
    force_down: 'always',
    timeout_ms: 50,
  });
  const adapter = await open();
  let release = () => {};
  cloud.instead['v2.1'] = (request, response) => {
    if (request.method !== 'PUT') cloud.answer(request, response);
    else release = () => cloud.answer(request, response);
  };
  const down = tell(adapter, lost('a'));
  await until(() => puts().length === 1);
  const up = tell(adapter, lost('a', 'cleared'), { deadline_ms: 5000, fresh: true });
  await new Promise(resolve => setTimeout(resolve, 100));
  t.equal(puts().length, 1);
  cloud.instead = {};
  release();
  t.same(await Promise.all([down, up]), [DONE, DONE]);
  t.equal(cloud.service.forced_down, false);
});

t.test('the plan', async t => {
  const service = {
    id: 's',
    forced_down: false,
    status: 'enabled',
    disabled_reason: null,
  } as const;
  const reason = (id: string) => ({ id, text: 'path-lost g', since_us: 1 });
  const policy = { force_down: 'fenced', disable: false } as const;
  const none = { ours: false, alarms: [] };
  const cases: [Partial<Situation>, Plan][] = [
    [{}, { change: null, mark: none, waits: false }],
    [{ reasons: [reason('a')] }, { change: null, mark: none, waits: true }],
    [
      { reasons: [reason('a')], fenced: true },
      { change: { forced_down: true }, mark: { ours: true, alarms: ['a'] }, waits: false },
    ],
    [
      { reasons: [reason('a')], service: { ...service, forced_down: true } },
      { change: null, mark: { ours: false, alarms: ['a'] }, waits: false },
    ],
    [
      { service: { ...service, forced_down: true }, mark: { ours: true, alarms: ['a'] } },
      { change: { forced_down: false }, mark: none, waits: false },
    ],
    [
      { service: { ...service, forced_down: true }, mark: { ours: false, alarms: ['a'] } },
      { change: null, mark: none, waits: false },
    ],
  ];
  for (const [given, expected] of cases) {
    t.same(plan({ service, reasons: [], mark: none, fenced: false, ...given }, policy), expected);
  }
});
