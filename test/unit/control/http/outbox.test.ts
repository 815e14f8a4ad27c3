/** The stream out of a real outbox, with its worker and its disk, over an end and a death of the agent. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { serveApi } from '../../../../agent/control/http/server.ts';
import { until } from '../../../../scripts/lab/wait.ts';
import { open, some } from '../../outbox/open.ts';
import { change } from '../../support/alarm.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { ask, Listener } from './client.ts';
import { FakeAgent } from './model.ts';

t.setTimeout(240_000);

const STREAM = '/v1/alarms/stream';

async function agentOver(t: Test, dir: string) {
  const run_dir = temporaryFolder(t);
  const { outbox, close } = await open(t, dir, []);
  const model = { ...new FakeAgent().model, outbox };
  const api = await serveApi({ run_dir, api: {}, model });
  let ended: Promise<unknown> | null = null;
  const end = () => {
    ended ??= api.close().then(close);
    return ended;
  };
  t.teardown(end);
  const put = (...ids: string[]) => outbox.put({ ...some, changes: ids.map(id => change(id, 1)) });
  return { put, end, local: { socketPath: path.join(run_dir, 'api.sock') } };
}

t.test('a client resumes over an end of the agent', async t => {
  const dir = temporaryFolder(t);
  const first = await agentOver(t, dir);
  const listener = await Listener.open(first.local, { path: STREAM });
  await first.put('a', 'b', 'c');
  await listener.got(3);
  const seen = listener.events[1]!.id;
  await first.put('d');
  await first.end();
  await until('the end', () => listener.ended);

  const second = await agentOver(t, dir);
  const { json } = await ask(second.local, '/v1/alarms');
  t.match(json.position, /^4-[0-9a-f]{16}$/, 'the last of the run before');
  const again = await Listener.open(second.local, {
    path: STREAM,
    headers: { 'last-event-id': seen },
  });
  await second.put('e');
  t.same(await again.got(3), ['c', 'd', 'e']);
  await again.end();
});

t.test('more than memory keeps, while others are put', async t => {
  const { put, local } = await agentOver(t, temporaryFolder(t));
  const ids = Array.from({ length: 2000 }, (_, n) => `a${n}`);
  for (let at = 0; at < 1500; at += 50) await put(...ids.slice(at, at + 50));
  const opening = Listener.open(local, { path: `${STREAM}?after=0` });
  for (let at = 1500; at < 2000; at += 10) {
    put(...ids.slice(at, at + 10));
    await new Promise(resolve => setImmediate(resolve));
  }
  const listener = await opening;
  t.same(await listener.got(2000), ids);
  await listener.end();
});

t.test('a change that a dead agent told, and did not keep, is not taken for another', async t => {
  const dir = temporaryFolder(t);
  const first = await agentOver(t, dir);
  await first.put('a');
  // What the disk had at the moment of its death.
  const left = temporaryFolder(t);
  cpSync(dir, left, { recursive: true });
  const listener = await Listener.open(first.local, { path: STREAM });
  await first.put('told and lost');
  await listener.got(1);
  const seen = listener.events[0]!.id;
  await listener.end();

  const second = await agentOver(t, left);
  await second.put('b');
  const again = await Listener.open(second.local, {
    path: STREAM,
    headers: { 'last-event-id': seen },
  });
  await again.got(1);
  t.equal(again.events[0]!.event, 'rebuilt');
  await second.put('c');
  t.equal((await again.got(2))[1], 'c');
  await again.end();
});

t.test('a list of an agent that has put nothing yet since a death can be gone on from', async t => {
  const dir = temporaryFolder(t);
  const first = await agentOver(t, dir);
  await first.put('a');
  const left = temporaryFolder(t);
  cpSync(dir, left, { recursive: true });
  const second = await agentOver(t, left);
  const { json } = await ask(second.local, '/v1/alarms');
  t.match(json.position, /^\d+$/);
  const listener = await Listener.open(second.local, { path: `${STREAM}?after=${json.position}` });
  await until('its place', () => listener.lastId === json.position);
  await second.put('b', 'c');
  t.same(await listener.got(2), ['b', 'c']);
  await listener.end();
});
