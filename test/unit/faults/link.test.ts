import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { admin, carrier, legs, ms, Story, s } from './story.ts';

t.test('a loss raises at once and the carrier clears it', async t => {
  const story = new Story().tell(carrier('a', 'up', 1 * s, 1, 0));
  t.same(story.said(), []);
  story.tell(carrier('a', 'down', 2 * s, 1, 1));
  t.match(story.changes, [
    { fault: { t: 2 * s, leg: 'a', details: ['no carrier', 'seen by timer'] } },
  ]);
  t.same(story.said(), ['active link-down leg/a']);
  story.tell(carrier('a', 'up', 3 * s, 2, 1));
  t.match(story.changes, [{ fault: { t: 3 * s } }]);
  t.same(story.said(), ['cleared link-down leg/a condition-ended']);
  t.equal(story.wakeAt, null, 'nothing to wait for');
});

t.test('administratively down is down, and is told as such', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(admin('a', 'up', 1 * s, 1, 0))
    .tell(admin('a', 'down', 2 * s, 1, 0))
    .tell(carrier('a', 'down', 2 * s + 1, 1, 1));
  t.match(story.changes, [{ fault: { details: ['administratively down', 'seen by timer'] } }]);
  t.same(story.said(), ['active link-down leg/a'], 'the count that follows is not another loss');
  story.tell(admin('a', 'up', 3 * s, 1, 1));
  t.same(story.said(), ['changed link-down leg/a'], 'up, but no carrier yet');
  story.tell(carrier('a', 'up', 4 * s, 2, 1));
  t.same(story.said(), ['cleared link-down leg/a condition-ended']);
});

t.test('an empty port is no fault, a leg without carrier is', async t => {
  const story = new Story().tell(carrier('a', 'down', 1 * s, 0, 1));
  t.same(story.said(), []);
  story.tell(legs('g', 2 * s, ['b'], ['a']));
  t.same(story.said(), ['active link-down leg/a', 'active redundancy-lost group/g']);
  story.tell({ probe: 'census', t: 3 * s, legs: ['a', 'b'], groups: [], flows: [] });
  t.same(story.said(), ['cleared redundancy-lost group/g subject-gone']);
});

t.test('four losses in ten seconds are flapping, which takes the place of link-down', async t => {
  const story = new Story().tell(carrier('a', 'up', 1 * s, 1, 0));
  for (let i = 1; i <= 3; i++) {
    story
      .tell(carrier('a', 'down', i * s, i, i))
      .tell(carrier('a', 'up', i * s + 100 * ms, i + 1, i));
  }
  t.equal(story.said().length, 6);
  story.tell(carrier('a', 'down', 4 * s, 4, 4));
  t.same(story.said(), ['active link-flapping leg/a']);
  story.tell(carrier('a', 'up', 5 * s, 5, 4)).tell(carrier('a', 'down', 6 * s, 5, 5));
  t.same(story.said(), [], 'no more than one alarm while it lasts');
  story.until(15 * s);
  t.same(story.said(), []);
  story.until(16 * s);
  t.same(story.said(), ['cleared link-flapping leg/a condition-ended', 'active link-down leg/a']);
  story.tell(carrier('a', 'up', 20 * s, 6, 5));
  t.same(story.said(), ['cleared link-down leg/a condition-ended']);
});

t.test('link-down is cleared as superseded when flapping begins', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('a', 'down', 2 * s, 1, 1));
  story.said();
  story.tell(carrier('a', 'down', 3 * s, 4, 4));
  t.same(story.said(), ['cleared link-down leg/a superseded', 'active link-flapping leg/a']);
});

t.test('losses that nobody saw are found by the counts and told between two times', async t => {
  t.test('up and up', async t => {
    const story = new Story()
      .tell(carrier('a', 'up', 1 * s, 1, 0))
      .tell(carrier('a', 'up', 2 * s, 2, 1));
    t.match(story.changes, [
      { kind: 'active', fault: { between: [1 * s, 2 * s] } },
      { kind: 'cleared', fault: { between: [1 * s, 2 * s] } },
    ]);
    t.same(story.active(), []);
  });
  t.test('up and down, two losses', async t => {
    const story = new Story()
      .tell(carrier('a', 'up', 1 * s, 1, 0))
      .tell(carrier('a', 'down', 2 * s, 2, 2));
    t.same(story.said(), [
      'active link-down leg/a',
      'cleared link-down leg/a condition-ended',
      'active link-down leg/a',
    ]);
  });
  t.test('down and down', async t => {
    const story = new Story()
      .tell(carrier('a', 'up', 1 * s, 1, 0))
      .tell(carrier('a', 'down', 2 * s, 1, 1));
    story.said();
    story.tell(carrier('a', 'down', 3 * s, 2, 2));
    t.same(story.said(), ['cleared link-down leg/a condition-ended', 'active link-down leg/a']);
    t.same(story.active(), ['link-down leg/a']);
  });
  t.test('down and up, one more between', async t => {
    const story = new Story()
      .tell(carrier('a', 'up', 1 * s, 1, 0))
      .tell(carrier('a', 'down', 2 * s, 1, 1));
    story.said();
    story.tell(carrier('a', 'up', 3 * s, 3, 2));
    t.same(story.said(), [
      'cleared link-down leg/a condition-ended',
      'active link-down leg/a',
      'cleared link-down leg/a condition-ended',
    ]);
  });
  t.test('across a restart of the agent', async t => {
    const story = new Story().tell(carrier('a', 'up', 1 * s, 1, 0));
    story.state = restoreFaults(JSON.parse(JSON.stringify(story.state)), true, 5 * s);
    story.tell(carrier('a', 'up', 5 * s, 3, 2));
    t.match(story.changes[0], {
      fault: { details: [/^2 losses not seen/], between: [1 * s, 5 * s] },
    });
    t.same(story.active(), []);
  });
  t.test('not across a reboot, where counts begin anew', async t => {
    const story = new Story()
      .tell(carrier('a', 'up', 100 * s, 9, 8))
      .tell(carrier('a', 'down', 101 * s, 9, 9));
    story.said();
    story.state = restoreFaults(JSON.parse(JSON.stringify(story.state)), false, 5 * s);
    t.same(story.active(), ['link-down leg/a'], 'still active until it is seen');
    story.now = 0;
    story.tell(carrier('a', 'up', 5 * s, 1, 0));
    t.same(story.said(), ['cleared link-down leg/a condition-ended']);
  });
});

t.test('an older reading of another source is no news', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('a', 'down', 2 * s, 1, 1));
  story.said();
  story.tell(carrier('a', 'up', 2 * s + 5, 1, 0));
  t.same(story.said(), []);
  t.same(story.active(), ['link-down leg/a']);
});

t.test('a device made anew under its name begins with new counts', async t => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 7, 6))
    .tell(carrier('a', 'absent', 2 * s, 0, 0));
  story.tell(carrier('a', 'up', 3 * s, 1, 0));
  t.same(story.said(), []);
  story.tell(carrier('a', 'down', 4 * s, 1, 1));
  t.same(story.said(), ['active link-down leg/a']);
});

t.test('flapping ends by event time, however late the tick', async t => {
  const story = new Story().tell(carrier('a', 'up', 1 * s, 1, 0));
  story.step(carrier('a', 'up', 2 * s, 5, 4));
  t.same(story.said(), ['active link-flapping leg/a']);
  story.step(carrier('a', 'down', 13 * s, 5, 5));
  t.match(story.changes[0], { kind: 'cleared', fault: { t: 12 * s } });
  t.same(story.said(), ['cleared link-flapping leg/a condition-ended', 'active link-down leg/a']);
});

t.test('every raise has one clear, whatever comes in which order', async t => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const story = new Story();
  const counts = new Map<string, { up: boolean; ups: number; downs: number }>();
  let at = 0;
  for (let i = 0; i < 5000; i++) {
    at += random(800) * ms;
    const leg = `l${random(5)}`;
    const link = counts.get(leg) ?? { up: true, ups: 1, downs: 0 };
    counts.set(leg, link);
    for (let flips = random(4); flips > 0; flips--) {
      link.up = !link.up;
      if (link.up) link.ups++;
      else link.downs++;
    }
    if (random(40) === 0) story.tell(carrier(leg, 'unknown', at, 0, 0));
    else if (random(4) > 0)
      story.tell(carrier(leg, link.up ? 'up' : 'down', at, link.ups, link.downs));
  }
  for (const [leg, link] of counts) {
    story.tell(carrier(leg, link.up ? 'up' : 'down', at + s, link.ups, link.downs));
  }
  story.until(at + 60 * s);
  const open = new Set<string>();
  for (const { kind, fault } of story.changes) {
    const key = `${fault.type} ${fault.object}`;
    if (kind === 'active') {
      t.notOk(open.has(key), `${key} raised once`) || t.bailout();
      open.add(key);
    } else if (kind === 'cleared') {
      if (!open.delete(key)) t.fail(`${key} cleared without a raise`);
    }
  }
  const down = [...counts].filter(([, l]) => !l.up).map(([leg]) => `link-down leg/${leg}`);
  t.same([...open].sort(), down.sort(), 'the final belief is right');
  t.same(story.active(), down.sort());
});
