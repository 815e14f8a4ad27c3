import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { bfdSession, census, legs, ms, Story, s } from './story.ts';

const DOWN = 'bfd-session-down bfd/a/10.0.1.2';
const up = (): Story => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(bfdSession('a', 'up', 2 * s));
  story.said();
  return story;
};
const lost = { since_us: 9_900 * ms, diagnostic: 1 };

t.test(
  'down after up is told at once, with why, and cleared when it has been up for a while',
  async t => {
    const story = up().tell(bfdSession('a', 'down', 10 * s, lost));
    t.match(story.changes[0]?.fault, {
      t: 9_900 * ms,
      group: 'g',
      leg: 'a',
      details: ['no packet within 150 ms', 'other end 10.0.1.2, on a'],
      causes: ['link-down leg/a', 'link-flapping leg/a'],
    });
    t.ok(story.changes[0]?.fault.causes.includes('leg-blackholed leg/a'));
    t.same(story.said(), [`active ${DOWN}`]);
    story
      .tell(bfdSession('a', 'init', 11 * s, { since_us: 11 * s }))
      .tell(bfdSession('a', 'down', 12 * s, { since_us: 12 * s, diagnostic: 3 }));
    t.same(story.said(), [], 'it tries');
    story.tell(bfdSession('a', 'up', 13 * s)).until(13_900 * ms);
    t.same(story.said(), []);
    story.until(14 * s);
    t.same(story.said(), [`cleared ${DOWN} condition-ended`]);
  },
);

t.test('one that flaps keeps its alarm', async t => {
  const story = up().tell(bfdSession('a', 'down', 10 * s, lost));
  story.said();
  for (const at of [11, 12, 13]) {
    story
      .tell(bfdSession('a', 'up', at * s))
      .tell(bfdSession('a', 'down', at * s + 500 * ms, lost));
  }
  t.same(story.until(60 * s).said(), []);
});

t.test('held down at either end it is no failure of the path (RFC 5882 3.2)', async t => {
  for (const [value, remote_state] of [
    ['admin-down', 'up'],
    ['down', 'admin-down'],
  ] as const) {
    const story = up().tell(bfdSession('a', value, 10 * s, { remote_state, diagnostic: 3 }));
    story.tell(bfdSession('a', 'down', 20 * s, { remote_state: 'down' })).until(60 * s);
    t.same(story.said(), [], 'nor while it comes back');
    story.tell(bfdSession('a', 'up', 61 * s)).tell(bfdSession('a', 'down', 70 * s, lost));
    t.same(story.said(), [`active ${DOWN}`]);
    story.tell(bfdSession('a', 'down', 80 * s, { remote_state: 'admin-down', diagnostic: 3 }));
    t.same(story.said(), [`cleared ${DOWN} condition-ended`], 'the operator has it in hand');
  }
});

t.test('one that was never up has lost nothing', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  story
    .tell(bfdSession('a', 'down', 2 * s))
    .tell(bfdSession('a', 'init', 3 * s))
    .until(60 * s);
  t.same(story.said(), []);
});

t.test('after a restart of the helper it has time to come up', async t => {
  const story = up()
    .tell(bfdSession('a', 'unknown', 10 * s))
    .tell(bfdSession('a', 'down', 11 * s, { since_us: 11 * s }))
    .tell(bfdSession('a', 'init', 12 * s, { since_us: 12 * s }))
    .tell(bfdSession('a', 'up', 13 * s))
    .until(30 * s);
  t.same(story.said(), []);
  story
    .tell(bfdSession('a', 'unknown', 40 * s))
    .tell(bfdSession('a', 'down', 41 * s, { since_us: 41 * s }))
    .until(45 * s);
  t.same(story.said(), []);
  story.until(46 * s);
  t.same(story.said(), [`active ${DOWN}`]);
});

t.test('after a reboot it lasts until the session is up, or held down', async t => {
  const story = new Story();
  story.state = restoreFaults(up().tell(bfdSession('a', 'down', 10 * s, lost)).state, false, 1 * s);
  story
    .tell(bfdSession('a', 'down', 2 * s, { since_us: 2 * s }))
    .tell(bfdSession('a', 'init', 30 * s, { since_us: 30 * s }))
    .until(60 * s);
  t.notMatch(story.said().join(), /cleared/);
  story.tell(bfdSession('a', 'up', 61 * s)).until(62 * s);
  t.same(story.said(), [`cleared ${DOWN} condition-ended`]);
});

t.test('unknown clears nothing; absent, and a leg that is gone, clear as gone', async t => {
  const raised = () => {
    const story = up().tell(bfdSession('a', 'down', 10 * s, lost));
    story.said();
    return story;
  };
  const gone = [`cleared ${DOWN} subject-gone`];
  t.same(
    raised()
      .tell(bfdSession('a', 'unknown', 11 * s))
      .until(60 * s)
      .said(),
    [],
  );
  t.same(
    raised()
      .tell(bfdSession('a', 'absent', 11 * s))
      .said(),
    gone,
  );
  t.same(
    raised()
      .tell({ ...census(11 * s, ['a', 'b']), ...{ bfd: [] } })
      .said(),
    gone,
  );
  t.same(
    raised()
      .tell({ ...census(11 * s, ['a', 'b']), ...{ bfd: null } })
      .until(60 * s)
      .said(),
    [],
  );
});
