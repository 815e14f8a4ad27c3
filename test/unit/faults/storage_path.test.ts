import t from 'tap';
import { answers, flow, legs, ms, record, Story, s } from './story.ts';

const object = 'target/g/10.0.0.2';

t.test('a stalled flow raises for its target, once for all its flows', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(flow('1', 'moving', 1 * s))
    .tell(flow('2', 'moving', 1 * s))
    .tell(flow('1', 'stalled', 2 * s, { since: 2 * s - 50 * ms }));
  t.match(story.changes, [
    {
      fault: {
        t: 2 * s - 50 * ms,
        group: 'g',
        leg: 'a',
        causes: [
          'link-down leg/a',
          'link-flapping leg/a',
          'nic-removed leg/a',
          'nic-tx-timeout leg/a',
          'bond-member-down leg/a',
          'lacp-partner-lost leg/a',
          'lacp-churn leg/a',
          'leg-blackholed leg/a',
          'link-degraded leg/a',
          'peer-still-uses-leg leg/a',
          'path-lost group/g',
          'no-gratuitous-arp group/g',
          `storage-target-unreachable ${object}`,
        ],
      },
    },
  ]);
  t.same(story.said(), [`active storage-path-stalled ${object}`]);
  story.tell(flow('2', 'stalled', 2 * s + 1)).tell(flow('1', 'moving', 3 * s));
  story.until(4 * s);
  t.same(story.said(), [], 'one of them still stands');
  story.tell(flow('2', 'moving', 5 * s)).until(5 * s + 499 * ms);
  t.same(story.said(), []);
  story.until(5 * s + 500 * ms);
  t.match(story.changes, [{ fault: { t: 5 * s } }]);
  t.same(story.said(), [`cleared storage-path-stalled ${object} condition-ended`]);
  t.equal(story.wakeAt, null);
});

t.test('slow alone never raises, and clears: what is acknowledged has passed', async t => {
  const story = new Story().tell(flow('1', 'slow', 1 * s));
  t.same(story.said(), []);
  story
    .tell(flow('1', 'stalled', 2 * s))
    .tell(flow('1', 'slow', 3 * s))
    .until(4 * s);
  t.same(story.said(), [
    `active storage-path-stalled ${object}`,
    `cleared storage-path-stalled ${object} condition-ended`,
  ]);
});

t.test(
  'an overdue answer is a stall while the leg is silent, whichever is known first',
  async t => {
    const raised = `active storage-path-stalled ${object}`;
    const slow = flow('1', 'slow', 2 * s, { since: 2 * s - 60 * ms });
    const before = () =>
      new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(answers('a', 'yes', 1 * s));
    const later = before().tell(slow);
    t.same(later.said(), []);
    later.tell(answers('b', 'no', 2 * s + 1));
    t.same(later.said(), [], 'it does not use that leg');
    later.tell(answers('b', 'yes', 2 * s + 2));
    later.tell(answers('a', 'no', 2 * s + 80 * ms));
    t.match(later.changes[0], { fault: { t: 2 * s - 60 * ms, leg: 'a' } });
    t.same(later.said(), [raised]);
    const sooner = before()
      .tell(answers('a', 'no', 2 * s - 1))
      .tell(slow);
    t.same(sooner.said(), [raised]);
    t.test('it ends with the answer, not with the silence', async t => {
      later.tell(answers('a', 'yes', 2 * s + 100 * ms)).until(2 * s + 700 * ms);
      later.tell(flow('1', 'slow', 2 * s + 700 * ms, { since: 2 * s - 60 * ms })).until(2500 * ms);
      t.same(later.said(), []);
      later.tell(flow('1', 'moving', 2900 * ms)).until(4 * s);
      t.same(later.said(), [`cleared storage-path-stalled ${object} condition-ended`]);
    });
  },
);

t.test('a leg that was never answered is no silent leg', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(answers('a', 'no', 1 * s))
    .tell(answers('b', 'no', 1 * s))
    .tell(flow('1', 'slow', 2 * s))
    .until(9 * s);
  t.same(story.said(), []);
  story.tell(flow('1', 'stalled', 9 * s)).until(30 * s);
  t.same(story.said(), [`active storage-path-stalled ${object}`], 'nor proof of a dead target');
});

t.test('several targets whose answers are overdue are told at once', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(answers('a', 'yes', 1 * s))
    .tell(flow('1', 'slow', 2 * s))
    .tell(flow('2', 'slow', 2 * s))
    .tell(flow('3', 'slow', 2 * s, { target: '10.0.0.3' }))
    .tell(answers('a', 'no', 2 * s + 1));
  t.same(story.said(), [
    `active storage-path-stalled ${object}`,
    'active storage-path-stalled target/g/10.0.0.3',
  ]);
});

t.test('a stalled connection that dies is no recovery', async t => {
  const story = new Story().tell(flow('1', 'stalled', 1 * s)).tell(flow('1', 'absent', 3 * s));
  story.until(12 * s);
  t.same(story.said(), [`active storage-path-stalled ${object}`]);
  t.test('another one that moves is', async t => {
    const again = Object.assign(new Story(), {
      state: story.state,
      wakeAt: story.wakeAt,
      now: story.now,
    });
    again.tell(flow('2', 'moving', 12 * s + 1)).until(13 * s);
    t.same(again.said(), [`cleared storage-path-stalled ${object} condition-ended`]);
  });
  t.test('without one it is gone in the end', async t => {
    story.until(13 * s);
    t.same(story.said(), [`cleared storage-path-stalled ${object} subject-gone`]);
  });
});

t.test('unknown clears nothing', async t => {
  const story = new Story()
    .tell(flow('1', 'stalled', 1 * s))
    .tell(flow('1', 'unknown', 2 * s))
    .until(60 * s);
  t.same(story.active(), [`storage-path-stalled ${object}`]);
});

t.test('a flow that stalls and moves in turn is told once', async t => {
  const story = new Story();
  for (let i = 0; i < 10; i++) {
    story
      .tell(flow('1', 'stalled', (1000 + i * 300) * ms))
      .tell(flow('1', 'moving', (1100 + i * 300) * ms));
  }
  t.same(story.said(), [`active storage-path-stalled ${object}`]);
});

t.test('it belongs to the failover that goes on', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(record({ t: 2 * s, id: 'f9' }));
  story.tell(flow('1', 'stalled', 2 * s + 50 * ms));
  t.match(story.changes, [{ fault: { failover: 'f9' } }]);
});

t.test('a flow that uses no group has a target of its own', async t => {
  const story = new Story().tell(flow('1', 'stalled', 1 * s, { group: null }));
  t.same(story.said(), ['active storage-path-stalled target/-/10.0.0.2']);
});

t.test('a census that does not name the flow makes it absent', async t => {
  const story = new Story().tell(flow('1', 'stalled', 1 * s));
  story.tell({ probe: 'census', t: 2 * s, legs: [], groups: [], flows: [] }).until(20 * s);
  t.same(story.said(), [
    `active storage-path-stalled ${object}`,
    `cleared storage-path-stalled ${object} subject-gone`,
  ]);
});
