import t from 'tap';
import { carrier, groupIs, legs, ms, Story, s } from './story.ts';

t.test('one of two legs is redundancy lost, none is path lost', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  t.same(story.said(), []);
  story.tell(legs('g', 2 * s, ['b'], ['a']));
  t.match(story.changes, [
    {
      fault: {
        leg: 'a',
        causes: ['link-down leg/a', 'link-flapping leg/a'],
        details: ['1 of 2 legs usable', 'down: a'],
      },
    },
  ]);
  t.same(story.said(), ['active redundancy-lost group/g']);
  story.tell(legs('g', 3 * s, [], ['a', 'b']));
  t.same(story.said(), ['changed redundancy-lost group/g', 'active path-lost group/g']);
  story.tell(legs('g', 4 * s, ['a', 'b']));
  t.same(story.said(), [], 'not before it has lasted');
  story.until(5 * s);
  t.match(story.changes, [{ fault: { t: 4 * s } }, { fault: { t: 4 * s } }]);
  t.same(story.said(), [
    'cleared redundancy-lost group/g condition-ended',
    'cleared path-lost group/g condition-ended',
  ]);
  t.equal(story.wakeAt, null);
});

t.test('a next hop that the kernel dropped counts as lost though every link is up', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('b', 'up', 1 * s, 1, 0))
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(legs('g', 2 * s, ['b'], [], ['a']));
  t.match(story.changes, [
    { fault: { details: ['1 of 2 legs usable', /dropped by the kernel.*: a/] } },
  ]);
  t.same(story.said(), ['active redundancy-lost group/g']);
});

t.test('a group that only ever had one leg has no redundancy to lose', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a']));
  t.same(story.said(), []);
  story.tell(legs('g', 2 * s, [], ['a']));
  t.same(story.said(), ['active path-lost group/g']);
});

t.test('a flapping leg holds the alarm: it is told once', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  for (let i = 0; i < 20; i++) {
    story
      .tell(legs('g', 2 * s + i * 400 * ms, ['b'], ['a']))
      .tell(legs('g', 2 * s + (i * 400 + 200) * ms, ['a', 'b']));
  }
  t.same(story.said(), ['active redundancy-lost group/g']);
  story.until(30 * s);
  t.same(story.said(), ['cleared redundancy-lost group/g condition-ended']);
});

t.test('unknown clears nothing, absent clears as gone', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['b'], ['a']))
    .tell(groupIs('g', 2 * s, 'unknown'));
  story.until(60 * s);
  t.same(story.said(), ['active redundancy-lost group/g']);
  story.tell(groupIs('g', 61 * s, 'absent'));
  t.same(story.said(), ['cleared redundancy-lost group/g subject-gone']);
});

t.test('a tick that comes late is told before what came after it was due', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['b'], ['a'])).tell(legs('g', 2 * s, ['a', 'b']));
  story.said();
  story.step(legs('g', 9 * s, ['b'], ['a']));
  t.same(story.said(), [
    'cleared redundancy-lost group/g condition-ended',
    'active redundancy-lost group/g',
  ]);
});

t.test('a bond that is seen for the first time may still be coming together', async t => {
  const lag = (at: number, up: string[], down: string[]) => ({
    ...legs('bond:bond0', at, up, down),
    kind: 'bond' as const,
  });
  const quick = new Story().tell(lag(1 * s, [], ['a', 'b'])).tell(lag(2 * s, ['a'], ['b']));
  t.same(
    quick
      .tell(lag(3 * s, ['a', 'b'], []))
      .until(20 * s)
      .said(),
    [],
  );
  t.equal(quick.wakeAt, null);
  quick.tell(lag(21 * s, ['a'], ['b']));
  t.same(quick.said(), ['active redundancy-lost group/bond:bond0'], 'later there is no excuse');

  const never = new Story().tell(lag(1 * s, [], ['a', 'b'])).tell(lag(2 * s, ['a'], ['b']));
  t.same(never.until(5 * s - 1).said(), []);
  never.until(5 * s);
  t.match(never.changes, [{ fault: { t: 1 * s, details: ['1 of 2 legs usable', 'down: b'] } }]);
  t.same(never.said(), ['active redundancy-lost group/bond:bond0']);
  never.tell(lag(6 * s, ['a', 'b'], [])).until(7 * s);
  t.same(never.said(), ['cleared redundancy-lost group/bond:bond0 condition-ended']);

  const late = new Story().tell(lag(1 * s, [], ['a', 'b']));
  late.now = 9 * s;
  late.step(lag(9 * s, ['a'], ['b']));
  t.same(late.said().sort(), [
    'active path-lost group/bond:bond0',
    'active redundancy-lost group/bond:bond0',
    'changed redundancy-lost group/bond:bond0',
  ]);

  const unplugged = new Story()
    .tell(carrier('b', 'up', 1 * s, 1, 0))
    .tell(carrier('b', 'down', 2 * s, 1, 1));
  unplugged.said();
  unplugged.tell(lag(2 * s, ['a'], ['b']));
  t.same(
    unplugged.said(),
    ['active redundancy-lost group/bond:bond0'],
    'a link that is down explains it',
  );
});
