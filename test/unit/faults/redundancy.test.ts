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
