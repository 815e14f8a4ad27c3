/** What a loss is, how well its time is known, and what flaps are. */
import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { cut, healed, lab, ms, Story } from '../support/story.ts';

t.test('flaps during the record are appended', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
    h.carrier(500, 31, 'u', 2, 2),
    h.carrier(900, 31, 'd', 2, 3),
    h.carrier(1500, 31, 'u', 3, 3),
  );
  const { record } = story.end();
  t.same(
    record.legs.map(one => [one.leg, ms(one.lost_us), ms(one.healed_us)]),
    [
      ['c-a', 1, 500],
      ['c-a', 900, 1500],
    ],
  );
  t.equal(record.verdict, 'PASS');
  t.equal(ms(record.back?.healed_us ?? null), 1500);
});

t.test('a flap that nobody saw is a loss by its counts', async t => {
  const { h, story } = lab();
  story.play(h.carrier(5, 31, 'u', 2, 2));
  t.match(story.end().record.legs, [{ leg: 'c-a', lost_us: us(5), healed_us: us(5) }]);
});

t.test('a count that comes after its bit is no flap', async t => {
  const { h, story } = lab();
  story.play(h.carrier(5, 31, 'd', 1, 1), h.carrier(7, 31, 'd', 1, 2));
  t.equal(story.end().record.legs.length, 1);
});

t.test('netlink alone knows the cut to a second: INCONCLUSIVE where that decides', async t => {
  const h = new Helper();
  const story = new Story();
  const hello = h.hello(-900, { carrier: { strategy: 'rtnl', interval_us: 0 } });
  const down = (at: number) => h.link(at, 31, 'c-a', { carrier: false, carrier_down_count: 2 });
  const flow = h.snapshot(-880, 'tcp', [h.flow(-880, 1, 31, 31)]);
  const [links = []] = [labSnapshots(h, -890)];
  story.play(hello, links, flow);
  story.play(down(900), h.switch(905, 1, 'out', 31, 32), h.progress(905, 1, 'switch', -300));
  const { record } = story.end();
  t.match(record.cut, { source: 'netlink', uncertainty_us: 1_000_000 });
  t.equal(record.verdict, 'INCONCLUSIVE');
  t.match(record.reason, /between 0 ms and 1\.005 s/);
});

t.test('a drill that is not known well enough', async t => {
  const { h, story } = lab();
  story.play(
    cut(0, { uncertaintyMs: 100 }),
    h.carrier(1, 31, 'd', 1, 2),
    h.stall(55, 1, 0, 31, 31),
    h.switch(1020, 1, 'out', 31, 32),
    h.resume(1020, 1, 0, 32, 32),
    healed(1500),
  );
  t.match(story.end().record, { verdict: 'INCONCLUSIVE', cut: { uncertainty_us: 100_000 } });
});
