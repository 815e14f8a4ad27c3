/** Which alarms pass, and the order of pages. */
import t from 'tap';
import { changeFilter, matches } from '../../../../agent/control/http/filter.ts';
import { pageOf, readCursor, writeCursor } from '../../../../agent/control/http/page.ts';
import { change, stampAt } from '../../support/alarm.ts';

t.test('a filter looks at what it names alone', async t => {
  const known = change('a', 1, 'raised', { drill: 'd-1', isRootCause: false });
  for (const [query, passes] of [
    [{}, true],
    [{ severity: 'MAJOR' }, true],
    [{ severity: 'CRITICAL,MAJOR' }, true],
    [{ severity: 'CRITICAL' }, false],
    [{ type: 'link-*' }, true],
    [{ type: 'link' }, false],
    [{ object: '*/c-a' }, true],
    [{ object: 'group/*' }, false],
    [{ root: false }, true],
    [{ root: true }, false],
    [{ acknowledged: false }, true],
    [{ acknowledged: true }, false],
    [{ drill: true }, true],
    [{ drill: false }, false],
    [{ type: 'link-*', severity: 'MINOR' }, false],
  ] as const) {
    t.equal(matches(query, known), passes, JSON.stringify(query));
  }
});

t.test(
  'whoever was told of an alarm is told when it no longer matches, and of its end',
  async t => {
    const passes = changeFilter({ severity: 'MAJOR' });
    t.ok(passes(change('a', 1)));
    t.ok(passes(change('a', 2, 'changed', { perceivedSeverity: 'MINOR' })), 'it leaves');
    t.notOk(passes(change('a', 3, 'changed', { perceivedSeverity: 'WARNING' })), 'it had left');
    t.notOk(passes(change('a', 4, 'cleared')), 'and its end is no news');
    t.ok(passes(change('b', 1)));
    t.ok(passes(change('b', 2, 'cleared')), 'its end is told, although CLEARED is not MAJOR');
  },
);

t.test('what was raised before the stream began may be known to its client', async t => {
  const passes = changeFilter({ severity: 'MAJOR', type: 'link-*' });
  t.ok(passes(change('a', 7, 'cleared')));
  t.notOk(
    passes(change('b', 7, 'cleared', { type: 'optics-degraded' })),
    'of another type it is not',
  );
  t.notOk(passes(change('c', 1, 'raised', { perceivedSeverity: 'MINOR' })));
  t.ok(passes(change('c', 2, 'changed')), 'now it matches');
});

t.test('pages stay in their order while alarms come and go', async t => {
  const at = (id: string, us: number) => change(id, 1, 'raised', { alarmRaisedTime: stampAt(us) });
  const known = [at('c', 20), at('a', 10), at('b', 20), at('d', 30)];
  const first = pageOf(known, null, 2);
  t.same(
    first.page.map(({ alarm }) => alarm.id),
    ['a', 'b'],
  );
  t.ok(first.more);
  const cursor = readCursor(writeCursor(first.page[1]!));
  t.equal(pageOf(known, cursor, 2).page[0]?.alarm.id, 'c');
  const later = [at('e', 40), ...known.filter(({ alarm }) => alarm.id !== 'b')];
  const second = pageOf(later, cursor, 3);
  t.same(
    second.page.map(({ alarm }) => alarm.id),
    ['c', 'd', 'e'],
  );
  t.notOk(second.more);
});

t.test('a cursor that is none of ours is none', async t => {
  for (const text of ['', '%%%', 'bm9uc2Vuc2U', Buffer.from('[1,2]').toString('base64url')]) {
    t.equal(readCursor(text), null, text);
  }
});
