import t from 'tap';
import { timelineOf } from '../../../agent/failovers/timeline.ts';
import { Helper, labSnapshots } from '../support/frames.ts';
import { cut, healed, Story, toldAt } from '../support/story.ts';

const h = new Helper();
const lab = () =>
  new Story().play(
    h.hello(-900),
    labSnapshots(h, -890),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, 31, 31)]),
  );

const shown = (story: Story) =>
  timelineOf(story.end().record).map(
    one => `${one.what}${one.leg ? ` ${one.leg}` : ''} ${one.offset_ms}`,
  );

t.test('a failover and its way back, in order', async t => {
  const story = lab().play(
    h.carrier(1.5, 31, 'D', 1, 2),
    cut(0),
    h.switch(12, 1, 'out', 31, 32),
    h.progress(12.25, 1, 'switch', -3),
    toldAt(18, 'fo-test-1'),
    healed(1999),
    h.carrier(2000, 31, 'u', 2, 2),
    h.switch(2010, 1, 'out', 32, 31),
    h.progress(2010.2, 1, 'switch', 2000),
  );
  t.same(shown(story), [
    'cut c-a 0',
    'seen 1.5',
    'switched 12',
    'flowing 12.25',
    'told 18',
    'healed c-a 1999',
    'back_switched 2010',
    'back_flowing 2010.2',
  ]);
});

t.test('what did not happen comes last, and is null', async t => {
  const story = lab().play(h.carrier(1, 31, 'd', 1, 2));
  t.same(shown(story), ['cut c-a 0', 'seen 0', 'switched null', 'flowing null', 'told null']);
});

t.test('more legs, and a switch before the carrier was seen', async t => {
  const story = lab().play(
    h.switch(-1, 1, 'out', 31, 32),
    h.carrier(0, 31, 'd', 1, 2),
    h.carrier(100, 32, 'd', 1, 2),
  );
  t.same(shown(story).slice(0, 4), ['seen -1', 'switched -1', 'cut c-a 0', 'lost c-b 100']);
});
