/** What the adapter `nova` makes of what Nova answers: old ones, hung ones, hostile ones. */
import t from 'tap';
import { until } from '../support/events.ts';
import { type FakeOpenStack, json, pushedClock } from '../support/openstack.ts';
import { DONE, setUp } from './nova-setup.ts';

t.setTimeout(180_000);

t.test('an old Nova: by host, with microversion 2.11', async t => {
  const { open, tell, lost, cloud } = await setUp(t, { force_down: 'always', disable: true });
  cloud.novaMax = 52;
  const adapter = await open();
  await tell(adapter, lost('a'));
  t.match(cloud.service, { forced_down: true, status: 'disabled' });
  await tell(adapter, lost('a', 'cleared'));
  t.match(cloud.service, { forced_down: false, status: 'enabled' });
  t.same(
    cloud
      .asked('PUT', '/v2.1')
      .map(({ url, headers }) => [url, headers['x-openstack-nova-api-version']]),
    ['force-down', 'disable-log-reason', 'force-down', 'enable'].map(verb => [
      `/v2.1/os-services/${verb}`,
      '2.11',
    ]),
  );
  const ancient = await setUp(t);
  ancient.cloud.novaMax = 10;
  t.match(await ancient.tell(await ancient.open(), lost('a')), {
    outcome: 'refused',
    reason: /2\.11/,
  });
});

t.test('the service has another id by now', async t => {
  const { open, tell, lost, cloud, puts } = await setUp(t);
  const adapter = await open();
  cloud.instead['v2.1'] = (request, response) => {
    cloud.instead = {};
    cloud.answer(request, response);
    cloud.service.id = '32a1c558-b72b-4b13-8c8f-dbb3e4461913';
  };
  t.same(await tell(adapter, lost('a')), DONE);
  t.equal(cloud.service.forced_down, true);
  t.equal(puts().length, 2);
});

t.test('a service that is listed and never found', async t => {
  const { open, tell, lost, cloud, puts } = await setUp(t);
  const adapter = await open();
  cloud.instead['v2.1'] = (request, response) =>
    request.method === 'PUT' ? response.writeHead(404).end() : cloud.answer(request, response);
  t.match(await tell(adapter, lost('a')), { outcome: 'retry', reason: /404/ });
  t.equal(puts().length, 2, 'and no loop');
});

t.test('the token has expired, or was revoked, in between', async t => {
  const push = pushedClock(t);
  const { open, tell, lost, cloud, puts } = await setUp(t);
  const adapter = await open();
  await tell(adapter, lost('a'));
  push(3600 * 1000);
  t.same(await tell(adapter, lost('a', 'cleared')), DONE);
  push(6000);
  cloud.valid.clear();
  t.same(await tell(adapter, lost('b')), DONE);
  t.equal(puts().length, 3);
  t.equal(cloud.issued, 3);
});

t.test('a hung connection is overtaken', async t => {
  const { open, tell, lost, cloud } = await setUp(t, { force_down: 'always', timeout_ms: 50 });
  const adapter = await open();
  await tell(adapter, lost('warm', 'changed'));
  await tell(adapter, lost('warm', 'cleared'));
  let hung = 0;
  cloud.instead['v2.1'] = (request, response) => {
    if (hung++ > 0) cloud.answer(request, response);
  };
  const first = tell(adapter, lost('a'), { deadline_ms: 60_000, fresh: false });
  await until(() => hung === 1);
  t.same(await tell(adapter, lost('a'), { deadline_ms: 5000, fresh: true }), DONE);
  t.equal(cloud.service.forced_down, true);
  await adapter.close();
  t.match(await first, { outcome: 'retry' });
});

t.test('hostile answers of Nova', async t => {
  type Answer = NonNullable<FakeOpenStack['instead'][string]>;
  const hostile: [string | RegExp, Answer, string?][] = [
    [/HTTP 500/, (_, response) => response.writeHead(500).end()],
    [
      /HTTP 503/,
      (_, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      /HTTP 302/,
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9' }).end(),
    ],
    [/not Nova/, (_, response) => response.writeHead(200).end('garbage')],
    [/not Nova/, (_, response) => json(response, 200, { services: 7 })],
    [
      /no nova-compute on compute-1: set host/,
      (_, response) => json(response, 200, { services: [] }),
    ],
    [
      /no forced_down/,
      (_, response) =>
        json(response, 200, { services: [{ host: 'compute-1', binary: 'nova-compute', id: 7 }] }),
    ],
    [/more than/, (_, response) => response.writeHead(200).end('x'.repeat(10_000_000))],
    [/no answer within/, () => {}],
    [
      /HTTP 403: Policy/,
      (_, response) => json(response, 403, { forbidden: { message: 'Policy' } }),
    ],
  ];
  for (const [reason, answer] of hostile) {
    const { open, tell, lost, cloud, puts } = await setUp(t);
    cloud.instead['v2.1'] = answer;
    const adapter = await open();
    const deadline_ms = String(reason).includes('within') ? 300 : 5000;
    t.match(await tell(adapter, lost('a'), { deadline_ms, fresh: false }), {
      outcome: 'retry',
      reason,
    });
    t.same(puts(), []);
    await adapter.close();
  }
  const { open, tell, lost, cloud } = await setUp(t);
  const adapter = await open();
  cloud.instead['v2.1'] = (request, response) =>
    request.method === 'PUT' ? json(response, 200, { ok: true }) : cloud.answer(request, response);
  t.match(await tell(adapter, lost('a')), { outcome: 'retry', reason: /has not done it/ });
  cloud.instead['v2.1'] = (request, response) =>
    request.method === 'PUT'
      ? json(response, 400, { badRequest: { code: 400, message: 'Invalid uuid 7' } })
      : cloud.answer(request, response);
  t.match(await tell(adapter, lost('a')), { outcome: 'refused', reason: /400: Invalid uuid 7/ });
});
