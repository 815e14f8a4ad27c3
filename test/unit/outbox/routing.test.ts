/** What is for which destination: by its word, then by what it was told before; never what is held back. */
import t from 'tap';
import type { AlarmChange } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { open, some } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

const critical = ({ alarm }: AlarmChange) => alarm.perceivedSeverity === 'CRITICAL';
const CRITICAL = { perceivedSeverity: 'CRITICAL' } as const;

t.test(
  'once told of an alarm, told of all that follows, across restarts, until its end',
  async t => {
    const dir = temporaryFolder(t);
    const destinations = () => {
      const picky = new ScriptedDestination('picky', () => DELIVERED);
      picky.wants = critical;
      return [picky, new ScriptedDestination('all', () => DELIVERED)] as const;
    };
    const [picky, all] = destinations();
    const first = await open(t, dir, [picky, all]);
    const put = async (outbox: typeof first.outbox, one: AlarmChange) => {
      await outbox.put({ changes: [one], ...some });
      await until(() => outbox.pending().every(({ pending }) => pending === 0));
    };
    await put(first.outbox, change('a', 1));
    await put(first.outbox, change('a', 2, 'changed', CRITICAL));
    await put(first.outbox, change('a', 3));
    await put(first.outbox, change('b', 1));
    await put(first.outbox, change('b', 2, 'cleared'));
    await put(first.outbox, change('c', 1, 'raised', CRITICAL));
    t.same(picky.keys, ['a/2', 'a/3', 'c/1']);
    t.same(all.keys, ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1']);
    t.same(
      picky.sent.map(({ notice }) => notice.sequence),
      [1, 2, 3],
      'its sequence has no holes for what was not for it',
    );
    await first.close();

    const [pickyAgain, allAgain] = destinations();
    const second = await open(t, dir, [pickyAgain, allAgain]);
    await put(second.outbox, change('a', 4, 'acknowledged'));
    await put(second.outbox, change('a', 5, 'cleared'));
    await put(second.outbox, change('c', 2, 'cleared'));
    await put(second.outbox, change('a', 6, 'acknowledged', change('a', 5, 'cleared').alarm));
    t.same(pickyAgain.keys, ['a/4', 'a/5', 'c/2'], 'what has ended is forgotten');
    await second.close();
  },
);

t.test('held changes make no notices, but are in the journal', async t => {
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox } = await open(t, temporaryFolder(t), [vim]);
  const held = (one: AlarmChange) => ({ ...one, held: true });
  await outbox.put({ changes: [held(change('a', 1)), held(change('b', 1))], ...some });
  await outbox.put({
    changes: [held(change('b', 2, 'cleared')), change('a', 2, 'raised')],
    ...some,
  });
  await outbox.put({ changes: [change('a', 3, 'cleared')], ...some });
  await until(() => outbox.pending()[0]?.delivered === 2);
  t.same(vim.keys, ['a/2', 'a/3']);
  const { entries } = await outbox.journal(0, 100);
  t.same(
    entries.map(entry => `${entry.change.alarm.id}/${entry.change.revision}`),
    ['a/1', 'b/1', 'b/2', 'a/2', 'a/3'],
  );
});

t.test('alarms that are gone without an end are forgotten when there are very many', async t => {
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  let wanted = true;
  vim.wants = () => wanted;
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    active: () => [change('a9999', 1)],
  });
  const raises = Array.from({ length: 10_001 }, (_, i) => change(`a${i}`, 1));
  await outbox.put({ changes: raises, ...some });
  wanted = false;
  await outbox.put({ changes: [change('a0', 2), change('a9999', 2)], ...some });
  await until(() => outbox.pending()[0]?.pending === 0);
  t.ok(vim.keys.includes('a9999/2'));
  t.notOk(vim.keys.includes('a0/2'));
});
