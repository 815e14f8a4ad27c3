/** The outbox with its real worker and database. */
import { statSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { onDisk, open, some } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

t.test('a first start, a change, told, and nothing left', async t => {
  const dir = path.join(temporaryFolder(t), 'state');
  const destination = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox, told, states, close } = await open(t, dir, [destination]);
  t.same(outbox.recovered, { state: null, cursor: null, lost: false, unclean: false });
  t.equal(destination.started, 1);
  t.equal(await outbox.put({ changes: [change('a', 1)], ...some }), true);
  t.match(await told.next(), { key: 'a/1', adapter: 'vim', alarm_id: 'a' });
  t.equal(
    destination.sent[0]?.notice.uncommitted,
    states.waitingItems.length > 0,
    'unless the disk was slow',
  );
  t.match(outbox.pending(), [
    {
      adapter: 'vim',
      kind: 'scripted',
      primary: true,
      pending: 0,
      oldest_ms: null,
      last_error: null,
      state: 'ok',
      delivered: 1,
      refused: 0,
      given_up: 0,
      dead: 0,
      latency: { count: 1 },
    },
  ]);
  t.equal(await close(), true);
  t.equal(destination.closed, 1);
  t.same(onDisk(dir), []);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.equal(statSync(path.join(dir, 'outbox.db')).mode & 0o777, 0o600);
});

t.test(
  'what is undelivered at the end is delivered by the next, in order, with its state and cursor',
  async t => {
    const dir = temporaryFolder(t);
    const down = [
      new ScriptedDestination('vim'),
      new ScriptedDestination('other', () => DELIVERED),
    ];
    const first = await open(t, dir, down);
    await first.outbox.put({ changes: [change('a', 1), change('b', 1)], state: 1, cursor: 1 });
    await first.outbox.put({ changes: [change('a', 2)], state: 2, cursor: 2 });
    await first.outbox.put({
      changes: [change('a', 3, 'cleared')],
      state: { n: 3 },
      cursor: { seq: 3 },
    });
    await first.told.take(4);
    t.match(first.outbox.pending(), [
      { adapter: 'vim', pending: 4 },
      { adapter: 'other', pending: 0 },
    ]);
    await first.close();
    t.same(onDisk(dir), ['vim a/1', 'vim b/1', 'vim a/2', 'vim a/3']);

    const up = new ScriptedDestination('vim', () => DELIVERED);
    const second = await open(t, dir, [up, new ScriptedDestination('other')]);
    t.same(second.outbox.recovered, {
      state: { n: 3 },
      cursor: { seq: 3 },
      lost: false,
      unclean: false,
    });
    await second.told.take(4);
    t.same(
      up.keys.filter(key => key.startsWith('a')),
      ['a/1', 'a/2', 'a/3'],
    );
    t.same(up.sent[0]?.notice.change, change('a', 1));
    await second.outbox.put({ changes: [change('c', 1)], ...some });
    await second.told.next();
    t.equal(up.sent.at(-1)?.notice.sequence, 5, 'the sequence goes on');
    await second.close();
  },
);

t.test('a receiver that comes back gets all of it, per alarm in order', async t => {
  let up = false;
  const vim = new ScriptedDestination('vim', () =>
    up ? DELIVERED : { outcome: 'retry', reason: 'ECONNREFUSED', after_ms: null },
  );
  const { outbox, told } = await open(t, temporaryFolder(t), [vim]);
  for (let revision = 1; revision <= 3; revision++) {
    const changes = Array.from({ length: 50 }, (_, i) => change(`a${i}`, revision));
    await outbox.put({ changes, ...some });
  }
  t.match(outbox.pending(), [{ pending: 150, last_error: 'ECONNREFUSED' }]);
  up = true;
  const all = await told.take(150);
  for (let i = 0; i < 50; i++) {
    t.same(
      all.filter(({ alarm_id }) => alarm_id === `a${i}`).map(({ key }) => key),
      [`a${i}/1`, `a${i}/2`, `a${i}/3`],
    );
  }
});

t.test('a second agent on the same spool is refused', async t => {
  const dir = temporaryFolder(t);
  await open(t, dir, []);
  await t.rejects(open(t, dir, []), {
    message: /another agent uses it; stop the other agent or set state_dir/,
  });
});

t.test('notices of an adapter that is no more are given up', async t => {
  const dir = temporaryFolder(t);
  const first = await open(t, dir, [
    new ScriptedDestination('old'),
    new ScriptedDestination('vim'),
  ]);
  await first.outbox.put({ changes: [change('a', 1)], ...some });
  await first.close();
  const second = await open(t, dir, [new ScriptedDestination('vim')]);
  t.match(second.outbox.pending(), [{ adapter: 'vim', pending: 1 }]);
  await second.close();
  t.same(onDisk(dir), ['vim a/1']);
});

t.test('callbacks that throw do no harm', async t => {
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    onTold() {
      throw new Error('a mistake of ours');
    },
  });
  await outbox.put({ changes: [change('a', 1), change('a', 2)], ...some });
  await until(() => outbox.pending()[0]?.pending === 0);
  t.same(vim.keys, ['a/1', 'a/2']);
});
