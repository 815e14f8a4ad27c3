/** The stream of changes: nothing is missed and nothing comes twice, however the client comes and goes. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { until } from '../../../../scripts/lab/wait.ts';
import { seeded } from '../../support/random.ts';
import { ask, Document, Listener } from './client.ts';
import { serve } from './serve.ts';

t.setTimeout(240_000);

const STREAM = '/v1/alarms/stream';
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `a${from + index}`);

t.test('changes come as they are put', async t => {
  const { agent, local } = await serve(t);
  agent.put('before');
  const listener = await Listener.open(local, { path: STREAM });
  await until('the place to resume from', () => listener.lastId !== '');
  agent.put('a');
  const held = agent.put('a', 'changed', { maintenance: 'new cables' });
  held.held = true;
  agent.put('a', 'acknowledged');
  agent.put('a', 'cleared');
  await listener.got(4);
  t.same(
    listener.events.map(({ event, id, data }) => [event, id.split('-')[0], data.alarm.revision]),
    [
      ['raised', '2', 1],
      ['changed', '3', 2],
      ['acknowledged', '4', 3],
      ['cleared', '5', 4],
    ],
  );
  t.match(listener.events[1]!.data, { kind: 'changed', alarm: { held: true } });
  const { headers } = listener.response;
  t.match(headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  await listener.end();
});

t.test('the alarm in an event is the alarm of the list', async t => {
  const { agent, local } = await serve(t);
  const listener = await Listener.open(local, { path: STREAM });
  agent.put('a');
  await listener.got(1);
  const { json } = await ask(local, '/v1/alarms');
  t.same(listener.events[0]!.data.alarm, json.alarms[0]);
  await listener.end();
});

t.test('from a list on, from an event on, from the beginning', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 250)) agent.put(id);
  const { json } = await ask(local, '/v1/alarms');
  for (const id of numbered(251, 255)) agent.put(id);
  const fromList = await Listener.open(local, { path: `${STREAM}?after=${json.position}` });
  t.same(await fromList.got(5), numbered(251, 255));
  const third = fromList.events[2]!.id;
  await fromList.end();
  const again = await Listener.open(local, {
    path: `${STREAM}?after=1`,
    headers: { 'last-event-id': third },
  });
  t.same(await again.got(2), ['a254', 'a255'], 'Last-Event-ID goes before the address');
  agent.put('a256');
  t.same(await again.got(3), numbered(254, 256));
  await again.end();
  const all = await Listener.open(local, { path: `${STREAM}?after=0` });
  t.same(await all.got(256), numbered(1, 256));
  await all.end();
  const number = await Listener.open(local, { path: `${STREAM}?after=254` });
  t.same(await number.got(2), numbered(255, 256), 'a number alone will do');
  await number.end();
});

t.test('between journal and live ones there is neither hole nor repetition', async t => {
  const { agent, local } = await serve(t);
  const next = seeded(7);
  let put = 0;
  const more = (count: number) => {
    for (let i = 0; i < count; i += 1) agent.put(`a${++put}`);
  };
  more(300);
  // Others come before it is read and while it is read: sometimes none, sometimes more than are kept.
  const few = () => more(Math.floor(next() * 40));
  const many = () => more(next() < 0.1 ? 600 : Math.floor(next() * 120));
  for (let round = 0; round < 8; round += 1) {
    const from = put - 250;
    let readings = 0;
    const some = round % 4 === 3 ? many : few;
    agent.reading = async () => {
      readings += 1;
      if (readings > 25) return;
      some();
      await new Promise(resolve => setImmediate(resolve));
      some();
    };
    const listener = await Listener.open(local, { path: `${STREAM}?after=${from}` });
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise(resolve => setImmediate(resolve));
      more(1);
    }
    await until('all of them', () => listener.ids.at(-1) === `a${put}`, 60_000);
    t.strictSame(listener.ids, numbered(from + 1, put), `${listener.ids.length} in round ${round}`);
    await listener.end();
  }
});

t.test('more than are kept come while the last reading is under way', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 50)) agent.put(id);
  for (const more of [499, 500, 501, 700]) {
    const before = agent.entries.length;
    let readings = 0;
    agent.answering = async () => {
      // The first finds the end; the second is the one behind which nothing may be missed.
      if (++readings !== 2) return;
      for (const id of numbered(before + 1, before + more)) agent.put(id);
      await new Promise(resolve => setImmediate(resolve));
      agent.put(`a${before + more + 1}`);
      await new Promise(resolve => setImmediate(resolve));
    };
    const listener = await Listener.open(local, { path: `${STREAM}?after=${before - 10}` });
    const all = numbered(before - 9, before + more + 1);
    t.strictSame(await listener.got(all.length), all, `${more}`);
    await listener.end();
  }
});

t.test('a change that is told before it is on disk is neither lost nor told twice', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 3)) agent.put(id);
  const onDisk = agent.entries.splice(3);
  const list = await ask(local, '/v1/alarms');
  t.match(list.json.position, /^3-/);
  // Two more are put; the disk has them late.
  agent.put('a4');
  agent.put('a5');
  onDisk.push(...agent.entries.splice(3));
  let readings = 0;
  agent.reading = () => {
    readings += 1;
    if (readings === 6) agent.entries.push(...onDisk);
  };
  const listener = await Listener.open(local, { path: `${STREAM}?after=2` });
  t.same(await listener.got(3), numbered(3, 5));
  t.ok(readings >= 6, 'it waited for the disk');
  await listener.end();
});

t.test('what is not kept any more is said first', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 20)) agent.put(id);
  agent.kept = 5;
  for (const after of ['3', '99', '20-0123456789abcdef', '15-0123456789abcdef']) {
    const listener = await Listener.open(local, { path: `${STREAM}?after=${after}` });
    await listener.got(1);
    t.equal(listener.events[0]!.event, 'rebuilt', after);
    agent.put(`behind ${after}`);
    await listener.got(2);
    t.equal(listener.ids[1], `behind ${after}`, 'and then it goes on');
    await listener.end();
  }
  const { n } = agent.entries.at(-1)!;
  const listener = await Listener.open(local, { path: `${STREAM}?after=${n - 5}` });
  await listener.got(5);
  t.equal(listener.events[0]!.event, 'raised', 'the last that needs nothing of what is gone');
  await listener.end();
});

t.test('a gap in the numbers is said when it is reached', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 6)) agent.put(id);
  agent.entries.splice(3, 1);
  const listener = await Listener.open(local, { path: `${STREAM}?after=1` });
  await listener.got(3);
  t.same(
    listener.events.map(({ event, data }) => [event, data.alarm?.id]),
    [
      ['raised', 'a2'],
      ['raised', 'a3'],
      ['rebuilt', undefined],
    ],
  );
  agent.put('a7');
  t.equal((await listener.got(4))[3], 'a7');
  await listener.end();
});

t.test('a store that began anew counts anew: the same number is not the same change', async t => {
  const { agent, local } = await serve(t);
  for (const id of numbered(1, 5)) agent.put(id);
  const listener = await Listener.open(local, { path: `${STREAM}?after=0` });
  await listener.got(5);
  const { lastId } = listener;
  await listener.end();
  agent.forget();
  for (const id of numbered(101, 110)) agent.put(id);
  const later = await Listener.open(local, { path: STREAM, headers: { 'last-event-id': lastId } });
  await later.got(1);
  t.equal(later.events[0]!.event, 'rebuilt');
  await later.end();
});

t.test('filters; and beats move the place on past what did not match', async t => {
  const { agent, local } = await serve(t, { beat_ms: 20 });
  const path = `${STREAM}?object=group/*&severity=MAJOR`;
  const listener = await Listener.open(local, { path });
  agent.put('leg');
  agent.put('minor', 'raised', { managedObjectId: 'group/a', perceivedSeverity: 'MINOR' });
  agent.put('major', 'raised', { managedObjectId: 'group/b' });
  agent.put('major', 'cleared');
  agent.put('leg', 'cleared');
  t.same(await listener.got(2), ['major', 'major']);
  await until('a beat behind the last', () => listener.lastId.startsWith('5-'));
  t.ok(listener.beats > 0);
  await listener.end();
});

t.test('a client that does not read is dropped, and the others never notice', async t => {
  const { agent, local, lines } = await serve(t);
  const quick = await Listener.open(local, { path: STREAM });
  const slow = connect(local.socketPath!);
  t.teardown(() => slow.destroy());
  slow.pause();
  slow.write(`GET ${STREAM} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const lost = new Promise(resolve => slow.once('close', resolve));
  slow.on('error', () => {});
  const many = 6000;
  for (let i = 1; i <= many; i += 1) {
    agent.put(`a${i}`);
    if (i % 50 === 0) await quick.got(i);
  }
  t.equal((await quick.got(many)).length, many);
  await until('its end', () => lines.some(line => line.includes('it reads too slowly')));
  slow.resume();
  await lost;
  t.pass('its connection has ended');
  await quick.end();
});

t.test('a client that has left before its stream begins leaves nothing behind', async t => {
  const { agent, local, lines } = await serve(t, { beat_ms: 3_600_000 });
  await ask(local, '/healthz');
  const socket = connect(local.socketPath!);
  socket.on('error', () => {});
  let gone = () => {};
  const waiting = new Promise<void>(resolve => {
    gone = resolve;
  });
  agent.reading = async () => {
    socket.destroy();
    await waiting;
  };
  const noticed = new Promise(resolve => {
    const started = (message: unknown) => {
      unsubscribe('http.server.request.start', started);
      (message as { response: ServerResponse }).response.once('close', resolve);
    };
    subscribe('http.server.request.start', started);
  });
  socket.write(`GET ${STREAM}?after=0 HTTP/1.1\r\nhost: x\r\n\r\n`);
  await noticed;
  gone();
  await until('its end', () => lines.some(line => line.includes('the client left')));
  t.pass();
});

t.test('a client that is stuck is given up by the beats', async t => {
  const { agent, local, lines } = await serve(t, { beat_ms: 20 });
  for (let i = 1; i <= 2000; i += 1) agent.put(`a${i}`);
  const slow = connect(local.socketPath!);
  t.teardown(() => slow.destroy());
  slow.pause();
  slow.write(`GET ${STREAM}?after=0 HTTP/1.1\r\nhost: x\r\n\r\n`);
  slow.on('error', () => {});
  await until('its end', () => lines.some(line => line.includes('it does not read')));
  slow.resume();
  await new Promise(resolve => slow.once('close', resolve));
  t.pass('its connection has ended');
});

t.test('there are no more streams than there may be', async t => {
  const { local } = await serve(t);
  const document = new Document((await ask(local, '/v1/openapi.json')).json);
  const listeners = await Promise.all(
    Array.from({ length: 16 }, () => Listener.open(local, { path: STREAM })),
  );
  const refused = await ask(local, STREAM);
  document.check('GET', STREAM, refused);
  t.equal(refused.status, 503);
  t.ok(refused.headers['retry-after']);
  await listeners.pop()!.end();
  await until('room again', async () => {
    const one = await Listener.open(local, { path: STREAM }).catch(() => null);
    await one?.end();
    return one;
  });
  await Promise.all(listeners.map(one => one.end()));
});

t.test('without the disk: what comes is told, what was cannot be', async t => {
  const { agent, local } = await serve(t);
  agent.reading = () => Promise.reject(new Error('the disk does not answer'));
  t.equal((await ask(local, `${STREAM}?after=1`)).status, 503);
  const listener = await Listener.open(local, { path: STREAM });
  agent.put('a');
  t.same(await listener.got(1), ['a']);
  await listener.end();
});

t.test('the end of the agent ends the streams', async t => {
  const { agent, api, local } = await serve(t);
  const listener = await Listener.open(local, { path: STREAM });
  await api.close();
  await until('the end', () => listener.ended);
  t.equal(agent.followers.size, 0, 'nothing follows the outbox any more');
});
