/** storage-target-unreachable: nothing reaches it, though the legs pass packets. */
import t from 'tap';
import { answers, by, carrier, legs, ms, Story, s, session } from './story.ts';

const object = 'target/g/10.0.0.2';
const STALLED = `storage-path-stalled ${object}`;
const UNREACHABLE = `storage-target-unreachable ${object}`;

/** Two flows to the target by a and b, whose probes are answered. */
function start(): Story {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  for (const leg of ['a', 'b']) story.tell(answers(leg, 'yes', 1 * s));
  return story.tell(by('1', 'moving', 1 * s, 'a')).tell(by('2', 'moving', 1 * s, 'b'));
}

const stalled = (story = start()): Story =>
  story.tell(by('1', 'stalled', 2 * s, 'a')).tell(by('2', 'stalled', 2 * s + ms, 'b'));

t.test('after a second, and the stalled path is its effect', async t => {
  const story = stalled().until(3 * s);
  t.same(story.active(), [STALLED], 'the first stalled when the second moved');
  story.until(3 * s + ms);
  t.same(story.active(), [STALLED, UNREACHABLE]);
  t.match(story.state.active[UNREACHABLE], {
    t: 2 * s,
    group: 'g',
    details: ['no flow to it moves by a or b', 'the probes of a and b are answered'],
    causes: [],
  });
  t.ok(story.state.active[STALLED]?.causes.includes(UNREACHABLE));
  story.said();
  story.tell(by('1', 'moving', 10 * s, 'a'));
  t.same(story.said(), [`cleared ${UNREACHABLE} condition-ended`]);
});

t.test('not while one flow to it moves, or a leg is not proven', async t => {
  const one = start()
    .tell(by('1', 'stalled', 2 * s, 'a'))
    .until(60 * s);
  t.same(one.active(), [STALLED]);
  const silent = stalled(start().tell(answers('b', 'no', 2 * s - ms))).until(60 * s);
  t.same(silent.active(), ['leg-blackholed leg/b', STALLED]);
  const unknown = stalled(start().tell(answers('b', 'unknown', 2 * s - ms))).until(60 * s);
  t.same(unknown.active(), [STALLED]);
  const down = stalled(
    start()
      .tell(carrier('a', 'up', 1 * s, 1, 0))
      .tell(carrier('a', 'down', 2 * s - ms, 1, 1)),
  ).until(60 * s);
  t.same(down.active(), ['link-down leg/a', STALLED]);
});

t.test(
  'a leg that passed nothing for a while: the flows wait for their retransmission',
  async t => {
    const story = stalled(start().tell(answers('a', 'no', 2 * s - ms)));
    story.tell(answers('a', 'yes', 5 * s)).until(8 * s + 990 * ms);
    t.same(story.active(), [STALLED], 'it was dead for 3 s; they may sleep for 3 s more');
    story.until(9 * s);
    t.same(story.active(), [STALLED, UNREACHABLE]);
  },
);

t.test(
  'all legs of the group silent at once, with carrier: the far end itself is gone',
  async t => {
    const story = stalled();
    story.tell(answers('a', 'no', 2 * s + 80 * ms)).tell(answers('b', 'no', 2 * s + 90 * ms));
    story.until(3 * s + ms);
    t.same(story.active(), [STALLED, UNREACHABLE]);
    t.match(story.state.active[UNREACHABLE]?.details, [
      / by a or b$/,
      'no probe of any leg of the group is answered',
    ]);
    t.test('known before the flows stand still', async t => {
      const sooner = start();
      for (const leg of ['a', 'b']) sooner.tell(answers(leg, 'no', 2 * s - ms));
      t.ok(
        stalled(sooner)
          .until(4 * s)
          .active()
          .includes(UNREACHABLE),
      );
    });
    t.test('not where one of them has lost its carrier: the other may be dead as well', async t => {
      const down = start()
        .tell(carrier('b', 'up', 1 * s, 1, 0))
        .tell(carrier('b', 'down', 2 * s - ms, 1, 1))
        .tell(by('2', 'absent', 2 * s, 'b'))
        .tell(by('1', 'stalled', 2 * s, 'a'));
      for (const leg of ['a', 'b']) down.tell(answers(leg, 'no', 2 * s + 90 * ms));
      t.same(down.until(60 * s).active(), ['link-down leg/b', STALLED]);
    });
  },
);

t.test('without probes: new connections to other targets prove the legs', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  story.tell(by('1', 'moving', 1 * s, 'a')).tell(by('9', 'moving', 1 * s, 'a', { target: 'x' }));
  story.tell(by('1', 'stalled', 2 * s, 'a')).until(30 * s);
  t.same(story.active(), [STALLED], 'one that only does not stand still may be idle');
  story.tell(by('10', 'moving', 31 * s, 'a', { target: 'x' })).until(120 * s);
  t.same(story.active(), [STALLED, UNREACHABLE]);
  t.match(story.state.active[UNREACHABLE]?.details, [/ by a$/, 'other targets are reached by a']);
});

t.test('one that has nothing to send is closed last: the others had told the leg', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  story.tell(answers('a', 'yes', 1 * s)).tell(answers('b', 'yes', 1 * s));
  story.tell(by('1', 'moving', 1 * s, 'a')).tell(by('2', 'moving', 1 * s, 'a'));
  story
    .tell(by('1', 'stalled', 2 * s, 'a'))
    .until(4 * s)
    .tell(session('failed', 4 * s));
  story.tell(by('1', 'absent', 4 * s, 'a')).tell(by('2', 'absent', 4 * s + ms, 'a'));
  story.until(5 * s);
  t.notOk(story.active().includes(UNREACHABLE));
  story.until(5 * s + ms);
  t.ok(story.active().includes(UNREACHABLE), 'no flow is left that could move');
  t.match(story.state.active[UNREACHABLE]?.details, ['no flow to it moves by a']);
});

t.test('its connections die: it stays as long as a session wants it', async t => {
  const dead = (story: Story) =>
    story.tell(by('1', 'absent', 4 * s, 'a')).tell(by('2', 'absent', 4 * s, 'b'));
  const alone = dead(stalled().until(4 * s)).until(30 * s);
  t.same(alone.active(), []);
  t.ok(alone.said().includes(`cleared ${UNREACHABLE} subject-gone`));
  const wanted = stalled()
    .until(4 * s)
    .tell(session('failed', 4 * s));
  dead(wanted).until(60 * s);
  t.same(wanted.active(), ['storage-path-lost session/iscsi:session1', UNREACHABLE]);
  wanted.tell(session('absent', 61 * s));
  t.same(wanted.active(), []);
});

t.test('what nobody tries to reach is not out of reach', async t => {
  const story = stalled().tell(by('1', 'absent', 2 * s + 2 * ms, 'a'));
  story.tell(by('2', 'absent', 2 * s + 2 * ms, 'b')).until(8 * s);
  t.same(story.active(), [STALLED]);
});
