import t from 'tap';
import { carrier, census, legs, mode, Story, s } from './story.ts';

const two = (slow: number | null, more: Parameters<typeof mode>[3] = {}) =>
  new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('b', 'up', 1 * s, 1, 0))
    .tell(mode('a', 1 * s, 25_000))
    .tell(mode('b', 1 * s, slow, more));
const RAISED = 'active link-speed-reduced leg/b';
const CLEARED = 'cleared link-speed-reduced leg/b condition-ended';

t.test('slower than another leg of its group', async t => {
  const story = two(10_000);
  t.same(story.until(3 * s - 1).said(), []);
  story.until(3 * s);
  t.match(story.changes, [
    { fault: { group: 'g', details: ['10000 Mbit/s, another leg of g has 25000'] } },
  ]);
  t.same(story.said(), [RAISED]);
  t.same(
    story
      .tell(mode('b', 9 * s, 25_000))
      .until(11 * s)
      .said(),
    [CLEARED],
  );
  t.equal(story.wakeAt, null);
});

t.test('slower than it offers itself, or half duplex', async t => {
  const offered = two(25_000, { advertised_mbps: 100_000 }).until(9 * s);
  t.match(offered.changes, [{ fault: { details: ['25000 Mbit/s, 100000 are offered'] } }]);
  const half = two(25_000, { duplex: 'half' }).until(9 * s);
  t.match(half.changes, [{ fault: { details: ['half duplex'] } }]);
});

t.test('a link that comes up is told at its last speed first', async t => {
  t.same(
    two(10_000)
      .tell(mode('b', 2 * s, 25_000))
      .until(9 * s)
      .said(),
    [],
  );
});

t.test('of a leg without carrier nothing is said', async t => {
  const story = two(10_000).until(9 * s);
  t.same(story.said(), [RAISED]);
  story
    .tell(carrier('b', 'down', 10 * s, 1, 1))
    .tell(mode('b', 10 * s, null))
    .until(20 * s);
  t.notMatch(story.said().join(), 'speed', 'it may be as slow when it comes back');
  story
    .tell(mode('b', 21 * s, 25_000))
    .tell(carrier('b', 'up', 21 * s, 2, 1))
    .until(23 * s);
  t.match(story.said().join(), CLEARED);
  const other = two(25_000);
  other
    .tell(mode('a', 4 * s, 100_000))
    .tell(carrier('a', 'down', 4 * s, 1, 1))
    .until(9 * s);
  t.notMatch(other.said().join(), 'speed', 'its neighbour is gone');
});

t.test('unknown, a NIC in no group, and one that is gone', async t => {
  t.same(
    two(null)
      .until(9 * s)
      .said(),
    [],
    'a speed that nobody knows',
  );
  const alone = new Story()
    .tell(carrier('c', 'up', 1 * s, 1, 0))
    .tell(mode('c', 1 * s, 100, { duplex: 'half', advertised_mbps: 1000 }));
  t.same(alone.until(9 * s).said(), [], 'a management port is as it is');
  const story = two(10_000).until(9 * s);
  story.said();
  t.same(
    story
      .tell(mode('b', 10 * s, 'unknown'))
      .until(20 * s)
      .said(),
    [],
  );
  t.same(story.tell(mode('b', 21 * s, 'absent')).said(), [
    'cleared link-speed-reduced leg/b subject-gone',
  ]);
  const away = two(10_000).until(9 * s);
  away.said();
  t.same(away.tell(census(10 * s, ['a'])).said(), [
    'cleared link-speed-reduced leg/b subject-gone',
  ]);
});
