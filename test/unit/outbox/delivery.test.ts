/** The outbox and the webhook together, against a real receiver that is down, hangs, or comes back. */
import t from 'tap';
import { createAdapter } from '../../../agent/adapters/index.ts';
import { webhookSettings } from '../../../agent/adapters/webhook/settings.ts';
import { silentLog } from '../../../agent/log.ts';
import { openOutbox } from '../../../agent/outbox/index.ts';
import { Spool } from '../../../agent/outbox/spool.ts';
import { emptyBatch } from '../../../agent/outbox/spool-protocol.ts';
import type { Told } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { Queue, until } from '../support/events.ts';
import { Receiver } from '../support/http.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { quiet } from './open.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

interface Test {
  teardown(end: () => unknown): void;
}

const some = { state: null, cursor: null };

async function setUp(t: Test, dir: string, port: number) {
  const told = new Queue<Told>();
  const adapter = await createAdapter(
    webhookSettings.parse({
      kind: 'webhook',
      name: 'vim',
      url: `http://127.0.0.1:${port}/`,
      heartbeat_s: 0,
    }),
    { source: 'urn:test', host: 'test', log: silentLog, hide() {}, report() {} },
  );
  const outbox = await openOutbox({
    dir,
    source: 'urn:test',
    destinations: [adapter],
    ...quiet,
    onTold: told.push,
  });
  let closing: Promise<boolean> | null = null;
  const close = () => {
    closing ??= outbox.close();
    return closing;
  };
  t.teardown(close);
  return { outbox, told, close };
}

const ids = (receiver: Receiver) => receiver.all.map(({ body }) => JSON.parse(body).id as string);

t.test('a receiver that is down: across a restart, everything arrives in order', async t => {
  const dir = temporaryFolder(t);
  const first = new Receiver();
  const port = await first.listen();
  await first.close();
  const before = await setUp(t, dir, port);
  await before.outbox.put({ changes: [change('a', 1), change('b', 1)], ...some });
  await before.outbox.put({ changes: [change('a', 2), change('b', 2, 'cleared')], ...some });
  await until(() => /ECONNREFUSED/.test(before.outbox.pending()[0]?.last_error ?? ''));
  await before.close();

  const after = await setUp(t, dir, port);
  await after.outbox.put({ changes: [change('a', 3, 'cleared')], ...some });
  const receiver = new Receiver();
  t.teardown(() => receiver.close());
  await receiver.listen(port);
  await after.told.take(5);
  const order = (id: string) => ids(receiver).filter(key => key.startsWith(id));
  t.same(order('a'), ['a/1', 'a/2', 'a/3']);
  t.same(order('b'), ['b/1', 'b/2']);
});

t.test('a connection that hangs: the same event goes out on another', async t => {
  const receiver = new Receiver();
  t.teardown(() => receiver.close());
  receiver.answer = ({ connection }, response) => {
    if (connection > 1) response.writeHead(204).end();
  };
  const { outbox, told } = await setUp(t, temporaryFolder(t), await receiver.listen());
  await outbox.put({ changes: [change('a', 1)], ...some });
  t.match(await told.next(), { key: 'a/1' });
  t.same([...new Set(ids(receiver))], ['a/1']);
  t.ok(receiver.all.length >= 2);
  t.ok(new Set(receiver.all.map(({ connection }) => connection)).size >= 2);
});

t.test('one adapter that hangs does not hold up another', async t => {
  const [hanging, quick] = [new Receiver(), new Receiver()];
  hanging.answer = () => {};
  t.teardown(() => Promise.all([hanging.close(), quick.close()]));
  const told = new Queue<Told>();
  const destinations = await Promise.all(
    [hanging, quick].map(async (receiver, index) =>
      createAdapter(
        webhookSettings.parse({
          kind: 'webhook',
          name: `r${index}`,
          url: `http://127.0.0.1:${await receiver.listen()}/`,
          heartbeat_s: 0,
        }),
        { source: 'urn:test', host: 'test', log: silentLog, hide() {}, report() {} },
      ),
    ),
  );
  const outbox = await openOutbox({
    dir: temporaryFolder(t),
    source: 'urn:test',
    destinations,
    ...quiet,
    onTold: told.push,
  });
  t.teardown(() => outbox.close());
  for (let i = 0; i < 20; i++) await outbox.put({ changes: [change(`a${i}`, 1)], ...some });
  for (const { adapter } of await told.take(20)) t.equal(adapter, 'r1');
});

t.test('a thread that dies is started again, and nothing is lost', async t => {
  const workers: { terminate(): Promise<number> }[] = [];
  const keep = (worker: { terminate(): Promise<number> }) => workers.push(worker);
  process.on('worker', keep);
  t.teardown(() => process.off('worker', keep));
  const spool = new Spool(
    {
      dir: temporaryFolder(t),
      max_bytes: 1 << 24,
      adapters: [],
      journal: 10,
      dead_letters: 10,
    },
    () => t.fail('what was on disk is told once'),
  );
  const commit = async (state: string) =>
    (await spool.commit({ ...emptyBatch(), meta: [['state', state]] })).error;
  await spool.open();
  t.equal(await commit('1'), null);
  t.equal(workers.length, 1);
  await workers[0]?.terminate();
  const first = await commit('2');
  t.ok(first === null || /thread/.test(first), String(first));
  t.equal(await commit('3'), null);
  t.equal(workers.length, 2);
  t.equal(await spool.close(10_000), true);
  t.match(await commit('4'), /closed/);
  t.equal(workers.length, 2, 'no thread is started again for what comes after the end');
});
