/** A disk that is slow, full, missing or broken delays no alarm, and is told. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { onDisk, open, reached, some } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

t.test(
  'a commit that takes too long: the alarm goes out, marked, and slow is told, then ok',
  async t => {
    const vim = new ScriptedDestination('vim', () => DELIVERED);
    const { outbox, told, states } = await open(t, temporaryFolder(t), [vim], {
      limits: { disk_bytes: 2 ** 30 },
    });
    // A truly slow commit: as much as a disk needs more than 20 ms for.
    const committed = outbox.put({
      changes: [change('a', 1)],
      state: 'x'.repeat(48 << 20),
      cursor: 1,
    });
    await told.next();
    t.equal(vim.sent[0]?.notice.uncommitted, true);
    t.match(await reached(states, 'slow'), /more than 20 ms/);
    t.equal(await committed, true, 'in the end it is on disk');
    await outbox.put({ changes: [], state: 1, cursor: 2 });
    await reached(states, 'ok');
  },
);

t.test(
  'a full spool: alarms go out, marked; full is told; with room again all is on disk',
  async t => {
    const dir = temporaryFolder(t);
    const vim = new ScriptedDestination('vim');
    const { outbox, states, close } = await open(t, dir, [vim], {
      limits: { disk_bytes: 300_000 },
    });
    t.equal(await outbox.put({ changes: [change('a', 1)], state: 'small', cursor: 1 }), true);
    const huge = 'x'.repeat(1_000_000);
    t.equal(await outbox.put({ changes: [change('b', 1)], state: huge, cursor: 2 }), false);
    t.match(await reached(states, 'full'), /full/);
    await until(() => vim.sent.length === 2);
    t.same(vim.keys, ['a/1', 'b/1']);
    t.equal(vim.sent[1]?.notice.uncommitted, true);
    t.equal(await outbox.put({ changes: [change('c', 1)], state: huge, cursor: 3 }), false);
    t.equal(await outbox.put({ changes: [], state: 'small again', cursor: 4 }), true);
    await reached(states, 'ok');
    await close();
    t.same(onDisk(dir), ['vim a/1', 'vim b/1', 'vim c/1']);
    const next = await open(t, dir, []);
    t.same(next.outbox.recovered, {
      state: 'small again',
      cursor: 4,
      lost: false,
      unclean: false,
    });
  },
);

t.test(
  'no folder for the spool: alarms go out from memory, and to disk as soon as there is one',
  async t => {
    const dir = path.join(temporaryFolder(t), 'state');
    writeFileSync(dir, 'a file where the folder belongs');
    const vim = new ScriptedDestination('vim');
    const { outbox, states, close } = await open(t, dir, [vim]);
    t.match(await reached(states, 'full'), /EEXIST|ENOTDIR/);
    t.equal(await outbox.put({ changes: [change('a', 1)], ...some }), false);
    t.equal((await vim.arrivals.next()).notice.uncommitted, true);
    rmSync(dir);
    await reached(states, 'ok');
    await close();
    t.same(onDisk(dir), ['vim a/1']);
  },
);

t.test('a spool that could not be read at the start is read when it can be', async t => {
  const top = temporaryFolder(t);
  const [dir, away] = [path.join(top, 'state'), path.join(top, 'away')];
  const first = await open(t, dir, [new ScriptedDestination('vim')]);
  await first.outbox.put({ changes: [change('a', 1)], ...some });
  await first.close();
  renameSync(dir, away);
  writeFileSync(dir, 'a file where the folder belongs');
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox, states, told, close } = await open(t, dir, [vim]);
  await reached(states, 'full');
  await outbox.put({ changes: [change('b', 1)], ...some });
  t.match(await told.next(), { key: 'b/1' });
  rmSync(dir);
  renameSync(away, dir);
  t.match(await told.next(), { key: 'a/1' }, 'from before');
  await close();
  t.same(onDisk(dir), []);
});

t.test('a broken database is put aside, and said to be', async t => {
  const dir = temporaryFolder(t);
  writeFileSync(path.join(dir, 'outbox.db'), 'no database at all, '.repeat(100));
  const { outbox } = await open(t, dir, [new ScriptedDestination('vim', () => DELIVERED)]);
  t.equal(await outbox.put({ changes: [change('a', 1)], ...some }), true);
  t.ok(readdirSync(dir).some(name => name.startsWith('outbox.db.broken-')));
  t.same(outbox.recovered, { state: null, cursor: null, lost: true, unclean: false });
});

t.test('a state that cannot be read is lost, the notices are not', async t => {
  const dir = temporaryFolder(t);
  const first = await open(t, dir, [new ScriptedDestination('vim')]);
  await first.outbox.put({ changes: [change('a', 1)], ...some });
  await first.close();
  const db = new DatabaseSync(path.join(dir, 'outbox.db'));
  db.exec("UPDATE meta SET value = '{\"alarms' WHERE name = 'state'");
  db.close();
  const { outbox, told } = await open(t, dir, [new ScriptedDestination('vim', () => DELIVERED)]);
  t.match(outbox.recovered, { state: null, lost: true });
  t.match(await told.next(), { key: 'a/1' });
});

t.test(
  'a notice that cannot be read is given up, and the receiver is told of the hole',
  async t => {
    const dir = temporaryFolder(t);
    const first = await open(t, dir, [new ScriptedDestination('vim')]);
    await first.outbox.put({ changes: [change('a', 1), change('b', 1)], ...some });
    await first.close();
    const db = new DatabaseSync(path.join(dir, 'outbox.db'));
    db.exec("UPDATE change SET body = '{\"alarm' WHERE n = 1");
    db.close();
    const vim = new ScriptedDestination('vim', () => DELIVERED);
    vim.mapRebuilt = one => one;
    const { outbox, told } = await open(t, dir, [vim]);
    t.match(await told.next(), { key: 'b/1' });
    const keys = [await vim.arrivals.next(), await vim.arrivals.next()].map(({ key }) => key);
    t.ok(keys.includes('b/1') && keys.some(key => key.startsWith('rebuilt/')), keys.join(' '));
    t.match(outbox.pending(), [{ given_up: 1 }]);
  },
);

t.test('a database of a later version is left alone', async t => {
  const dir = temporaryFolder(t);
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(path.join(dir, 'outbox.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  const { states } = await open(t, dir, []);
  t.match(await reached(states, 'full'), /written by a newer version/);
});
