import t from 'tap';
import { NO_SYSTEM } from '../../../agent/topology/members.ts';
import { census, lacp, member, ms, Story, s } from './story.ts';

const good = (leg: string, at: number) => member(leg, at, { lacp: lacp() });
/** EXPIRED: its partner has been silent for the time that the protocol allows. */
const silent = (leg: string, at: number) =>
  member(leg, at, { lacp: lacp({ actor: 0x87, partner: 0x05 }) });

t.test('a partner that falls silent', async t => {
  const story = new Story().tell(good('a', 1 * s)).tell(silent('a', 20 * s));
  t.same(story.until(20 * s + 500 * ms - 1).said(), []);
  story.until(20 * s + 500 * ms);
  t.match(story.changes, [{ fault: { t: 20 * s, leg: 'a', group: 'bond:bond0' } }]);
  t.same(story.said(), ['active lacp-partner-lost leg/a']);
  story.tell(member('a', 23 * s, { lacp: lacp({ actor: 0x47, system: NO_SYSTEM }) }));
  t.same(story.said(), [], 'DEFAULTED after EXPIRED is the same');
  story.tell(good('a', 30 * s)).until(31 * s);
  t.same(story.said(), ['cleared lacp-partner-lost leg/a condition-ended']);
});

t.test('a port that has just come up may look for its partner first', async t => {
  const story = new Story()
    .tell(good('a', 1 * s))
    .tell(member('a', 2 * s, { mii: 'down', lacp: lacp({ actor: 0x47 }) }))
    .until(20 * s);
  t.same(
    story.said().filter(line => line.includes('lacp')),
    [],
    'without carrier nobody is missed',
  );
  story.tell(silent('a', 21 * s)).until(24 * s);
  story.tell(good('a', 24 * s)).until(40 * s);
  t.notMatch(story.said().join(), 'lacp');
  story
    .tell(member('a', 50 * s, { mii: 'down', lacp: lacp() }))
    .tell(silent('a', 60 * s))
    .until(64 * s - 1);
  t.notMatch(story.said().join(), 'lacp');
  t.match(
    story
      .until(64 * s)
      .said()
      .join(),
    'active lacp-partner-lost leg/a',
  );
});

t.test('there from the start, nobody at the other end: told at once', async t => {
  const none = lacp({ actor: 0x45, partner: 1, system: NO_SYSTEM });
  const story = new Story().tell(member('a', 1 * s, { lacp: none })).until(1500 * ms);
  t.same(story.said(), ['active lacp-partner-lost leg/a']);
  story.tell(member('a', 2 * s, { mii: 'down', lacp: none })).until(3 * s);
  t.same(
    story.said(),
    ['active bond-member-down leg/a', 'cleared lacp-partner-lost leg/a condition-ended'],
    'the link is what is wrong now',
  );
});

t.test('churned, by the kernel', async t => {
  const story = new Story()
    .tell(good('a', 1 * s))
    .tell(member('a', 61 * s, { lacp: lacp({ churned: ['partner'] }) }));
  t.match(story.changes, [{ fault: { details: ['the far end is churned'] } }]);
  t.same(story.said(), ['active lacp-churn leg/a']);
  story.tell(member('a', 62 * s, { lacp: lacp({ churned: ['partner', 'actor'] }) }));
  t.same(story.said(), ['changed lacp-churn leg/a']);
  story.tell(good('a', 70 * s)).until(71 * s);
  t.same(story.said(), ['cleared lacp-churn leg/a condition-ended']);
});

t.test('agreement that is lost again and again', async t => {
  const story = new Story().tell(good('a', 1 * s));
  const lose = (at: number) =>
    story
      .tell(member('a', at, { lacp: lacp({ partner: 0x05, actor: 0x07 }) }))
      .tell(good('a', at + 1 * s));
  for (const at of [10, 20, 30]) lose(at * s);
  t.same(story.said(), [], 'three times');
  lose(40 * s);
  t.match(story.changes, [{ fault: { details: ['agreement lost 4 times within 60 s or less'] } }]);
  t.same(story.said(), ['active lacp-churn leg/a']);
  lose(90 * s);
  t.same(story.said(), [], 'and once more');
  t.same(story.until(150 * s - 1).said(), []);
  t.same(story.until(150 * s).said(), ['cleared lacp-churn leg/a condition-ended']);
  t.equal(story.wakeAt, null);

  const slow = new Story().tell(good('a', 1 * s));
  for (let i = 1; i < 20; i++) {
    slow
      .tell(member('a', i * 30 * s, { lacp: lacp({ partner: 0x05 }) }))
      .tell(good('a', i * 30 * s + 1));
  }
  t.same(slow.said(), [], 'now and then');
});

t.test('unknown, gone, and bonds of another mode', async t => {
  const lost = () =>
    new Story()
      .tell(good('a', 1 * s))
      .tell(silent('a', 2 * s))
      .until(3 * s);
  const story = lost();
  t.equal(story.said().length, 1);
  t.same(
    story
      .tell(member('a', 4 * s, 'unknown'))
      .until(9 * s)
      .said(),
    [],
  );
  t.same(story.tell(member('a', 10 * s, 'absent')).said(), [
    'cleared lacp-partner-lost leg/a subject-gone',
  ]);
  const other = lost();
  other.said();
  t.same(other.tell(member('a', 4 * s, { mii: 'up' })).said(), [
    'cleared lacp-partner-lost leg/a subject-gone',
  ]);
  const away = lost();
  away.said();
  t.same(away.tell(census(4 * s, [])).said(), ['cleared lacp-partner-lost leg/a subject-gone']);
});
