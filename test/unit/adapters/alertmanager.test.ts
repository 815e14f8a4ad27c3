/** What an Alertmanager is told, and what is kept firing and resolved there. */
import t, { type Test } from 'tap';
import { type PostableAlert, postableAlerts } from '../../../agent/adapters/alertmanager/map.ts';
import { alertmanagerSettings } from '../../../agent/adapters/alertmanager/settings.ts';
import { createAdapter } from '../../../agent/adapters/index.ts';
import type { AlarmChange } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';

t.setTimeout(180_000);

const attempt = { deadline_ms: 20_000, fresh: false };

const settingsFor = (port: number, more: object = {}) =>
  alertmanagerSettings.parse({
    kind: 'alertmanager',
    name: 'am',
    url: `http://127.0.0.1:${port}/api/v2/alerts`,
    host: 'compute-1',
    labels: { region: 'east' },
    resend_s: 3600,
    ...more,
  });

t.test('an alert is its labels; what may change is an annotation', async t => {
  const said = (...of: Parameters<typeof change>) =>
    postableAlerts(notice(change(...of)), 'urn:s', settingsFor(1))[0]!;
  const raised = said('a', 1);
  t.same(raised.labels, {
    region: 'east',
    alertname: 'link-down',
    severity: 'major',
    host: 'compute-1',
    source: 'urn:s',
    object: 'leg/c-a',
    object_kind: 'leg',
    event_type: 'communications_alarm',
  });
  t.match(raised, {
    startsAt: '2026-03-04T05:06:07.001890Z',
    endsAt: undefined,
    annotations: { key: 'a/1', alarm_id: 'a', probable_cause: 'Link failure' },
  });
  const later = said('a', 2, 'acknowledged', { maintenance: 'new cable', drill: 'd' });
  t.same(later.labels, raised.labels);
  t.match(later.annotations, { ack_state: 'acknowledged', ack_user: 'operator', drill: 'd' });
  t.same(said('b', 1).labels, raised.labels, 'raised again it is the same alert');
});

t.test('an alarm that cleared resolves whatever severity it may have fired with', async t => {
  const alerts = postableAlerts(notice(change('a', 2, 'cleared')), 'urn:s', settingsFor(1));
  t.same(
    alerts.map(({ labels }) => labels.severity),
    ['critical', 'major', 'minor', 'warning', 'indeterminate'],
  );
  for (const { endsAt } of alerts) t.equal(endsAt, '2026-03-04T05:06:07.003890Z');
  const back = change('a', 2, 'cleared', { alarmClearedTime: stampAt(-9e6) });
  for (const alert of postableAlerts(notice(back), 'urn:s', settingsFor(1))) {
    t.equal(alert.endsAt, alert.startsAt, 'an end before the start would be refused');
  }
});

async function setUp(t: Test, more: object = {}) {
  const receiver = new Receiver();
  const port = await receiver.listen();
  t.teardown(() => receiver.close());
  receiver.answer = (_, response) => response.writeHead(200).end();
  const context = new TestContext(t);
  const adapter = await createAdapter(settingsFor(port, more), context);
  t.teardown(() => adapter.close());
  const send = (one: AlarmChange) =>
    adapter.send(JSON.parse(JSON.stringify(adapter.map(notice(one), context.source))), attempt);
  /** Severity, and whether it fires (it ends later than now). */
  const told = (index: number): string[] =>
    (JSON.parse(receiver.all.at(index)?.body ?? '[]') as PostableAlert[]).map(
      ({ labels, endsAt }) =>
        `${labels.object} ${labels.severity} ${Date.parse(endsAt ?? '') > Date.now() ? 'fires' : 'ended'}`,
    );
  return { receiver, adapter, context, send, told };
}

t.test('fires until it is resolved, as what it fired', async t => {
  const { receiver, send, told } = await setUp(t);
  t.same(await send(change('a', 1)), { outcome: 'delivered' });
  t.same(told(-1), ['leg/c-a major fires']);
  await send(change('a', 2, 'changed', { perceivedSeverity: 'CRITICAL' }));
  t.same(told(-1), ['leg/c-a major ended', 'leg/c-a critical fires'], 'routed anew');
  await send(change('a', 3, 'cleared'));
  t.same(told(-1), ['leg/c-a critical ended']);
  await send(change('b', 4, 'cleared'));
  t.equal(told(-1).length, 5, 'of an alarm that another run of the agent fired: all');
  t.equal(receiver.all.length, 4);
});

t.test('what was not taken is not remembered', async t => {
  const { receiver, send, told } = await setUp(t);
  receiver.answer = (_, response) => response.writeHead(503).end();
  t.match(await send(change('a', 1)), { outcome: 'retry' });
  receiver.answer = (_, response) => response.writeHead(200).end();
  await send(change('a', 2, 'changed', { perceivedSeverity: 'MINOR' }));
  t.same(told(-1), ['leg/c-a minor fires']);
  receiver.answer = (_, response) => response.writeHead(503).end();
  t.match(await send(change('a', 3, 'cleared')), { outcome: 'retry' });
  receiver.answer = (_, response) => response.writeHead(200).end();
  t.same(await send(change('a', 3, 'cleared')), { outcome: 'delivered' });
  t.same(told(-1), ['leg/c-a minor ended']);
});

t.test('alerts that fire are sent again before they expire', async t => {
  const { receiver, adapter, send, told } = await setUp(t, {
    resend_s: 1,
    route: { exclude_objects: ['leg/none-*'] },
  });
  const active: AlarmChange[] = [
    change('a', 1),
    { ...change('b', 1, 'raised', { managedObjectId: 'leg/held' }), held: true },
    change('c', 2, 'changed', { managedObjectId: 'leg/none-of-it' }),
  ];
  adapter.start?.(() => active);
  await until(() => receiver.all.length >= 2);
  t.same(told(0), ['leg/c-a major fires'], 'from the start on, and nothing that is not for it');
  t.same(told(1), ['leg/c-a major fires']);
  const [alert] = JSON.parse(receiver.all[1]!.body) as PostableAlert[];
  const ahead = Date.parse(alert!.endsAt!) - Date.now();
  t.ok(ahead < 3000 && ahead > -60_000, 'it expires three intervals after it was sent');
  await send(change('c', 2, 'changed', { managedObjectId: 'leg/none-of-it' }));
  const count = receiver.all.length;
  await until(() => receiver.all.length > count);
  t.same(
    told(-1),
    ['leg/c-a major fires', 'leg/none-of-it major fires'],
    'whoever was told of an alarm is told on',
  );
});

t.test('what is active is asked for when all has been started', async t => {
  const { receiver, adapter, told } = await setUp(t);
  let active: AlarmChange[] = [];
  adapter.start?.(() => active);
  active = [change('a', 1)];
  await until(() => receiver.all.length === 1);
  t.same(told(0), ['leg/c-a major fires'], 'it fires on since the run before');
});

t.test('a late clear does not resolve what is raised again', async t => {
  const { receiver, adapter, send, told } = await setUp(t);
  const again = change('b', 1);
  adapter.start?.(() => [again]);
  await until(() => receiver.all.length === 1);
  await send(change('a', 2, 'cleared'));
  t.same(
    told(-1).map(text => text.split(' ')[1]),
    ['critical', 'minor', 'warning', 'indeterminate'],
    'not the severity that fires again',
  );
});

/** Requests whose answer is held back, and who lets them have it. */
function holdingBack(receiver: Receiver) {
  const held: (() => void)[] = [];
  receiver.answer = (_, response) => held.push(() => response.writeHead(200).end());
  const release = () => {
    receiver.answer = (_, response) => response.writeHead(200).end();
    for (const answer of held.splice(0)) answer();
  };
  return { held, release };
}

t.test('an attempt that is late has not the last word', async t => {
  const { receiver, send, told } = await setUp(t);
  const { held, release } = holdingBack(receiver);
  const late = send(change('a', 1));
  await until(() => held.length === 1);
  receiver.answer = (_, response) => response.writeHead(200).end();
  await send(change('a', 1));
  await send(change('a', 2, 'changed', { perceivedSeverity: 'CRITICAL' }));
  t.same(told(-1), ['leg/c-a major ended', 'leg/c-a critical fires']);
  release();
  await late;
  await until(() => receiver.all.length === 4);
  t.same(told(-1), ['leg/c-a major ended'], 'it may have been taken only now');
  await send(change('a', 3, 'cleared'));
  t.same(told(-1), ['leg/c-a critical ended'], 'nor does it change what is remembered');
});

t.test('a clear that is under way does not resolve what is raised again meanwhile', async t => {
  const { receiver, send, told } = await setUp(t);
  await send(change('a', 1));
  const { held, release } = holdingBack(receiver);
  const clear = send(change('a', 2, 'cleared'));
  await until(() => held.length === 1);
  receiver.answer = (_, response) => response.writeHead(200).end();
  await send(change('b', 1));
  release();
  await clear;
  await until(() => receiver.all.length === 4);
  t.same(told(-1), ['leg/c-a major fires']);
});

t.test('what is sent again does not fire on when it clears meanwhile', async t => {
  const { receiver, adapter, send, told } = await setUp(t);
  const { held, release } = holdingBack(receiver);
  let active = [change('a', 1)];
  adapter.start?.(() => active);
  await until(() => held.length === 1);
  active = [];
  receiver.answer = (_, response) => response.writeHead(200).end();
  await send(change('a', 2, 'cleared'));
  release();
  await until(() => receiver.all.length === 3);
  t.same(told(-1), ['leg/c-a major ended']);
});

t.test('a notice that is older than what was sent again says nothing', async t => {
  const { receiver, adapter, send, told } = await setUp(t, { resend_s: 1 });
  adapter.start?.(() => [change('a', 2, 'changed', { perceivedSeverity: 'CRITICAL' })]);
  // The answer to the first one has been read when the second one comes.
  await until(() => receiver.all.length >= 2);
  t.same(await send(change('a', 1)), { outcome: 'delivered' });
  const count = receiver.all.length;
  await until(() => receiver.all.length > count);
  for (const i of receiver.all.keys()) t.same(told(i), ['leg/c-a critical fires']);
});

t.test('one that is refused does not let the others expire', async t => {
  const { receiver, adapter, context } = await setUp(t);
  receiver.answer = ({ body }, response) =>
    response.writeHead(body.includes('leg/n0') ? 400 : 200).end();
  const many = Array.from({ length: 150 }, (_, i) =>
    change(`a${i}`, 1, 'raised', { managedObjectId: `leg/n${i}` }),
  );
  adapter.start?.(() => many);
  await until(() => receiver.all.length === 2 && context.lines.length > 0);
  t.match(context.lines, [['warn', { reason: 'HTTP 400' }, String]]);
});

t.test('an alert expires after its start, also when the clock was set back since', async t => {
  const { receiver, send } = await setUp(t);
  const start = Date.now() + 3_600_000_000;
  await send(
    change('a', 1, 'raised', { alarmRaisedTime: { ...stampAt(0), wall_us: start * 1e3 } }),
  );
  const [alert] = JSON.parse(receiver.all[0]!.body) as PostableAlert[];
  t.ok(Date.parse(alert!.endsAt!) > start, 'else it would be refused');
});

t.test('many alerts are sent again in several requests', async t => {
  const { receiver, adapter } = await setUp(t);
  const many = Array.from({ length: 250 }, (_, i) =>
    change(`a${i}`, 1, 'raised', { managedObjectId: `leg/n${i}` }),
  );
  adapter.start?.(() => many);
  await until(() => receiver.all.length === 3);
  t.same(
    receiver.all.map(({ body }) => JSON.parse(body).length),
    [100, 100, 50],
  );
});

t.test('its settings keep the labels that the adapter sets', async t => {
  for (const labels of [
    { alertname: 'x' },
    { severity: 'x' },
    { 'host.name': 'x' },
    { __a: 'x' },
  ]) {
    t.throws(() => settingsFor(1, { labels }));
  }
});
