import t from 'tap';
import type { Entry } from '../../../agent/outbox/entry.ts';
import { expendable } from '../../../agent/outbox/trim.ts';
import { change } from '../support/alarm.ts';
import { entryOf } from './entries.ts';

const keys = (entries: Entry[]) => entries.map(({ notice }) => notice.key);

const active = (id: string, tries = 0) => [
  entryOf(change(id, 1), { tries }),
  entryOf(change(id, 2)),
  entryOf(change(id, 3)),
  entryOf(change(id, 4, 'acknowledged')),
];
const over = (id: string, tries = 0) => [
  entryOf(change(id, 1), { tries }),
  entryOf(change(id, 2, 'cleared')),
];

t.test('what lies between, then raises that ended, then what nobody heard of', async t => {
  const all = () => [active('a'), over('b'), over('c', 1), over('d')];
  t.same(keys(expendable(all(), 0)), []);
  t.same(keys(expendable(all(), 1)), ['a/2']);
  t.same(keys(expendable(all(), 2)), ['a/2', 'a/3']);
  t.same(keys(expendable(all(), 3)), ['a/2', 'a/3', 'b/1'], 'its clear takes its place');
  t.same(keys(expendable(all(), 5)), ['a/2', 'a/3', 'b/1', 'd/1', 'b/2']);
  t.same(
    keys(expendable(all(), 1e6)),
    ['a/2', 'a/3', 'b/1', 'd/1', 'b/2', 'd/2'],
    'the receiver may know of c; a is active',
  );
});

t.test('a clear that took the place of its raise opens its alarm', async t => {
  const [raise, clear] = over('a');
  expendable([[raise!, clear!]], 1);
  t.equal(clear!.opens, true);
  t.same(keys(expendable([[clear!]], 1)), ['a/2']);
  clear!.tries = 1;
  t.same(keys(expendable([[clear!]], 1)), [], 'now the receiver may know of it');
});

t.test('a clear whose raise was told is never given up', async t => {
  const told = [
    entryOf(change('a', 2)),
    entryOf(change('a', 3)),
    entryOf(change('a', 4, 'cleared')),
  ];
  t.same(keys(expendable([told], 1e6)), ['a/2', 'a/3']);
});

t.test('what was tried, in this run or before, and what is young is left alone', async t => {
  const list = active('a', 1);
  list[1]!.tries = 1;
  list[2]!.earlierTries = 1;
  t.same(keys(expendable([list], 1e6)), []);
  const young = active('b');
  young[2]!.known.far = 7;
  t.same(keys(expendable([young], 1e6, { old: ({ known }) => known.far === 7 })), ['b/3']);
});

t.test('what others of its alarm wait elsewhere for keeps its first and its end', async t => {
  t.same(keys(expendable([over('a')], 1e6)), ['a/1', 'a/2']);
  t.same(keys(expendable([over('a')], 1e6, { torn: () => true })), []);
});

t.test('an acknowledged clear ends an alarm, too', async t => {
  const list = [
    ...over('a'),
    entryOf(change('a', 3, 'acknowledged', change('a', 2, 'cleared').alarm)),
  ];
  t.same(keys(expendable([list], 1e6)), ['a/1', 'a/2', 'a/3']);
});
