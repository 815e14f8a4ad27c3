/** Dead letters and those that wait: listed, sent again, dropped. */
import t from 'tap';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { onDisk, open, some } from './open.ts';
import { DELIVERED, REFUSED, RETRY, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

t.test('a refused notice is kept, blocks nothing, and goes out once more on demand', async t => {
  const dir = temporaryFolder(t);
  const vim = new ScriptedDestination('vim', ({ key }) => (key === 'a/1' ? REFUSED : DELIVERED));
  const first = await open(t, dir, [vim]);
  await first.outbox.put({ changes: [change('a', 1), change('a', 2)], ...some });
  await until(() => first.outbox.pending()[0]?.pending === 0);
  t.same(vim.keys, ['a/1', 'a/2']);
  t.match(first.outbox.pending(), [{ dead: 1, refused: 1, delivered: 1, given_up: 0 }]);
  const [letter, ...none] = await first.outbox.letters({ limit: 10 });
  t.same(none, []);
  t.match(letter, {
    adapter: 'vim',
    key: 'a/1',
    state: 'dead',
    type: 'link-down',
    object: 'leg/c-a',
    kind: 'raised',
    tries: 1,
    error: 'HTTP 400',
  });
  t.ok(Math.abs((letter?.put_wall_us ?? 0) - Date.now() * 1000) < 600e6);
  await first.close();
  t.same(onDisk(dir), ['vim a/1 ✗']);

  const again = new ScriptedDestination('vim', ({ change }) =>
    change.revision === 2 ? null : DELIVERED,
  );
  const second = await open(t, dir, [again]);
  t.match(second.outbox.pending(), [{ dead: 1, pending: 0 }], 'it is known after a restart');
  await second.outbox.put({ changes: [change('a', 2)], ...some });
  await again.arrivals.next();
  t.equal(await second.outbox.retry([letter!.n, 999_999]), 1);
  t.equal(await second.outbox.retry([letter!.n]), 0, 'it is dead no more');
  t.match(
    await second.outbox.letters({ limit: 10 }),
    [
      { n: letter!.n, key: 'a/1', state: 'waiting', tries: 1 },
      { key: 'a/2', state: 'waiting' },
    ],
    'by the same number',
  );
  t.same(new Set(again.keys), new Set(['a/2']), 'behind what waits for the same alarm');
  for (const sent of again.sent) sent.end(DELIVERED);
  await until(() => second.outbox.pending()[0]?.pending === 0);
  t.equal(again.keys.at(-1), 'a/1');
  t.match(second.outbox.pending(), [{ dead: 0, delivered: 2 }]);
  await second.close();
  t.same(onDisk(dir), []);
});

t.test('by state and adapter, with their tries, the oldest first, so many at most', async t => {
  const [one, two] = [
    new ScriptedDestination('one', () => RETRY),
    new ScriptedDestination('two', () => REFUSED),
  ];
  const { outbox } = await open(t, temporaryFolder(t), [one, two]);
  for (let i = 0; i < 5; i++) await outbox.put({ changes: [change(`a${i}`, 1)], ...some });
  await until(() => outbox.pending()[1]?.dead === 5);
  const keys = async (of: Parameters<typeof outbox.letters>[0]) =>
    (await outbox.letters(of)).map(({ adapter, key }) => `${adapter} ${key}`);
  t.same(await keys({ limit: 3 }), ['one a0/1', 'two a0/1', 'one a1/1']);
  t.same(await keys({ limit: 2, state: 'dead' }), ['two a0/1', 'two a1/1']);
  t.same(await keys({ limit: 1, state: 'waiting' }), ['one a0/1']);
  t.equal((await keys({ limit: 10, adapter: 'two' })).length, 5);
  t.same(await keys({ limit: 10, adapter: 'two', state: 'waiting' }), []);
  t.same(await keys({ limit: 10, adapter: 'three' }), []);
  const [waiting] = await outbox.letters({ limit: 1, state: 'waiting' });
  t.ok((waiting?.tries ?? 0) >= 1);
  t.equal(waiting?.error, 'HTTP 503');
});

t.test('dropped for good: dead ones, waiting ones, in memory and on disk alone', async t => {
  const dir = temporaryFolder(t);
  const vim = new ScriptedDestination('vim', ({ key }) => (key === 'dead/1' ? REFUSED : RETRY));
  const { outbox, close } = await open(t, dir, [vim], { limits: { in_memory: 2 } });
  await outbox.put({ changes: [change('dead', 1)], ...some });
  await until(() => outbox.pending()[0]?.dead === 1);
  for (let i = 0; i < 6; i++) await outbox.put({ changes: [change(`a${i}`, 1)], ...some });
  const letters = await outbox.letters({ limit: 10 });
  const named = (key: string) => letters.find(one => one.key === key)?.n ?? 0;
  t.equal(await outbox.drop(['dead/1', 'a0/1', 'a4/1'].map(named)), 3);
  t.match(outbox.pending(), [{ pending: 4, dead: 0 }]);
  vim.answer = () => DELIVERED;
  await until(() => outbox.pending()[0]?.pending === 0);
  for (const key of ['a1/1', 'a2/1', 'a3/1', 'a5/1']) t.ok(vim.keys.includes(key), key);
  t.notOk(vim.keys.includes('a4/1'));
  t.match(outbox.pending(), [{ delivered: 4 }]);
  await close();
  t.same(onDisk(dir), []);
});

t.test('of refused notices so many are kept, the oldest go and are counted', async t => {
  const vim = new ScriptedDestination('vim', () => REFUSED);
  const { outbox } = await open(t, temporaryFolder(t), [vim], { limits: { dead_letters: 3 } });
  for (let i = 0; i < 8; i++) {
    await outbox.put({ changes: [change(`a${i}`, 1)], ...some });
    await until(() => outbox.pending()[0]?.refused === i + 1);
  }
  t.match(outbox.pending(), [{ refused: 8, dead: 3, given_up: 5 }]);
  t.match(await outbox.letters({ limit: 10 }), [{ key: 'a5/1' }, { key: 'a6/1' }, { key: 'a7/1' }]);
});

t.test(
  'of an alarm that has ended, only with the letter of its end; twice at once is once',
  async t => {
    const vim = new ScriptedDestination('vim', () => REFUSED);
    const { outbox } = await open(t, temporaryFolder(t), [vim]);
    await outbox.put({ changes: [change('a', 1), change('a', 2, 'cleared')], ...some });
    await outbox.put({ changes: [change('b', 1)], ...some });
    await until(() => outbox.pending()[0]?.dead === 3);
    const letters = await outbox.letters({ limit: 10 });
    const n = (key: string) => letters.find(one => one.key === key)?.n ?? 0;
    vim.answer = () => DELIVERED;
    vim.sent.length = 0;
    t.equal(await outbox.retry([n('a/1')]), 0, 'it would be taken for active');
    t.same(await Promise.all([outbox.retry([n('b/1')]), outbox.retry([n('b/1')])]), [1, 0]);
    t.equal(await outbox.retry([n('a/1'), n('a/2')]), 2);
    await until(() => outbox.pending()[0]?.pending === 0);
    t.same(vim.keys.sort(), ['a/1', 'a/2', 'b/1']);
    t.ok(vim.keys.indexOf('a/1') < vim.keys.indexOf('a/2'));
    t.match(outbox.pending(), [{ dead: 0, delivered: 3 }]);
  },
);
