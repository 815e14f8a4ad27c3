import t from 'tap';
import { bark, carrier, census, legs, member, ms, Story, s } from './story.ts';

t.test('without carrier loss the monitor itself is the finding', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(member('a', 1 * s, { mii: 'up' }))
    .tell(member('a', 2 * s, { mii: 'down' }));
  t.match(story.changes, [
    {
      fault: {
        t: 2 * s,
        leg: 'a',
        group: 'bond:bond0',
        details: ['bond:bond0 (active-backup) does not use it', /^it has carrier/],
        causes: ['link-down leg/a', 'link-flapping leg/a'],
      },
    },
  ]);
  t.same(story.said(), ['active bond-member-down leg/a']);
  story.tell(member('a', 3 * s, { mii: 'going-back' }));
  t.same(story.said(), [], 'it waits for updelay: as bad as before');
  story.tell(member('a', 4 * s, { mii: 'up' })).until(5 * s - 1);
  t.same(story.said(), []);
  story.until(5 * s);
  t.match(story.changes, [{ fault: { t: 4 * s } }]);
  t.same(story.said(), ['cleared bond-member-down leg/a condition-ended']);
  t.equal(story.wakeAt, null);
});

t.test('a NIC that does not send has a link all the same', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(member('a', 1 * s, { mii: 'up' }))
    .tell(bark('a', 2 * s))
    .tell(member('a', 3 * s, { mii: 'down' }));
  t.match(story.changes[1], {
    fault: { details: [/./, /^it has carrier/], causes: [/./, /./, /./, 'nic-tx-timeout leg/a'] },
  });
});

t.test('with the link down it is explained by it, and said so', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('a', 'down', 2 * s, 1, 1))
    .tell(member('a', 2 * s + 100 * ms, { mii: 'going-down' }))
    .tell(member('a', 2 * s + 300 * ms, { mii: 'down' }));
  t.match(story.changes[1], { fault: { details: [/./, 'it has no link'] } });
  t.same(story.said(), ['active link-down leg/a', 'active bond-member-down leg/a']);
});

t.test('a member that flaps at 5 Hz is one flapping link, and one member that is down', async t => {
  const story = new Story()
    .tell(legs('bond:bond0', 1 * s, ['a', 'b']))
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(member('a', 1 * s, { mii: 'up' }));
  for (let i = 0; i < 50; i++) {
    const at = 2 * s + i * 200 * ms;
    story
      .tell(carrier('a', 'down', at, i + 1, i + 1))
      .tell(member('a', at, { mii: 'down' }))
      .tell(legs('bond:bond0', at, ['b'], ['a']))
      .tell(carrier('a', 'up', at + 100 * ms, i + 2, i + 1))
      .tell(member('a', at + 100 * ms, { mii: 'up' }))
      .tell(legs('bond:bond0', at + 100 * ms, ['a', 'b']));
  }
  const raised = story.said().filter(line => line.startsWith('active'));
  const count = (type: string) => raised.filter(line => line.includes(type)).length;
  t.equal(count('link-flapping'), 1);
  t.equal(count('bond-member-down'), 1);
  t.equal(count('redundancy-lost'), 1);
  t.equal(count('link-down'), 3, 'before it was flapping');
  story.until(60 * s);
  t.same(story.said().sort(), [
    'cleared bond-member-down leg/a condition-ended',
    'cleared link-flapping leg/a condition-ended',
    'cleared redundancy-lost group/bond:bond0 condition-ended',
  ]);
  t.same(story.active(), []);
});

t.test('unknown clears nothing; released or gone it clears as that', async t => {
  const down = () => {
    const story = new Story().tell(member('a', 1 * s, { mii: 'down' }));
    t.equal(story.said().length, 1);
    return story;
  };
  t.same(
    down()
      .tell(member('a', 2 * s, 'unknown'))
      .until(9 * s)
      .said(),
    [],
  );
  const gone = ['cleared bond-member-down leg/a subject-gone'];
  t.same(
    down()
      .tell(member('a', 2 * s, 'absent'))
      .said(),
    gone,
  );
  t.same(
    down()
      .tell(census(2 * s, ['b']))
      .said(),
    gone,
  );
  t.same(
    down()
      .tell(census(2 * s, ['a']))
      .said(),
    [],
  );
  const twice = down().tell(member('a', 2 * s, { mii: 'down', failures: 9 }));
  t.same(twice.said(), [], 'the same again is no news');
});

t.test('going back before it ever was bad is no fault', async t => {
  t.same(new Story().tell(member('a', 1 * s, { mii: 'going-back' })).said(), []);
});
