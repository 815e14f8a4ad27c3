import t from 'tap';
import { linear, linearToTick, logarithmic } from '../../../../agent/drills/report/scale.ts';

const values = (scale: { ticks: { value: number }[] }) => scale.ticks.map(tick => tick.value);

t.test('linear: from 0, ticks at round values, outside is clamped', async t => {
  const scale = linear(1100, 5);
  t.same(values(scale), [0, 500, 1000]);
  t.equal(scale.at(550), 0.5);
  t.equal(scale.at(-1), 0);
  t.equal(scale.at(5000), 1);
  t.ok(values(linear(0.003, 5)).length > 1);
});

t.test('to a tick: it ends at one', async t => {
  for (const max of [1, 13, 24.1, 26.5, 99, 100, 101, 7777]) {
    const { end, ticks } = linearToTick(max, 3);
    t.ok(end >= max && end <= 2 * max, `${max}: ${end}`);
    t.equal(ticks.at(-1)?.value, end);
    t.equal(ticks.at(-1)?.at, 1);
  }
});

t.test('logarithmic: whole decades', async t => {
  const scale = logarithmic(0.07, 1200);
  t.same(values(scale), [0.01, 0.1, 1, 10, 100, 1000, 10_000]);
  t.equal(scale.at(0), 0);
  t.equal(scale.at(10), 0.5);
  t.same(values(logarithmic(1, 1)), [1, 10]);
  t.same(values(logarithmic(1, 1000)), [1, 10, 100, 1000], 'no decade that holds nothing');
});
