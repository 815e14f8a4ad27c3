/** The journal of alarm changes: numbered at once, kept across restarts, bounded. */
import t from 'tap';
import type { JournalEntry, Outbox } from '../../../agent/outbox/index.ts';
import { change } from '../support/alarm.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { open, some } from './open.ts';
import { ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => change(`a${from + i}`, 1));

/** Everything after a number, page by page, as one who resumes reads it. */
async function all(outbox: Outbox, after: number, limit = 100): Promise<JournalEntry[]> {
  const got: JournalEntry[] = [];
  for (;;) {
    const { entries, last } = await outbox.journal(got.at(-1)?.n ?? after, limit);
    got.push(...entries);
    if (entries.length === 0 || entries.at(-1)?.n === last) return got;
  }
}

t.test('numbers are given at once, followers are told at once', async t => {
  const { outbox } = await open(t, temporaryFolder(t), []);
  t.same(await outbox.journal(0, 10), { entries: [], first: 0, last: 0 });
  const seen: number[] = [];
  const end = outbox.follow(({ n }) => seen.push(n));
  outbox.follow(() => {
    throw new Error('a mistake of ours');
  });
  const committed = outbox.put({ changes: many(0, 3), ...some });
  t.same(seen, [1, 2, 3], 'before it is on disk');
  const { entries, first, last } = await outbox.journal(1, 1);
  t.match(entries, [{ n: 2, change: change('a1', 1) }]);
  t.same([first, last], [1, 3]);
  end();
  await committed;
  await outbox.put({ changes: many(3, 1), ...some });
  t.same(seen, [1, 2, 3]);
});

t.test('without a hole from disk to memory, and across a restart', async t => {
  const dir = temporaryFolder(t);
  const first = await open(t, dir, []);
  for (let i = 0; i < 1000; i += 50) void first.outbox.put({ changes: many(i, 50), ...some });
  const numbers = (await all(first.outbox, 0)).map(({ n }) => n);
  t.same(
    numbers,
    Array.from({ length: 1000 }, (_, i) => i + 1),
  );
  t.equal((await all(first.outbox, 990)).length, 10);
  t.equal((await all(first.outbox, 5000)).length, 0);
  await first.close();
  const second = await open(t, dir, []);
  t.match(await second.outbox.journal(998, 10), {
    entries: [{ n: 999 }, { n: 1000, change: { alarm: { id: 'a999' } } }],
    first: 1,
    last: 1000,
  });
  await second.outbox.put({ changes: many(1000, 1), ...some });
  t.match((await second.outbox.journal(1000, 10)).entries, [{ n: 1001 }]);
});

t.test('bounded, but what is owed stays on disk', async t => {
  const dir = temporaryFolder(t);
  const limits = { journal: 100, in_memory: 10 };
  const first = await open(t, dir, [new ScriptedDestination('vim')], { limits });
  for (let i = 0; i < 400; i += 20) await first.outbox.put({ changes: many(i, 20), ...some });
  const { first: oldest, last } = await first.outbox.journal(0, 1);
  t.equal(last, 400);
  t.ok(oldest > 280 && oldest <= 301, `${oldest}`);
  await first.close();
  const second = await open(t, dir, [new ScriptedDestination('vim')], { limits });
  const kept = await all(second.outbox, 0);
  t.ok(kept.length >= 100 && kept.length <= 120, `${kept.length}`);
  t.equal(kept[0]?.n, (await second.outbox.journal(0, 1)).first);
  t.match(second.outbox.pending(), [{ pending: 400 }]);
  t.equal((await second.outbox.letters({ limit: 1000 })).length, 400);
});

t.test('who asks while the disk does not answer learns so', async t => {
  const dir = temporaryFolder(t);
  const { outbox } = await open(t, dir, [], { limits: { disk_bytes: 300_000, journal: 5000 } });
  const huge = 'x'.repeat(1_000_000);
  for (let i = 0; i < 600; i += 100) {
    await outbox.put({ changes: many(i, 100), state: huge, cursor: 1 });
  }
  await t.rejects(outbox.journal(0, 10), /full/);
  await t.rejects(outbox.letters({ limit: 1 }), /full/);
  t.equal((await outbox.journal(500, 1000)).entries.length, 100, 'what is in memory can be had');
});
