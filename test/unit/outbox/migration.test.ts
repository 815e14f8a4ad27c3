/** A spool of version 1 is carried over: its notices, state, cursor and sequences. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import type { AlarmChange } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { onDisk, open, some } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

/** As version 1 stored a change. */
function oldBody({ kind, revision, alarm }: AlarmChange): string {
  const { alarmAcknowledgedTime: _, ackUser: _u, maintenance: _m, ...rest } = alarm;
  return JSON.stringify({ kind, revision, alarm: rest });
}

function writeVersion1(dir: string, rows: [adapter: string, change: AlarmChange][]): void {
  const db = new DatabaseSync(path.join(dir, 'outbox.db'));
  db.exec(`
    CREATE TABLE notice (n INTEGER PRIMARY KEY AUTOINCREMENT, adapter TEXT NOT NULL, key TEXT NOT NULL,
      alarm_id TEXT NOT NULL, revision INTEGER NOT NULL, sequence INTEGER NOT NULL,
      put_wall_us INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (adapter, key)) STRICT;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('state', '{"alarms":1}'), ('cursor', '7'), ('sequence:vim', '41');
    PRAGMA user_version = 1;
  `);
  const insert = db.prepare('INSERT INTO notice VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
  rows.forEach(([adapter, one], i) => {
    const { id } = one.alarm;
    const key = `${id}/${one.revision}`;
    insert.run(adapter, key, id, one.revision, i + 1, Date.now() * 1000, oldBody(one));
  });
  db.close();
}

t.test('version 1 becomes version 2', async t => {
  const dir = temporaryFolder(t);
  writeVersion1(dir, [
    ['vim', change('a', 1)],
    ['other', change('a', 1)],
    ['vim', change('a', 2)],
    ['vim', change('b', 1)],
    ['vim', change('b', 2, 'cleared')],
  ]);
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  vim.wants = () => false;
  const other = new ScriptedDestination('other');
  const first = await open(t, dir, [vim, other]);
  t.same(first.outbox.recovered, { state: { alarms: 1 }, cursor: 7, lost: false, unclean: false });
  await until(() => first.outbox.pending()[0]?.pending === 0);
  t.same(
    vim.keys.filter(key => key.startsWith('a')),
    ['a/1', 'a/2'],
  );
  t.same(
    vim.keys.filter(key => key.startsWith('b')),
    ['b/1', 'b/2'],
  );
  const { hops, ...plain } = vim.sent.find(({ key }) => key === 'a/2')!.notice.change;
  const { hops: _, ...expected } = change('a', 2);
  t.same(plain, expected);
  t.match(hops, { event_us: null, alarm_us: 2000 });

  // Version 1 told everybody of everything.
  await first.outbox.put({
    changes: [change('a', 3, 'cleared'), change('old', 9, 'cleared')],
    ...some,
  });
  const raisedLater = { alarmRaisedTime: { boot_id: 'x', mono_us: 1, wall_us: 9e15 } };
  await first.outbox.put({ changes: [change('c', 1, 'raised', raisedLater)], ...some });
  await until(() => first.outbox.pending()[0]?.delivered === 6);
  t.same(vim.keys.slice(4).sort(), ['a/3', 'old/9'], 'so it hears the end of what is old');
  t.equal(vim.sent.at(-1)?.notice.sequence, 43, 'the sequence goes on');
  await first.close();
  t.same(onDisk(dir).slice(0, 2), ['other a/1', 'other a/3']);

  const second = await open(t, dir, [vim, other]);
  t.match(second.outbox.pending(), [{ pending: 0 }, { pending: 4 }]);
});
