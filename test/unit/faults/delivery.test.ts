import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import type { Observation, Us } from '../../../agent/types.ts';
import { Story, s } from './story.ts';

type Of<A> = Extract<Observation, { aspect: A }>;

const delivery = (value: Of<'delivery'>['value'], t: Us, reason = 'refused'): Observation => ({
  probe: 'self',
  aspect: 'delivery',
  subject: 'adapter/vim',
  value,
  t,
  reason,
});
const escalation = (value: Of<'escalation'>['value'], t: Us, reason = 'n1'): Observation => ({
  probe: 'self',
  aspect: 'escalation',
  subject: 'adapter/vim',
  value,
  t,
  reason,
});

t.test('a receiver that takes nothing is told once, until it takes something', async t => {
  const story = new Story()
    .tell(delivery('failing', 1 * s))
    .tell(delivery('failing', 2 * s, 'timeout'));
  t.match(story.changes, [{ fault: { t: 1 * s, details: ['refused'], causes: [] } }]);
  t.same(story.said(), ['active delivery-failing adapter/vim']);
  story.tell(delivery('ok', 3 * s));
  t.same(story.said(), ['cleared delivery-failing adapter/vim condition-ended']);
  story.tell(delivery('ok', 4 * s));
  t.same(story.said(), []);
  t.equal(story.wakeAt, null);
});

t.test('slow and failing take turns', async t => {
  const story = new Story().tell(delivery('slow', 1 * s)).tell(delivery('failing', 2 * s));
  t.same(story.said(), [
    'active delivery-slow adapter/vim',
    'cleared delivery-slow adapter/vim superseded',
    'active delivery-failing adapter/vim',
  ]);
  story.tell(delivery('slow', 3 * s)).tell(delivery('ok', 4 * s));
  t.same(story.said(), [
    'cleared delivery-failing adapter/vim condition-ended',
    'active delivery-slow adapter/vim',
    'cleared delivery-slow adapter/vim condition-ended',
  ]);
});

t.test('each failed recovery is news; a good one ends it', async t => {
  const story = new Story()
    .tell(escalation('ok', 1 * s))
    .tell(escalation('failed', 2 * s, 'notification n1 failed'))
    .tell(escalation('failed', 3 * s, 'notification n2 ignored'));
  t.match(story.changes, [
    { fault: { details: ['notification n1 failed'] } },
    { fault: { details: ['notification n2 ignored'] } },
  ]);
  t.same(story.said(), [
    'active escalation-failed adapter/vim',
    'changed escalation-failed adapter/vim',
  ]);
  story.tell(escalation('ok', 4 * s));
  t.same(story.said(), ['cleared escalation-failed adapter/vim condition-ended']);
});

t.test('after a start they stand until somebody knows better', async t => {
  const story = new Story().tell(delivery('failing', 1 * s)).tell(escalation('failed', 1 * s));
  story.said();
  story.state = restoreFaults(JSON.parse(JSON.stringify(story.state)), false, 2 * s);
  story.now = 2 * s;
  story.step({ probe: 'tick' });
  t.same(story.said(), []);
  story.tell(delivery('failing', 3 * s));
  t.same(story.said(), []);
  story.tell(delivery('absent', 4 * s)).tell(escalation('absent', 4 * s));
  t.same(story.said(), [
    'cleared delivery-failing adapter/vim subject-gone',
    'cleared escalation-failed adapter/vim subject-gone',
  ]);
});
