import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { announced, groupIs, helper, ms, Story, s, sight, switched } from './story.ts';

const RAISED = 'active no-gratuitous-arp group/bond:bond0';
const CLEARED = 'cleared no-gratuitous-arp group/bond:bond0 condition-ended';

t.test('a switch that is announced, early or late', async t => {
  const story = new Story().tell(switched(1 * s)).tell(announced(1 * s + 1 * ms));
  t.same(story.until(5 * s).said(), []);
  story.tell(switched(6 * s)).until(6 * s + 700 * ms - 1);
  t.same(story.said(), []);
  story.until(6 * s + 700 * ms);
  t.match(story.changes, [
    {
      fault: {
        t: 6 * s + 700 * ms,
        leg: 'b',
        details: ['from a to b, and no announcement for 700 ms'],
      },
    },
  ]);
  t.same(story.said(), [RAISED]);
  t.same(story.tell(announced(9 * s)).said(), [CLEARED]);
  t.equal(story.wakeAt, null);
});

t.test('never announced: the switches learn by themselves', async t => {
  const story = new Story().tell(switched(1 * s)).until(2 * s);
  t.same(story.said(), [RAISED]);
  t.same(story.until(61 * s + 699 * ms).said(), []);
  t.same(story.until(61 * s + 700 * ms).said(), [CLEARED]);
});

t.test('by netlink the switch may be told after its announcement', async t => {
  const story = new Story().tell(announced(1 * s)).tell(switched(1.5 * s, { via: 'netlink' }));
  t.same(story.until(9 * s).said(), []);
  const fentry = new Story().tell(announced(1 * s)).tell(switched(1.5 * s));
  t.same(fentry.until(9 * s).said(), [RAISED], 'one of before is none of this');
});

t.test('where none is to come, or none can be seen', async t => {
  t.same(
    new Story()
      .tell(switched(1 * s, { announce_within_us: null }))
      .until(9 * s)
      .said(),
    [],
  );
  const blind = new Story().tell(switched(1 * s)).tell(sight('bond', 'blind', 1.1 * s));
  t.notMatch(
    blind
      .until(9 * s)
      .said()
      .join(),
    'no-gratuitous-arp',
  );
  const lost = new Story().tell(switched(1 * s)).tell(helper('lost', 1.1 * s));
  t.notMatch(
    lost
      .until(9 * s)
      .said()
      .join(),
    'no-gratuitous-arp',
  );
  const other = new Story().tell(switched(1 * s)).tell(sight('tcp', 'blind', 1.1 * s));
  t.match(
    other
      .until(9 * s)
      .said()
      .join(),
    'no-gratuitous-arp',
  );
});

t.test('a bond that is gone; a run of the agent that did not see', async t => {
  const story = new Story().tell(switched(1 * s)).until(2 * s);
  t.same(story.said(), [RAISED]);
  t.same(story.tell(groupIs('bond:bond0', 3 * s, 'absent')).said(), [
    'cleared no-gratuitous-arp group/bond:bond0 subject-gone',
  ]);
  const before = new Story().tell(switched(1 * s));
  const after = new Story();
  after.state = restoreFaults(structuredClone(before.state), true, 9 * s);
  after.now = 9 * s;
  t.same(after.step({ probe: 'tick' }).said(), []);
});
