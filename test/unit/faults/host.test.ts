import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { helper, ms, Story, s, sight, spool } from './story.ts';

t.test('a lost helper is told after two seconds', async t => {
  const story = new Story().tell(helper('connected', 1 * s)).tell(helper('lost', 2 * s));
  story.until(4 * s - 1);
  t.same(story.said(), []);
  story.until(4 * s);
  t.same(story.said(), ['active monitor-blind host']);
  story.tell(helper('connected', 9 * s));
  t.same(story.said(), ['cleared monitor-blind host condition-ended']);
});

t.test('a helper that is back in time is not told', async t => {
  const story = new Story()
    .tell(helper('lost', 2 * s))
    .tell(helper('connected', 3 * s))
    .until(5 * s);
  t.same(story.said(), []);
});

t.test('a helper that is connected and silent is as good as lost', async t => {
  const story = new Story();
  for (let i = 1; i <= 5; i++) story.tell(helper('connected', i * s));
  story.until(8 * s - 1);
  t.same(story.said(), []);
  story.until(8 * s);
  t.same(story.said(), ['active monitor-blind host']);
  story.tell(helper('connected', 9 * s));
  t.same(story.said(), ['cleared monitor-blind host condition-ended']);
});

t.test('an agent that did not run itself listens before it judges', async t => {
  const story = new Story().tell(helper('connected', 1 * s));
  story.now = 60 * s;
  story.step({ probe: 'tick' });
  t.same(story.said(), []);
  t.ok(story.wakeAt! > 60 * s && story.wakeAt! <= 61 * s);
  story.until(61 * s);
  t.same(story.said(), ['active monitor-blind host'], 'and then it does');
});

t.test('silence does not count while the agent was not there', async t => {
  const story = new Story().tell(helper('connected', 1 * s));
  story.state = restoreFaults(story.state, true, 100 * s);
  story.now = 100 * s;
  story.step({ probe: 'tick' });
  t.same(story.said(), []);
});

t.test('a blind source is told, a degraded one is not', async t => {
  const story = new Story().tell(sight('tcp', 'degraded', 1 * s)).until(60 * s);
  t.same(story.said(), []);
  story.tell(sight('tcp', 'blind', 61 * s)).until(63 * s);
  t.match(story.changes, [{ fault: { details: ['tcp is blind'] } }]);
  t.same(story.said(), ['active monitor-blind source/tcp']);
  story
    .tell(sight('tcp', 'blind', 64 * s))
    .tell(sight('tcp', 'ok', 65 * s))
    .until(66 * s);
  t.same(story.said(), ['cleared monitor-blind source/tcp condition-ended']);
  t.equal(story.wakeAt, null);
});

t.test(
  'without the helper no source is told by its own, and after it those that stay blind',
  async t => {
    const story = new Story().tell(helper('connected', 1 * s)).tell(sight('tcp', 'ok', 1 * s));
    story
      .tell(sight('tcp', 'blind', 2 * s))
      .tell(helper('lost', 2 * s))
      .until(60 * s);
    t.same(story.said(), ['active monitor-blind host']);
    story.tell(helper('connected', 60 * s)).until(62 * s);
    t.same(story.said(), [
      'cleared monitor-blind host condition-ended',
      'active monitor-blind source/tcp',
    ]);
  },
);

t.test('the reader is a process of its own, and a tool of it is given longer', async t => {
  const story = new Story()
    .tell(helper('connected', 1 * s))
    .tell(helper('lost', 2 * s))
    .until(5 * s);
  t.same(story.said(), ['active monitor-blind host']);
  story
    .tell(sight('reader', 'blind', 6 * s))
    .tell(sight('reading.smartctl.sda', 'blind', 6 * s))
    .until(8 * s);
  t.same(story.said(), ['active monitor-blind source/reader']);
  story.until(186 * s - 1);
  t.same(story.said(), []);
  story.until(186 * s);
  t.same(story.said(), ['active monitor-blind source/reading.smartctl.sda']);
});

t.test('frames that do not fit are told when it lasts', async t => {
  const story = new Story()
    .tell(sight('frames', 'blind', 1 * s))
    .tell(sight('frames', 'ok', 2 * s))
    .until(60 * s);
  t.same(story.said(), []);
  for (let i = 0; i <= 5; i++) story.tell(sight('frames', 'blind', (61 + i) * s));
  t.same(story.said(), ['active monitor-blind source/frames']);
});

t.test('a room that failed is told at once', async t => {
  const story = new Story().tell(sight('room.probes', 'blind', 1 * s));
  t.same(story.said(), ['active monitor-blind source/room.probes']);
});

t.test('a spool that stays slow is told once, and clears after ten good seconds', async t => {
  const story = new Story()
    .tell(spool('ok', s))
    .tell(spool('slow', 2 * s))
    .until(7 * s - 1);
  t.same(story.said(), []);
  story.until(7 * s);
  t.match(story.changes, [{ fault: { t: 2 * s } }]);
  t.same(story.said(), ['active spool-slow host']);
  story
    .tell(spool('full', 8 * s))
    .tell(spool('ok', 9 * s))
    .tell(spool('ok', 18 * s));
  story.until(19 * s - 1);
  t.same(story.said(), []);
  story.until(19 * s);
  t.match(story.changes, [{ fault: { t: 9 * s } }]);
  t.same(story.said(), ['cleared spool-slow host condition-ended']);
  t.equal(story.wakeAt, null);
});

t.test('a slow moment is not told, a full disk is at once', async t => {
  const story = new Story()
    .tell(spool('slow', 2 * s))
    .tell(spool('ok', 5 * s))
    .until(60 * s);
  t.same(story.said(), []);
  story.tell(spool('full', 61 * s));
  t.match(story.changes, [{ fault: { details: ['the spool takes nothing', 'test'] } }]);
  t.same(story.said(), ['active spool-slow host']);
  story
    .tell(spool('ok', 62 * s))
    .tell(spool('slow', 65 * s))
    .until(100 * s);
  t.same(story.said(), [], 'slow again is the same alarm');
});

t.test('what waits is asked for again after each input', async t => {
  const story = new Story().tell(helper('lost', 1 * s));
  t.equal(story.wakeAt, 3 * s);
  story.tell(spool('ok', 1 * s + ms));
  t.equal(story.wakeAt, 3 * s);
});
