import t from 'tap';
import type { Entry } from '../../../agent/outbox/lane.ts';
import { expendable } from '../../../agent/outbox/trim.ts';
import { change, notice } from '../support/alarm.ts';

function entry(one: ReturnType<typeof change>, tries = 0): Entry {
  return {
    notice: notice(one),
    since_us: 0,
    bytes: 10,
    released: true,
    saved: true,
    tries,
    failures: 0,
    inFlight: 0,
    timer: null,
    backingOff: false,
    wants: false,
    done: false,
  };
}

const alarms = (...lists: Entry[][]) =>
  new Map(lists.map(list => [list[0]!.notice.change.alarm.id, list]));
const keys = (entries: Entry[]) => entries.map(({ notice }) => notice.key);

const active = (id: string, tries = 0) => [
  entry(change(id, 1), tries),
  entry(change(id, 2)),
  entry(change(id, 3)),
  entry(change(id, 4, 'acknowledged')),
];
const over = (id: string, tries = 0) => [
  entry(change(id, 1), tries),
  entry(change(id, 2, 'cleared')),
];

t.test('first what lies between, then what nobody heard of, never the last word', async t => {
  const all = alarms(active('a'), over('b'), over('c', 1), over('d'));
  t.same(keys(expendable(all, { notices: 0, bytes: 0 })), []);
  t.same(keys(expendable(all, { notices: 1, bytes: 0 })), ['a/2', 'a/3']);
  t.same(
    keys(expendable(all, { notices: 3, bytes: 0 })),
    ['a/2', 'a/3', 'b/1', 'b/2'],
    'pairs stay whole',
  );
  t.same(
    keys(expendable(all, { notices: 1e6, bytes: 0 })),
    ['a/2', 'a/3', 'b/1', 'b/2', 'd/1', 'd/2'],
    'the receiver may know of c; a is active',
  );
  t.same(
    keys(expendable(all, { notices: 0, bytes: 25 })),
    ['a/2', 'a/3', 'b/1', 'b/2'],
    'bytes count as well',
  );
});

t.test('a clear whose raise was told is never given up', async t => {
  const told = [entry(change('a', 2)), entry(change('a', 3)), entry(change('a', 4, 'cleared'))];
  t.same(keys(expendable(alarms(told), { notices: 1e6, bytes: 0 })), ['a/3']);
});

t.test('what is under way is left alone', async t => {
  const list = active('a', 1);
  list[1]!.tries = 1;
  t.same(keys(expendable(alarms(list), { notices: 1e6, bytes: 0 })), ['a/3']);
});

t.test('an acknowledged clear ends a pair, too', async t => {
  const list = [
    ...over('a'),
    entry(change('a', 3, 'acknowledged', change('a', 2, 'cleared').alarm)),
  ];
  t.same(keys(expendable(alarms(list), { notices: 3, bytes: 0 })), ['a/2', 'a/1', 'a/3']);
});
