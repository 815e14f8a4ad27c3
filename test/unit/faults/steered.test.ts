import t from 'tap';
import type { Observation, SteeringAction, Us } from '../../../agent/types.ts';
import { census, legs, ms, Story, s } from './story.ts';

const subject = 'group/g';
const action = (t: Us, value: Partial<SteeringAction> = {}): Observation => ({
  probe: 'steering',
  aspect: 'action',
  subject,
  t,
  value: {
    outcome: 'steered',
    how: 'route',
    from: 'a',
    to: 'b',
    asked_us: t - 2 * ms,
    before: 'nexthop via 10.0.1.2 dev a nexthop via 10.0.2.2 dev b',
    after: 'via 10.0.2.2 dev b',
    reason: 'a does not answer',
    ...value,
  },
});
const kept = (t: Us, value: string[] | 'unknown' | 'absent'): Observation => {
  const level = typeof value === 'string' ? value : { legs: value };
  return { probe: 'steering', aspect: 'steered', subject, t, value: level };
};
const start = () => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  story.said();
  return story;
};

t.test('a group is steered until its traffic is back', async t => {
  const story = start()
    .tell(action(10 * s))
    .tell(kept(10 * s, ['a']));
  t.match(story.changes[0]?.fault, {
    t: 10 * s,
    group: 'g',
    leg: 'a',
    details: [
      'a left for b by a route',
      'a does not answer',
      'before: nexthop via 10.0.1.2 dev a nexthop via 10.0.2.2 dev b',
      'after: via 10.0.2.2 dev b',
    ],
    causes: ['leg-blackholed leg/a'],
  });
  t.same(story.said(), ['active path-steered group/g']);
  story
    .tell(kept(20 * s, 'unknown'))
    .tell(kept(21 * s, ['a']))
    .until(600 * s);
  t.same(story.said(), []);
  story.tell(action(601 * s, { outcome: 'undone', asked_us: null })).tell(kept(601 * s, []));
  t.equal(story.changes[0]?.fault.t, 601 * s);
  t.same(story.said(), ['cleared path-steered group/g condition-ended']);
});

t.test('what an earlier run had steered is found, or is gone', async t => {
  const story = start().tell(kept(10 * s, ['a']));
  t.match(story.changes[0]?.fault.details, [/a is out of use, as the helper found it/]);
  t.same(story.said(), ['active path-steered group/g']);
  story.tell(kept(20 * s, 'absent'));
  t.same(story.said(), ['cleared path-steered group/g subject-gone']);
  const counted = start()
    .tell(action(10 * s))
    .tell(kept(10 * s, ['a']));
  counted.said();
  counted
    .tell({ ...census(11 * s, ['a', 'b']), ...{ steered: null } })
    .tell({ ...census(11 * s, ['a', 'b']), ...{ steered: ['g'] } });
  t.same(counted.until(600 * s).said(), []);
  t.same(counted.tell({ ...census(601 * s, ['a', 'b']), ...{ steered: [] } }).said(), [
    'cleared path-steered group/g subject-gone',
  ]);
});

t.test('a move of which nothing is to be undone is told for a while', async t => {
  const story = start()
    .tell(action(10 * s, { how: 'active-member' }))
    .until(69 * s);
  t.same(story.said(), ['active path-steered group/g']);
  story.until(70 * s);
  t.same(story.said(), ['cleared path-steered group/g condition-ended']);
});

t.test('one refusal is no failure; one that lasts is, until it is steered', async t => {
  const refused = { outcome: 'refused', how: null, reason: 'b is not proven' } as const;
  const story = start()
    .tell(action(10 * s, refused))
    .until(60 * s);
  t.same(story.said(), []);
  story.tell(action(61 * s, refused)).tell(action(61_200 * ms, refused));
  t.same(story.said(), [], 'new evidence, at once');
  story.tell(action(62 * s, refused));
  t.match(story.changes[0]?.fault.details, ['b is not proven']);
  t.same(story.said(), ['active steering-failed group/g']);
  story.tell(action(63 * s, { ...refused, reason: 'steered 3 s ago' }));
  t.same(story.said(), [], 'the first word stands');
  story.tell(action(64 * s)).tell(kept(64 * s, ['a']));
  t.same(story.said(), [
    'cleared steering-failed group/g condition-ended',
    'active path-steered group/g',
  ]);
});

t.test(
  'what could not be done is told at once, and ends when it is not tried any more',
  async t => {
    const failed = { outcome: 'failed', reason: 'RTM_NEWROUTE: Operation not permitted' } as const;
    const story = start().tell(action(10 * s, failed));
    t.same(story.said(), ['active steering-failed group/g']);
    story.tell(action(15 * s, failed)).until(24 * s);
    t.same(story.said(), []);
    story.until(25 * s);
    t.same(story.said(), ['cleared steering-failed group/g condition-ended']);
  },
);

t.test('what the helper does by itself fails nobody', async t => {
  const story = start()
    .tell(action(10 * s, { outcome: 'failed', asked_us: null }))
    .until(60 * s);
  t.same(story.said(), []);
});

t.test('nexthop objects that were put back, or could not be, are no steering', async t => {
  const story = start();
  for (const outcome of ['restored', 'refused', 'failed'] as const) {
    const value = { outcome, leg: 'a', before: '', after: '', reason: 'its link is back' };
    story.tell({ probe: 'steering', aspect: 'restoring', subject, t: 10 * s, value });
  }
  t.same(story.said(), []);
});
