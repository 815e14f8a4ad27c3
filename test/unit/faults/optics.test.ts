import t from 'tap';
import type { OpticsReading } from '../../../agent/types.ts';
import { carrier, census, optics, Story, s } from './story.ts';

const rx = (value: number, level: OpticsReading['level'], lane = 0): OpticsReading => ({
  monitor: 'rx-power',
  lane,
  value,
  level,
  threshold: level === 'ok' ? null : level.endsWith('alarm') ? 0.01 : 0.0158,
});
const hot: OpticsReading = {
  monitor: 'temperature',
  lane: 0,
  value: 81.25,
  level: 'high-alarm',
  threshold: 78,
};
const up = () => new Story().tell(carrier('a', 'up', 1 * s, 1, 0));
const CLEARED = 'cleared optics-degraded leg/a condition-ended';

t.test('a warning, an alarm, and the way back', async t => {
  const story = up().tell(optics('a', 10 * s, [rx(0.5, 'ok')]));
  t.same(story.said(), []);
  story.tell(optics('a', 20 * s, [rx(0.0125, 'low-warning')]));
  t.match(story.changes, [
    {
      fault: {
        t: 20 * s,
        severity: 'WARNING',
        details: [
          'rx-power of lane 0: 0.0125 mW (-19.0 dBm), low warning at 0.0158 mW (-18.0 dBm)',
        ],
      },
    },
  ]);
  t.same(story.said(), ['active optics-degraded leg/a']);
  story.tell(optics('a', 30 * s, [rx(0.0124, 'low-warning')]));
  t.same(story.said(), [], 'another value of the same level is no news');
  story.tell(optics('a', 40 * s, [rx(0.009, 'low-alarm')]));
  t.match(story.changes, [{ kind: 'changed', fault: { severity: 'MAJOR', t: 20 * s } }]);
  story.said();
  story
    .tell(optics('a', 50 * s, [rx(0.5, 'ok')]))
    .tell(optics('a', 60 * s, [rx(0.01, 'low-warning')]));
  t.match(story.changes, [{ kind: 'changed', fault: { severity: 'WARNING' } }]);
  story.said();
  story.tell(optics('a', 70 * s, [rx(0.5, 'ok')])).until(100 * s);
  t.same(story.said(), [CLEARED]);
});

t.test('several monitors and lanes, in one alarm', async t => {
  const story = up().tell(optics('a', 10 * s, [hot, rx(0, 'low-alarm', 1), rx(0.5, 'ok', 2)]));
  t.match(story.changes, [
    {
      fault: {
        details: [
          'rx-power of lane 1: 0.0000 mW (no light), low alarm at 0.0100 mW (-20.0 dBm)',
          'temperature: 81.3 °C, high alarm at 78.0 °C',
        ],
      },
    },
  ]);
  story.said();
  story.tell(optics('a', 20 * s, [rx(0.5, 'ok', 1), hot]));
  t.same(story.said(), ['changed optics-degraded leg/a']);
});

t.test('without carrier light says nothing, and heat does', async t => {
  const story = up()
    .tell(carrier('a', 'down', 5 * s, 1, 1))
    .tell(optics('a', 10 * s, [rx(0, 'low-alarm')]));
  t.notMatch(story.said().join(), 'optics');
  story.tell(optics('a', 20 * s, [hot, rx(0, 'low-alarm')]));
  t.match(story.changes, [{ fault: { details: [/^temperature/] } }]);
  story.said();
  story.tell(carrier('a', 'up', 25 * s, 2, 1));
  t.same(story.said(), [
    'cleared link-down leg/a condition-ended',
    'changed optics-degraded leg/a',
  ]);
});

t.test('what was so before the link was lost is neither confirmed nor over', async t => {
  const story = up().tell(optics('a', 10 * s, [rx(0.0125, 'low-warning')]));
  story.said();
  story.tell(carrier('a', 'down', 20 * s, 1, 1)).tell(optics('a', 30 * s, [rx(0, 'low-alarm')]));
  story.until(90 * s);
  t.same(story.said(), ['active link-down leg/a']);
  story.tell(optics('a', 95 * s, [rx(0.5, 'ok')])).tell(carrier('a', 'up', 100 * s, 2, 1));
  t.match(
    story
      .until(130 * s)
      .said()
      .join(),
    CLEARED,
  );
});

t.test('unknown, gone', async t => {
  const bad = () => {
    const story = up().tell(optics('a', 10 * s, [hot]));
    story.said();
    return story;
  };
  t.same(
    bad()
      .tell(optics('a', 20 * s, 'unknown'))
      .until(90 * s)
      .said(),
    [],
  );
  const gone = ['cleared optics-degraded leg/a subject-gone'];
  t.same(
    bad()
      .tell(optics('a', 20 * s, 'absent'))
      .said(),
    gone,
  );
  t.same(
    bad()
      .tell(census(20 * s, []))
      .said(),
    gone,
  );
  t.same(
    bad()
      .tell(optics('a', 20 * s, []))
      .until(50 * s)
      .said(),
    [CLEARED],
    'another module',
  );
});
