/** Requests and answers, each checked against the document that the server itself gives. */
import { connect } from 'node:net';
import t from 'tap';
import { until } from '../../../../scripts/lab/wait.ts';
import { stampAt } from '../../support/alarm.ts';
import { ask, Document } from './client.ts';
import { serve } from './serve.ts';

t.setTimeout(240_000);

t.test('the list: filters, pages, and where a stream goes on from it', async t => {
  const { agent, local } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    agent.put(id, 'raised', {
      alarmRaisedTime: stampAt(index),
      perceivedSeverity: id === 'c' ? 'CRITICAL' : 'MINOR',
    });
  }
  agent.put('b', 'cleared');
  const list = async (query: string) => {
    const answer = await ask(local, `/v1/alarms${query}`);
    document.check('GET', '/v1/alarms', answer);
    return answer;
  };
  const ids = async (query: string) => {
    const { json } = await list(query);
    return json.alarms.map((one: { id: string }) => one.id);
  };
  t.same(await ids(''), ['a', 'c', 'd', 'e']);
  t.same(await ids('?all=true'), ['a', 'b', 'c', 'd', 'e']);
  t.same(await ids('?severity=CRITICAL,CLEARED&all=true'), ['b', 'c']);
  t.same(await ids('?type=optics-*'), []);

  const { json, headers } = await list('?limit=2&severity=MINOR');
  t.match(headers.link, `<${json.next}>; rel="next"`);
  t.match(json.position, /^6-[0-9a-f]{16}$/);
  agent.put('a', 'cleared');
  agent.put('f', 'raised', { alarmRaisedTime: stampAt(9), perceivedSeverity: 'MINOR' });
  const next = await ask(local, json.next);
  t.same(
    next.json.alarms.map((one: { id: string }) => one.id),
    ['e', 'f'],
    'with the filter of the first page, shifted by nothing that came or went',
  );
  t.equal(next.json.next, null);
  const [alarm] = (await list('?severity=CRITICAL')).json.alarms;
  t.match(alarm, { revision: 1, held: false, alarmRaisedTime: '2026-03-04T05:06:07.000892Z' });
});

t.test('one alarm', async t => {
  const { agent, local } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  agent.put('a');
  agent.put('a', 'changed');
  const one = await ask(local, '/v1/alarms/a');
  document.check('GET', '/v1/alarms/{id}', one);
  t.equal(one.headers.etag, '"2"');
  t.match(one.json, { id: 'a', revision: 2 });
  const none = await ask(local, '/v1/alarms/z');
  document.check('GET', '/v1/alarms/{id}', none);
  t.equal(none.status, 404);
});

t.test('over the unix socket nothing can be changed', async t => {
  const { agent, local } = await serve(t);
  agent.put('a');
  const answer = await ask(local, {
    method: 'PATCH',
    path: '/v1/alarms/a',
    headers: { 'content-type': 'application/merge-patch+json', authorization: 'Bearer anything' },
    body: '{"ackState":"ACKNOWLEDGED"}',
  });
  t.equal(answer.status, 403);
  t.match(answer.json.detail, /pathwarden ack/);
  t.same(agent.acknowledged, []);
});

t.test('failovers: their times outlive the boot', async t => {
  const { agent, local } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  const flow = {
    flow: '10.77.9.1:40112-10.77.9.2:3260',
    leg_out_before: 'c-a',
    leg_in_before: 'c-a',
    leg_out_after: 'c-b',
    leg_in_after: null,
    gap_us: 212_345.5,
    spacing_us: null,
    switched_us: 2_100_000,
    flowing_us: null,
  };
  agent.failovers = [
    {
      id: 'f-1',
      group: 'ecmp:10.77.9.2/32',
      kind: 'ecmp',
      opened: stampAt(2_000_000),
      state: 'closed',
      budget_ms: 1000,
      strategy: 'fentry',
      nudge: 'ask',
      drill: null,
      legs: [{ leg: 'c-a', lost_us: 2_000_000, healed_us: 5_000_000, source: 'carrier' }],
      cut: { t_us: 1_999_000, source: 'carrier', uncertainty_us: 10 },
      seen_us: 2_000_010,
      switched_us: 2_100_000,
      announced_us: null,
      flowing_us: 2_212_000,
      told_us: null,
      gap_us: 212_345.5,
      phases: { detection_us: 1, switch_us: null, announcement_us: null, recovery_us: 3 },
      gap_below_spacing: false,
      spacing_us: 900,
      flows: [flow],
      verdict: 'PASS',
      reason: 'within the budget',
      told_verdict: 'NOT_MEASURED',
      back: {
        healed_us: 5_000_000,
        switched_us: null,
        flowing_us: null,
        gap_us: null,
        verdict: 'PASS',
        reason: '',
      },
      steered: null,
      findings: ['peer-still-uses-leg'],
    },
  ];
  const answer = await ask(local, '/v1/failovers?limit=1');
  document.check('GET', '/v1/failovers', answer);
  t.match(answer.json.failovers[0], {
    opened: '2026-03-04T05:06:09.000890Z',
    cut: { time: '2026-03-04T05:06:08.999890Z' },
    flowing: '2026-03-04T05:06:09.212890Z',
    told: null,
    gap_us: 212_345.5,
    legs: [{ healed: '2026-03-04T05:06:12.000890Z' }],
    flows: [{ switched: '2026-03-04T05:06:09.100890Z' }],
  });
  const bare = { ...agent.failovers[0]!, phases: null, back: null };
  agent.failovers = [bare];
  document.check('GET', '/v1/failovers', await ask(local, '/v1/failovers'));
});

t.test('health has reasons', async t => {
  const { agent, local } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  const well = await ask(local, '/healthz');
  document.check('GET', '/healthz', well);
  t.same([well.status, well.json], [200, { status: 'healthy', reasons: [] }]);
  agent.connected = false;
  agent.put('s', 'raised', {
    type: 'spool-slow',
    managedObjectId: 'host',
    faultDetails: ['the spool takes nothing', 'disk full'],
  });
  const ill = await ask(local, '/healthz');
  document.check('GET', '/healthz', ill);
  t.equal(ill.status, 503);
  t.same(ill.json.reasons, [
    'the helper is not connected',
    'spool-slow host: the spool takes nothing, disk full',
  ]);
});

t.test('what is not documented is refused, in words that can be used', async t => {
  const { agent, local, lines } = await serve(t);
  agent.put('a');
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  for (const [path, template, status, says] of [
    ['/v1/alarms?color=red', '/v1/alarms', 400, 'query: unknown key "color"'],
    ['/v1/alarms?severity=LOUD', '/v1/alarms', 400, 'query: severity must match'],
    [
      '/v1/alarms?severity=MAJOR&severity=MINOR',
      '/v1/alarms',
      400,
      'query: severity must be string',
    ],
    ['/v1/alarms?limit=501', '/v1/alarms', 400, 'query: limit must be <= 500'],
    ['/v1/alarms?limit=x', '/v1/alarms', 400, 'query: limit must be integer'],
    ['/v1/alarms?cursor=nonsense', '/v1/alarms', 400, 'query: cursor is unknown'],
    ['/v1/alarms/a?x=1', '/v1/alarms/{id}', 400, 'query: unknown key "x"'],
    ['/v1/alarms/stream?after=x', '/v1/alarms/stream', 400, 'query: after must match'],
    ['/v1/failovers?limit=0', '/v1/failovers', 400, 'query: limit must be >= 1'],
    ['/healthz?x', '/healthz', 400, 'query: unknown key "x"'],
    ['/metrics?x', '/metrics', 400, 'query: unknown key "x"'],
    ['/v1/openapi.json?x', '/v1/openapi.json', 400, 'query: unknown key "x"'],
  ] as const) {
    const answer = await ask(local, path);
    document.check('GET', template, answer);
    t.equal(answer.status, status, path);
    t.match(answer.json, { status, title: 'Bad Request' });
    t.ok(answer.json.detail.startsWith(says), `${path}: ${answer.json.detail}`);
  }
  for (const [method, path, status] of [
    ['GET', '/v2/alarms', 404],
    ['GET', '/', 404],
    ['GET', '/v1/%zz', 400],
    ['DELETE', '/v1/alarms/a', 405],
    ['HEAD', '/v1/alarms/stream', 405],
    ['POST', '/v1/alarms', 405],
  ] as const) {
    const answer = await ask(local, { method, path });
    t.equal(answer.status, status, `${method} ${path}`);
    t.match(answer.headers['content-type'], 'application/problem+json');
  }
  t.equal((await ask(local, { method: 'POST', path: '/v1/alarms' })).headers.allow, 'GET');
  t.notMatch(lines.join(), /"error":"(?!undefined)/, 'nothing of that is an error of ours');
});

t.test('what goes wrong inside stays inside', async t => {
  const { agent, local, lines } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  agent.broken = true;
  const answer = await ask(local, '/v1/alarms');
  document.check('GET', '/v1/alarms', answer);
  t.equal(answer.status, 500);
  t.notMatch(answer.text, /secret|at |\.ts/);
  t.match(lines.join(), /secret words/, 'the log has it');
  agent.broken = false;
  t.equal((await ask(local, '/v1/alarms')).status, 200);
});

t.test('without the disk there is a list all the same', async t => {
  const { agent, local } = await serve(t);
  agent.reading = () => Promise.reject(new Error('no answer'));
  agent.known.set('a', { ...agent.put('a'), cleared: false });
  for (const follower of agent.followers) agent.followers.delete(follower);
  const answer = await ask(local, '/v1/alarms');
  t.equal(answer.status, 200);
  t.equal(answer.json.alarms.length, 1);
  t.equal(answer.json.position, null);
});

t.test('what is no request, or too large a one, is answered or dropped', async t => {
  const { local } = await serve(t);
  const raw = (text: string) =>
    new Promise<string>(resolve => {
      let all = '';
      const socket = connect(local.socketPath!, () => socket.write(text));
      socket.on('data', part => {
        all += part;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(all));
    });
  const garbage = await raw('\x16\x03\x01 this is TLS\r\n\r\n');
  t.match(garbage, /^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/);
  const large = await raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-y: ${'z'.repeat(9000)}\r\n\r\n`);
  t.match(large, /^HTTP\/1.1 431 /);
  t.equal((await ask(local, '/healthz')).status, 200);
});

t.test('there are no more connections than there may be', async t => {
  const { local, lines } = await serve(t);
  const sockets = Array.from({ length: 64 }, () => connect(local.socketPath!));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map(socket => new Promise(resolve => socket.once('connect', resolve))));
  await until('a refusal', async () => {
    const one = connect(local.socketPath!);
    await new Promise<void>(resolve => one.on('close', () => resolve()).on('error', () => {}));
    return lines.some(line => /too many/.test(line));
  });
  sockets.pop()!.destroy();
  await until('room again', async () => (await ask(local, '/healthz')).status === 200);
});
