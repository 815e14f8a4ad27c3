/** What a VES listener is told, and how events that come together go together. */
import t, { type Test } from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { heartbeatEvent, type VesEvent, vesEvents } from '../../../agent/adapters/ves/map.ts';
import { vesSettings } from '../../../agent/adapters/ves/settings.ts';
import type { AlarmChangeKind } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';
import { change, notice, stampAt } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';

t.setTimeout(180_000);

const SOURCE = 'urn:uuid:6f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f';
const KINDS: AlarmChangeKind[] = ['raised', 'changed', 'acknowledged', 'cleared'];

const settingsFor = (port: number, more: object = {}) =>
  vesSettings.parse({
    kind: 'ves',
    name: 'ves',
    url: `http://127.0.0.1:${port}/eventListener/v7`,
    host: 'compute-1',
    heartbeat_s: 0,
    ...more,
  });

const faults = (events: VesEvent[]) => events.map(({ event }) => event);

t.test('the events of one alarm belong together, and a clear is NORMAL', async t => {
  const events = KINDS.map(
    (kind, i) => faults(vesEvents(notice(change('a', i + 1, kind)), SOURCE, settingsFor(1)))[0]!,
  );
  t.match(events[0], {
    commonEventHeader: {
      domain: 'fault',
      eventId: 'a',
      eventName: 'Fault_Pathwarden_LinkDown',
      sourceName: 'compute-1',
      sourceId: '6f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f',
      priority: 'High',
    },
    faultFields: {
      alarmCondition: 'link-down',
      alarmInterfaceA: 'c-a',
      eventSourceType: 'port',
      faultFieldsVersion: '4.0',
      alarmAdditionalInformation: { key: 'a/1', managedObjectId: 'leg/c-a' },
    },
  });
  const headers = events.map(({ commonEventHeader }) => commonEventHeader);
  t.same([...new Set(headers.map(({ eventId }) => eventId))], ['a']);
  t.same(
    headers.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  );
  t.same([...new Set(headers.map(h => h.startEpochMicrosec))], [stampAt(1000).wall_us]);
  t.same(
    headers.map(h => h.lastEpochMicrosec),
    [1000, 2000, 2500, 3000].map(us => stampAt(us).wall_us),
  );
  t.same(
    events.map(({ faultFields }) => faultFields?.eventSeverity),
    ['MAJOR', 'MAJOR', 'MAJOR', 'NORMAL'],
  );
});

t.test(
  'a state change is what a leg or group is in for, and only when it is asked for',
  async t => {
    const settings = settingsFor(1, { state_change: true });
    const states = (kind: AlarmChangeKind, fields = {}, given = settings) =>
      faults(vesEvents(notice(change('a', 2, kind, fields)), SOURCE, given))
        .map(({ stateChangeFields }) => stateChangeFields)
        .filter(Boolean);
    t.match(states('raised'), [
      { newState: 'outOfService', oldState: 'inService', stateInterface: 'c-a' },
    ]);
    t.match(states('cleared'), [{ newState: 'inService', oldState: 'outOfService' }]);
    t.same(states('changed'), []);
    t.same(states('cleared', { clearCause: 'subject-gone' }), [], 'what is gone is not in service');
    t.same(states('cleared', { clearCause: 'superseded' }), [], 'nor is what flaps');
    t.same(states('raised', { type: 'link-degraded' }), []);
    t.same(states('raised', {}, settingsFor(1)), []);
  },
);

t.test('a heartbeat', async t => {
  const beat = { started_us: 1e15, count: 3, interval_s: 30, now_us: 1e15 + 60e6 };
  t.match(heartbeatEvent(SOURCE, 'h', beat).event, {
    commonEventHeader: {
      domain: 'heartbeat',
      eventId: 'heartbeat/1000000000000000/3',
      sequence: 3,
      lastEpochMicrosec: 1e15 + 60e6,
    },
    heartbeatFields: { heartbeatInterval: 30 },
  });
});

async function setUp(t: Test, more: object = {}) {
  const receiver = new Receiver();
  const port = await receiver.listen();
  t.teardown(() => receiver.close());
  const context = new TestContext(t);
  receiver.answer = (_, response) => response.writeHead(202).end();
  const adapter = await createAdapter(settingsFor(port, more), context);
  t.teardown(() => adapter.close());
  const send = (id: string, deadline_ms = 20_000) =>
    adapter.send(adapter.map(notice(change(id, 1)), SOURCE), { deadline_ms, fresh: false });
  const ids = (index: number): string[] => {
    const body = JSON.parse(receiver.all[index]?.body ?? '{}');
    const list: VesEvent['event'][] = body.eventList ?? [body.event];
    return list.map(({ commonEventHeader }) => commonEventHeader.eventId);
  };
  return { receiver, adapter, context, send, ids };
}

t.test('one event goes by itself, several that come together as a batch', async t => {
  // Long, so that a slow machine does not take the batch apart.
  const { receiver, send, ids } = await setUp(t, { batch_ms: 100 });
  t.same(await send('a'), { outcome: 'delivered' });
  t.match(receiver.all[0], {
    url: '/eventListener/v7',
    headers: { 'content-type': 'application/json', 'x-minorversion': '2' },
  });
  const all = await Promise.all(['b', 'c', 'd'].map(id => send(id)));
  t.same(all, Array(3).fill({ outcome: 'delivered' }));
  t.equal(receiver.all[1]?.url, '/eventListener/v7/eventBatch');
  t.same(ids(1), ['b', 'c', 'd']);
  t.equal(receiver.all.length, 2);
});

t.test('a batch has one domain, and no more than 100 events', async t => {
  const { receiver, send, ids } = await setUp(t, { batch_ms: 100, state_change: true });
  const many = Array.from({ length: 120 }, (_, i) => send(`a${i}`));
  for (const result of await Promise.all(many)) t.same(result, { outcome: 'delivered' });
  const sizes = receiver.all.map((_, i) => ids(i).length);
  t.equal(
    sizes.reduce((sum, size) => sum + size),
    240,
  );
  t.ok(sizes.every(size => size <= 100));
  for (const { body } of receiver.all) {
    const domains = JSON.parse(body).eventList.map(
      (event: VesEvent['event']) => event.commonEventHeader.domain,
    );
    t.equal(new Set(domains).size, 1);
  }
});

t.test('a batch that is refused is sent event by event: each has its own answer', async t => {
  const { receiver, send } = await setUp(t, { batch_ms: 100 });
  receiver.answer = ({ url, body }, response) => {
    const refused = url.endsWith('/eventBatch') || body.includes('"eventId":"bad"');
    response.writeHead(refused ? 400 : 202).end();
  };
  const [good, bad, fine] = await Promise.all(['good', 'bad', 'fine'].map(id => send(id)));
  t.same([good, fine], Array(2).fill({ outcome: 'delivered' }));
  t.same(bad, { outcome: 'refused', reason: 'HTTP 400' });
  // A listener that knows no batches.
  receiver.answer = ({ url }, response) =>
    response.writeHead(url.endsWith('/eventBatch') ? 404 : 202).end();
  t.same(await Promise.all([send('x'), send('y')]), Array(2).fill({ outcome: 'delivered' }));
});

t.test('a batch that nobody answers is given up at the shortest deadline in it', async t => {
  const { receiver, send } = await setUp(t, { batch_ms: 20 });
  receiver.answer = () => {};
  const results = await Promise.all([send('a', 120_000), send('b', 200)]);
  t.match(results, Array(2).fill({ outcome: 'retry', reason: /no answer within/ }));
});

t.test('batch_ms 0: each by itself, at once', async t => {
  const { receiver, send } = await setUp(t, { batch_ms: 0 });
  await Promise.all([send('a'), send('b')]);
  t.same(
    receiver.all.map(({ url }) => url),
    ['/eventListener/v7', '/eventListener/v7'],
  );
});

t.test('both events of an alarm must arrive', async t => {
  const { receiver, send } = await setUp(t, { batch_ms: 0, state_change: true });
  receiver.answer = ({ body }, response) =>
    response.writeHead(body.includes('stateChangeFields') ? 503 : 202).end();
  t.match(await send('a'), { outcome: 'retry', reason: 'HTTP 503' });
  t.equal(receiver.all.length, 2);
  receiver.answer = ({ body }, response) =>
    response.writeHead(body.includes('stateChangeFields') ? 503 : 400).end();
  t.match(await send('b'), { outcome: 'retry' }, 'one that is refused does not give up the other');
  receiver.answer = (_, response) => response.writeHead(400).end();
  t.same(await send('c'), { outcome: 'refused', reason: 'HTTP 400' });
});

t.test('heartbeats go out from the start on, and end', async t => {
  const { receiver, adapter } = await setUp(t, { heartbeat_s: 1 });
  adapter.start?.(() => []);
  await until(() => receiver.all.length >= 2);
  const events = receiver.all.map(({ body }) => JSON.parse(body).event.commonEventHeader);
  t.match(events.slice(0, 2), [
    { domain: 'heartbeat', sequence: 1 },
    { domain: 'heartbeat', sequence: 2 },
  ]);
});
