import t from 'tap';
import { NO_SYSTEM } from '../../../agent/topology/members.ts';
import { census, lacp, member, Story, s } from './story.ts';

const OTHER = '02:00:00:00:00:77';
type Of = Parameters<typeof lacp>[0];
const port = (leg: string, at: number, of: Of = {}, wanted: number | null = null) =>
  member(leg, at, { lacp: lacp(of) }, { partner_systems: wanted });
const RAISED = 'active bond-same-switch group/bond:bond0';
const CLEARED = 'cleared bond-same-switch group/bond:bond0 condition-ended';

t.test('members at two switches that are no one system', async t => {
  const story = new Story()
    .tell(port('a', 1 * s))
    .tell(port('b', 1 * s, { aggregator: 2, system: OTHER }));
  t.same(story.until(4 * s - 1).said(), [], 'links that come up settle first');
  story.until(4 * s);
  t.match(story.changes, [
    {
      fault: {
        t: 1 * s,
        details: [
          'the members reach different systems',
          'a: aggregator 1, partner 02:00:00:00:00:99',
          `b: aggregator 2, partner ${OTHER}`,
        ],
      },
    },
  ]);
  t.same(story.said(), [RAISED]);
  t.same(
    story
      .tell(port('b', 10 * s))
      .until(11 * s)
      .said(),
    [CLEARED],
  );
});

t.test('one switch that does not aggregate them', async t => {
  const story = new Story().tell(port('a', 1 * s)).tell(port('b', 1 * s, { aggregator: 2 }));
  story.until(5 * s);
  t.match(story.changes, [{ fault: { details: [/one system, which does not aggregate/] } }]);
});

t.test('a helper that may not know the systems sees the aggregators', async t => {
  const story = new Story()
    .tell(port('a', 1 * s))
    .tell(port('b', 1 * s, { aggregator: 2, system: null }))
    .until(5 * s);
  t.match(story.changes, [
    { fault: { details: ['the members are in different aggregators', /^a:/, 'b: aggregator 2'] } },
  ]);
  const wanted = new Story()
    .tell(port('a', 1 * s, {}, 2))
    .tell(port('b', 1 * s, { system: null }, 2));
  t.same(wanted.until(9 * s).said(), [], 'but not whether they are enough');
});

t.test('a member without carrier or partner ends nowhere', async t => {
  const apart = { aggregator: 2, system: OTHER };
  const story = new Story()
    .tell(port('a', 1 * s))
    .tell(port('b', 1 * s, { aggregator: 2, system: NO_SYSTEM }))
    .tell(port('c', 1 * s, { ...apart, actor: 0x87 }))
    .tell(member('d', 1 * s, { mii: 'down', lacp: lacp(apart) }))
    .until(9 * s);
  t.notMatch(story.said().join(), 'bond-same-switch');
});

t.test('where the operator wants two systems', async t => {
  const apart = { aggregator: 2, system: OTHER };
  const fine = new Story().tell(port('a', 1 * s, {}, 2)).tell(port('b', 1 * s, apart, 2));
  t.same(fine.until(9 * s).said(), [], 'two are what is wanted');
  const same = new Story().tell(port('a', 1 * s, {}, 2)).tell(port('b', 1 * s, {}, 2));
  same.until(9 * s);
  t.match(same.changes, [
    { fault: { details: ['2 partner systems are wanted, there is 1', /^a/, /^b/] } },
  ]);
  t.same(same.said(), [RAISED]);
  same.tell(member('b', 10 * s, { mii: 'down', lacp: lacp() }, { partner_systems: 2 }));
  t.same(
    same
      .until(20 * s)
      .said()
      .filter(line => line.includes('same')),
    [CLEARED],
    'of a member that is down nobody knows',
  );
  const one = new Story().tell(port('a', 1 * s, {}, 2)).until(9 * s);
  t.same(
    one.said(),
    ['active bond-same-switch group/bond:bond0'].slice(1),
    'one member has one end',
  );
});

t.test('unknown clears nothing, a bond that is gone does', async t => {
  const story = new Story().tell(port('a', 1 * s)).tell(port('b', 1 * s, { aggregator: 2 }));
  t.same(story.until(9 * s).said(), [RAISED]);
  t.same(
    story
      .tell(member('a', 10 * s, 'unknown'))
      .until(20 * s)
      .said(),
    [],
  );
  t.same(
    story
      .tell(member('a', 21 * s, 'absent'))
      .tell(member('b', 21 * s, 'absent'))
      .said(),
    ['cleared bond-same-switch group/bond:bond0 subject-gone'],
  );
  const other = new Story().tell(port('a', 1 * s)).tell(port('b', 1 * s, { aggregator: 2 }));
  t.same(other.until(9 * s).said(), [RAISED]);
  t.same(other.tell(census(10 * s, ['a', 'b'], [])).said(), [
    'cleared bond-same-switch group/bond:bond0 subject-gone',
  ]);
});
