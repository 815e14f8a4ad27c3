/** Too many notices, too large, too old: what is given up, what never is, and how that is told. */
import t from 'tap';
import type { RebuiltNotice } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { onDisk, open, reached, some } from './open.ts';
import { Picture } from './picture.ts';
import { DELIVERED, RETRY, ScriptedDestination } from './script.ts';
import { clock, later } from './shifted-clock.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

const pairs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => [
    change(`p${from + i}`, 1),
    change(`p${from + i}`, 2, 'cleared'),
  ]).flat();

t.test(
  'too many: a clear takes the place of its raise, active alarms stay, it is said',
  async t => {
    let up = false;
    const vim = new ScriptedDestination('vim', () => (up ? DELIVERED : null));
    vim.mapRebuilt = one => one;
    const { outbox, states } = await open(t, temporaryFolder(t), [vim], {
      limits: { notices: 1000 },
    });
    await outbox.put({ changes: [change('active', 1)], ...some });
    for (let i = 0; i < 600; i += 100) await outbox.put({ changes: pairs(i, i + 100), ...some });
    t.match(await reached(states, 'full'), /notices for vim were given up/);
    await until(() => (outbox.pending()[0]?.pending ?? 0) <= 1000);
    up = true;
    for (const sent of [...vim.sent]) sent.end(DELIVERED);
    await until(() => outbox.pending()[0]?.pending === 0);
    await reached(states, 'ok');
    const picture = new Picture(vim.sent.map(({ notice }) => notice));
    t.ok(picture.known.has('active'), 'the active alarm was told');
    picture.known.delete('active');
    t.equal(picture.known.size, 0, 'all others have ended');
    t.same(picture.outOfOrder, []);
    t.equal(
      picture.heardOf.size,
      601,
      'and each was heard of: a clear says that there was an alarm',
    );
    const { given_up } = outbox.pending()[0]!;
    t.equal(
      new Set(vim.keys).size + given_up,
      1201 + picture.rebuilt.length,
      'what is missing is counted',
    );
    t.ok(picture.rebuilt.length >= 1, 'and the receiver is told that there is a hole');
    t.match(picture.rebuilt[0], { adapter: 'vim', reason: /given up: too many wait for it/ });
  },
);

t.test('far too many: alarms go that ended unheard', async t => {
  const vim = new ScriptedDestination('vim', () => null);
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    limits: { notices: 400 },
  });
  for (let i = 0; i < 2000; i += 100) {
    await outbox.put({ changes: pairs(i, i + 100), ...some });
    // Giving up goes on beside.
    await until(() => (outbox.pending()[0]?.pending ?? 0) <= 400);
  }
  t.ok((outbox.pending()[0]?.given_up ?? 0) >= 3600);
});

t.test('one whose receiver has no word for it is not told of a hole', async t => {
  const vim = new ScriptedDestination('vim', () => RETRY);
  const { outbox } = await open(t, temporaryFolder(t), [vim]);
  outbox.rebuilt('nothing was known any more');
  t.match(outbox.pending(), [{ pending: 0 }]);
});

t.test('rebuilt: all that have a word for it, once as long as it was not tried', async t => {
  const dir = temporaryFolder(t);
  const vim = new ScriptedDestination('vim');
  vim.mapRebuilt = one => one;
  const other = new ScriptedDestination('other', () => DELIVERED);
  const first = await open(t, dir, [vim, other]);
  first.outbox.rebuilt('the memory was lost');
  first.outbox.rebuilt('once more');
  const sent = await vim.arrivals.next();
  t.match(sent.notice as unknown as RebuiltNotice, {
    key: /^rebuilt\/\d+$/,
    adapter: 'vim',
    reason: 'the memory was lost',
    sequence: 1,
    at: { boot_id: /^[0-9a-f-]{36}$/ },
  });
  t.match(first.outbox.pending(), [{ pending: 1 }, { pending: 0 }]);
  t.match(await first.outbox.letters({ limit: 10 }), [{ kind: 'rebuilt', key: sent.key }]);
  await first.close();
  t.same(onDisk(dir), ['vim rebuilt']);
  const again = new ScriptedDestination('vim', () => DELIVERED);
  again.mapRebuilt = one => one;
  const second = await open(t, dir, [again, other]);
  await until(() => second.outbox.pending()[0]?.pending === 0);
  t.same(again.keys, [sent.key], 'across a restart, by the same key');
  await second.close();
  t.same(onDisk(dir), []);
});

t.test('too old: given up, but for active alarms and what may have been heard', async t => {
  const vim = new ScriptedDestination('vim', () => null);
  vim.mapRebuilt = one => one;
  const dir = temporaryFolder(t);
  // Of ten alarms, four fit into memory and are tried.
  const first = await open(t, dir, [vim], { limits: { in_memory: 4 } });
  await first.outbox.put({ changes: pairs(0, 10), ...some });
  await first.outbox.put({ changes: [change('active', 1), change('active', 2)], ...some });
  await first.outbox.put({ changes: [change('active', 3)], ...some });
  await first.close();
  t.equal(onDisk(dir).length, 23);

  const second = await open(t, dir, [vim], {
    limits: { in_memory: 4, age_ms: 60_000 },
    clock,
  });
  later(120_000);
  await until(() => (second.outbox.pending()[0]?.given_up ?? 0) >= 17);
  const picture = () => new Picture(vim.sent.map(({ notice }) => notice));
  await until(() => picture().rebuilt.length === 1);
  await second.close();
  t.same(onDisk(dir), [
    ...['p0', 'p1'].flatMap(id => [`vim ${id}/1`, `vim ${id}/2`]),
    'vim active/1',
    'vim active/3',
    'vim rebuilt',
  ]);
});

t.test('a spool that is nearly full makes room for what comes', async t => {
  const vim = new ScriptedDestination('vim', () => null);
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    limits: { disk_bytes: 4 << 20, in_memory: 100, journal: 100 },
  });
  let refused = 0;
  for (let i = 0; i < 6000; i += 50) {
    if (!(await outbox.put({ changes: pairs(i, i + 50), ...some }))) refused += 1;
    await new Promise(resolve => setImmediate(resolve));
  }
  t.ok((outbox.pending()[0]?.given_up ?? 0) > 0);
  t.ok(refused < 120, `${refused} of 120 commits found it full`);
  for (let i = 0; !(await outbox.put({ changes: [change(`last${i}`, 1)], ...some })); i++) {
    await new Promise(resolve => setImmediate(resolve));
  }
  t.pass('it takes more');
});

t.test('whatever happens: no alarm that was heard of ends without its clear', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const dir = temporaryFolder(t);
  const heard: ScriptedDestination['sent'] = [];
  const revisions = new Map<string, number>();
  const ended = new Set<string>();
  let next = 0;
  let given = 0;
  for (let run = 0; run < 6; run++) {
    let mood = random();
    const vim = new ScriptedDestination('vim', () =>
      random() < mood ? (random() < 0.8 ? DELIVERED : RETRY) : null,
    );
    const last = run === 5;
    if (last) vim.answer = () => DELIVERED;
    const { outbox, close } = await open(t, dir, [vim], {
      limits: { notices: 120, in_memory: 8 },
    });
    for (let step = 0; step < 60 && !last; step++) {
      const changes = [];
      for (let i = 0; i < 12; i++) {
        const alive = [...revisions.keys()].filter(id => !ended.has(id));
        const old = alive[Math.floor(random() * alive.length)];
        if (old === undefined || (random() < 0.35 && alive.length < 15)) {
          const id = `a${next++}`;
          revisions.set(id, 1);
          changes.push(change(id, 1));
          continue;
        }
        const revision = (revisions.get(old) ?? 0) + 1;
        revisions.set(old, revision);
        const kind = random() < 0.5 ? 'cleared' : 'changed';
        if (kind === 'cleared') ended.add(old);
        changes.push(change(old, revision, kind));
      }
      await outbox.put({ changes, ...some });
      mood = random() < 0.1 ? random() : mood;
      for (const sent of vim.sent)
        if (random() < 0.05) sent.end(random() < 0.5 ? DELIVERED : RETRY);
    }
    if (last) await until(() => outbox.pending()[0]?.pending === 0);
    given += outbox.pending()[0]?.given_up ?? 0;
    await close();
    heard.push(...vim.sent);
  }
  t.ok(given > 100, `${given} were given up, ${heard.length} attempts made`);
  const picture = new Picture(heard.map(({ notice }) => notice));
  t.same(picture.outOfOrder, []);
  for (const id of ended) picture.heardOf.has(id) || picture.known.delete(id);
  const active = [...revisions.keys()].filter(id => !ended.has(id));
  t.same([...picture.known].sort(), active.sort(), 'the receiver knows exactly what is active');
  for (const id of active) t.equal(picture.last.get(id), revisions.get(id), `${id}: the last word`);
});
