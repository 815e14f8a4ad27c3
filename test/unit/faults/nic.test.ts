/** nic-tx-timeout and nic-removed. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { bark, carrier, census, groupIs, legs, presence, Story, s } from './story.ts';

t.test('the transmit watchdog barks, and barks again', async t => {
  const story = new Story().tell(bark('a', 10 * s, 3));
  t.match(story.changes, [{ fault: { t: 10 * s, details: ['queue 3 stands still'] } }]);
  t.same(story.said(), ['active nic-tx-timeout leg/a']);
  story.tell(bark('a', 40 * s, 5)).until(99 * s);
  t.same(story.said(), [], 'one alarm');
  t.same(story.until(100 * s).said(), ['cleared nic-tx-timeout leg/a condition-ended']);
  t.equal(story.wakeAt, null);
  const gone = new Story().tell(bark('a', 10 * s));
  gone.said();
  t.same(gone.tell(carrier('a', 'absent', 11 * s, 1, 1)).said(), [
    'cleared nic-tx-timeout leg/a subject-gone',
  ]);
  const away = new Story().tell(bark('a', 10 * s));
  away.said();
  t.same(away.tell(census(11 * s, [])).said(), ['cleared nic-tx-timeout leg/a subject-gone']);
});

const GONE = 'active nic-removed leg/a';

t.test('unplugged, and plugged in again', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(presence('a', 1 * s, 'present'))
    .tell(carrier('a', 'absent', 9 * s, 1, 1))
    .tell(legs('g', 9 * s, ['b'], [], ['a']))
    .tell(presence('a', 9 * s, 'removed'));
  t.match(story.changes.at(-1), {
    fault: { t: 9 * s, group: 'g', details: ['device 0000:3b:00.0 is gone'] },
  });
  t.same(story.said(), ['active redundancy-lost group/g', GONE]);
  story.tell(census(10 * s, ['b'])).until(9000 * s);
  t.same(story.said(), [], 'its group misses it still');
  story.tell(presence('a', 9001 * s, 'present'));
  t.same(story.said(), ['cleared nic-removed leg/a condition-ended']);
});

t.test('in the same place under another name', async t => {
  const story = new Story().tell(presence('a', 1 * s, 'removed'));
  story.said();
  t.same(story.tell(presence('x', 2 * s, 'present', { parent_dev: '0000:5e:00.0' })).said(), []);
  t.same(story.tell(presence('ens9', 3 * s, 'present')).said(), [
    'cleared nic-removed leg/a condition-ended',
  ]);
});

t.test('moved, unknown, or never of use: nobody misses it', async t => {
  const story = new Story();
  for (const value of ['moved', 'unknown'] as const) story.tell(presence('a', 1 * s, value));
  story.tell(presence('a', 2 * s, 'removed', { had_link: false }));
  t.same(story.said(), []);
  const leg = new Story().tell(legs('g', 1 * s, ['b'], ['a']));
  leg.said();
  leg.tell(presence('a', 2 * s, 'removed', { had_link: false, parent_dev: null }));
  t.match(leg.changes, [{ fault: { details: ['its device is gone'] } }], 'a leg is always missed');
});

t.test(
  'an alarm of before a reboot ends by this boot’s clock, however long the host had run',
  async t => {
    const before = new Story().tell(bark('a', 9_000_000 * s));
    const story = new Story();
    story.state = restoreFaults(structuredClone(before.state), false, 5 * s);
    story.now = 5 * s;
    story.tell(census(6 * s, ['a'])).until(65 * s - 1);
    t.same(story.said(), []);
    story.until(65 * s);
    t.equal(story.changes[0]?.fault.t, 65 * s);
    t.same(story.said(), ['cleared nic-tx-timeout leg/a condition-ended']);
  },
);

t.test('what no group has is forgotten in the end', async t => {
  const story = new Story().tell(presence('a', 10 * s, 'removed'));
  t.same(story.said(), [GONE]);
  t.same(story.until(3609 * s).said(), []);
  t.same(story.until(3610 * s).said(), ['cleared nic-removed leg/a subject-gone']);
  t.equal(story.wakeAt, null);
  const left = new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(presence('a', 2 * s, 'removed'));
  left.said();
  left.tell(groupIs('g', 5000 * s, 'absent')).until(8599 * s);
  t.same(left.said(), []);
  t.same(left.until(8600 * s).said(), ['cleared nic-removed leg/a subject-gone']);
});

t.test('after a reboot it is there again, or still away', async t => {
  const before = new Story().tell(presence('a', 10 * s, 'removed'));
  const after = (...seen: Parameters<Story['tell']>[0][]) => {
    const story = new Story();
    story.state = restoreFaults(structuredClone(before.state), false, 5 * s);
    story.now = 5 * s;
    for (const one of seen) story.tell(one);
    return story;
  };
  t.same(after(presence('a', 6 * s, 'present')).said(), [
    'cleared nic-removed leg/a condition-ended',
  ]);
  t.same(after(census(6 * s, ['a'])).said(), ['cleared nic-removed leg/a condition-ended']);
  const away = after(census(6 * s, ['b']));
  t.same(away.said(), []);
  t.same(away.until(4000 * s).said(), ['cleared nic-removed leg/a subject-gone']);
});
