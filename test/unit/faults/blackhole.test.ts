import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import type { Observation, Us } from '../../../agent/types.ts';
import {
  admin,
  bfdSession,
  carrier,
  census,
  flow,
  groupIs,
  legs,
  ms,
  answers as probe,
  record,
  Story,
  s,
} from './story.ts';

const up = (): Story => {
  const story = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 1))
    .tell(carrier('b', 'up', 1 * s, 1, 1))
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(probe('a', 'yes', 2 * s))
    .tell(probe('b', 'yes', 2 * s));
  story.said();
  return story;
};
const silent = (leg: string, since: Us, told: Us): Observation =>
  probe(leg, 'no', told, { since_us: since });

t.test(
  'a silent leg is told an interval after it was found, as since its first lost echo',
  async t => {
    const story = up().tell(silent('a', 10 * s, 10_300 * ms));
    t.same(story.said(), []);
    t.equal(story.wakeAt, 10_420 * ms);
    story.until(10_420 * ms);
    const [told] = story.changes;
    t.match(told?.fault, {
      type: 'leg-blackholed',
      object: 'leg/a',
      t: 10 * s,
      group: 'g',
      leg: 'a',
      details: ['no answer from 10.0.1.2, asked by this leg alone'],
    });
    t.same(story.said(), ['active leg-blackholed leg/a']);
    story.tell(probe('a', 'yes', 12_000 * ms, { since_us: 11_990 * ms }));
    t.equal(story.changes[0]?.fault.t, 11_990 * ms, 'when the answer came');
    t.same(story.said(), ['cleared leg-blackholed leg/a condition-ended']);
  },
);

t.test('all silent at once: it is the other end, whichever is found first', async t => {
  const story = up()
    .tell(silent('a', 10 * s, 10_300 * ms))
    .tell(silent('b', 10_090 * ms, 10_390 * ms))
    .until(60 * s);
  t.same(story.said(), []);
  story.tell(probe('b', 'yes', 61 * s)).until(62 * s);
  t.same(
    story.said(),
    ['active leg-blackholed leg/a'],
    'the other end is back, and this leg is not',
  );
});

t.test('what is alarmed stays when the other leg falls silent later', async t => {
  const story = up()
    .tell(silent('a', 10 * s, 10_300 * ms))
    .until(11 * s);
  story.said();
  story.tell(silent('b', 20 * s, 20_300 * ms)).until(30 * s);
  t.same(story.said(), []);
  story.tell(probe('a', 'yes', 40 * s)).until(41 * s);
  t.same(story.said(), [
    'cleared leg-blackholed leg/a condition-ended',
    'active leg-blackholed leg/b',
  ]);
});

t.test('link-down takes its place', async t => {
  for (const [how, lost] of [
    ['carrier', carrier('a', 'down', 12 * s, 1, 2)],
    ['admin', admin('a', 'down', 12 * s, 1, 2)],
  ] as const) {
    const story = up()
      .tell(silent('a', 10 * s, 10_300 * ms))
      .until(11 * s);
    story.said();
    story.tell(lost);
    t.same(
      story.said(),
      ['active link-down leg/a', 'cleared leg-blackholed leg/a superseded'],
      how,
    );
    story.until(60 * s);
    t.same(story.said(), [], 'it is silent still, and that is no news');
  }
  const before = up()
    .tell(carrier('a', 'down', 10 * s, 1, 2))
    .tell(silent('a', 10 * s, 10_300 * ms));
  before.until(20 * s);
  t.same(before.said(), ['active link-down leg/a']);
});

t.test('a link that comes back may be silent for a while', async t => {
  const story = up()
    .tell(carrier('a', 'down', 10 * s, 1, 2))
    .tell(silent('a', 10 * s, 10_300 * ms));
  story.tell(carrier('a', 'up', 15 * s, 2, 2));
  story.said();
  story.until(16_900 * ms);
  t.same(story.said(), []);
  story.until(17 * s);
  t.equal(story.changes[0]?.fault.t, 15 * s, 'since it could have answered');
  t.same(story.said(), ['active leg-blackholed leg/a']);
  const answers = up()
    .tell(carrier('a', 'down', 10 * s, 1, 2))
    .tell(silent('a', 10 * s, 10_300 * ms));
  answers
    .tell(carrier('a', 'up', 15 * s, 2, 2))
    .tell(probe('a', 'yes', 15_200 * ms))
    .until(60 * s);
  t.notOk(answers.said().some(line => line.includes('leg-blackholed')));
});

t.test('unknown clears and raises nothing; absent clears as gone', async t => {
  const story = up()
    .tell(silent('a', 10 * s, 10_300 * ms))
    .until(11 * s);
  story.said();
  for (const leg of ['a', 'b']) story.tell(probe(leg, 'unknown', 12 * s));
  story.tell(groupIs('g', 12 * s, 'unknown')).until(60 * s);
  t.same(story.said(), []);
  story.tell(probe('a', 'absent', 61 * s));
  t.same(story.said(), ['cleared leg-blackholed leg/a subject-gone']);
  const other = up()
    .tell(probe('b', 'unknown', 9 * s))
    .tell(silent('a', 10 * s, 10_300 * ms));
  t.same(other.until(60 * s).said(), [], 'nobody knows whether the other leg answers');
  const counted = up()
    .tell(silent('a', 10 * s, 10_300 * ms))
    .until(11 * s);
  counted.said();
  counted.tell(census(12 * s, ['b']));
  t.match(counted.said().join(), 'cleared leg-blackholed leg/a subject-gone');
});

t.test('a leg of no group, or without another one, is not said to be blackholed', async t => {
  const alone = new Story()
    .tell(carrier('a', 'up', 1 * s, 1, 1))
    .tell(legs('g', 1 * s, ['a']))
    .tell(probe('a', 'yes', 2 * s))
    .tell(silent('a', 10 * s, 10_300 * ms))
    .until(60 * s);
  t.notOk(alone.said().some(line => line.includes('leg-blackholed')));
});

t.test('a BFD session that went down is evidence as well', async t => {
  const story = up()
    .tell(bfdSession('a', 'up', 5 * s))
    .tell(bfdSession('a', 'down', 10_150 * ms, { since_us: 10 * s, diagnostic: 1 }));
  t.same(story.said(), ['active bfd-session-down bfd/a/10.0.1.2']);
  story.until(11 * s);
  t.match(story.changes[0]?.fault.details, ['the BFD session with 10.0.1.2 is down']);
  t.same(story.said(), ['active leg-blackholed leg/a']);
  story.tell(bfdSession('a', 'up', 20 * s));
  t.same(story.said(), ['cleared leg-blackholed leg/a condition-ended']);
  const held = up()
    .tell(bfdSession('a', 'up', 5 * s))
    .tell(bfdSession('a', 'down', 10 * s, { remote_state: 'admin-down', diagnostic: 3 }))
    .until(60 * s);
  t.same(held.said(), []);
});

t.test('a new helper has time to bring its BFD sessions up', async t => {
  const restarted = () => {
    const story = up()
      .tell(bfdSession('a', 'up', 5 * s))
      .tell(bfdSession('b', 'up', 5 * s));
    for (const leg of ['a', 'b']) story.tell(bfdSession(leg, 'unknown', 10 * s));
    for (const leg of ['a', 'b']) {
      story.tell(bfdSession(leg, 'down', 11 * s, { since_us: 11 * s }));
    }
    return story.tell(bfdSession('b', 'up', 12 * s)).tell(probe('b', 'yes', 12 * s));
  };
  t.same(
    restarted()
      .tell(bfdSession('a', 'up', 13 * s))
      .until(60 * s)
      .said(),
    [],
  );
  const silent = restarted().until(60 * s);
  t.ok(silent.said().includes('active leg-blackholed leg/a'), 'but not for ever');
});

t.test('after a reboot it stays until something is heard of the leg', async t => {
  const before = up()
    .tell(silent('a', 10 * s, 10_300 * ms))
    .until(11 * s);
  const story = new Story();
  story.state = restoreFaults(before.state, false, 1 * s);
  story
    .tell(carrier('a', 'up', 1 * s, 1, 1))
    .tell(carrier('b', 'up', 1 * s, 1, 1))
    .tell(legs('g', 2 * s, ['a', 'b']))
    .tell(carrier('a', 'up', 3 * s, 1, 1))
    .tell(probe('b', 'yes', 4 * s))
    .tell(silent('a', 4 * s, 4_300 * ms))
    .until(60 * s);
  t.same(story.said(), []);
  story.tell(probe('a', 'yes', 61 * s));
  t.same(story.said(), ['cleared leg-blackholed leg/a condition-ended']);
});

t.test('it explains a stall, and that nothing switched', async t => {
  const story = up().tell(silent('a', 10 * s, 10_300 * ms));
  story.tell(flow('1', 'stalled', 10_400 * ms, { since: 10 * s })).until(10_500 * ms);
  const failed = { state: 'closed', verdict: 'FAIL', switched_us: null } as const;
  story.tell(record({ t: 12 * s, ...failed }));
  for (const type of ['storage-path-stalled', 'failover-absent']) {
    const fault = story.changes.find(one => one.fault.type === type)?.fault;
    t.ok(fault?.causes.includes('leg-blackholed leg/a'), type);
  }
});
