/** A helper that goes and comes while a failover is on. */
import t from 'tap';
import { framesOfLoss } from '../../../agent/topology/selectors.ts';
import { Helper, us } from '../support/frames.ts';
import { labRoute, labSnapshots } from '../support/lab_frames.ts';
import { cut, healed, helperGone, lab, ms } from '../support/story.ts';

t.test('helper restart in the middle: unknown, then told anew', async t => {
  const { h, story } = lab();
  const blind = (at: number) => framesOfLoss(story.topology, us(at), 'connection closed');
  story.play(
    cut(0),
    h.carrier(1, 31, 'D', 1, 2),
    h.stall(52, 1, 0, 32, 31),
    helperGone(200),
    blind(200),
  );
  story.until(us(1500));
  t.not(story.record.verdict, 'FAIL', 'nobody knows whether it stands still');
  const next = new Helper(600);
  const down = { admin_up: false, carrier: false, carrier_down_count: 2 };
  story.play(
    next.hello(1600),
    next.snapshot(1600, 'rtnl', [
      next.link(1600, 31, 'c-a', down),
      next.link(1600, 32, 'c-b'),
      labRoute(next, 1600, 'a'),
    ]),
    next.snapshot(1600, 'carrier', [
      next.carrier(1600, 31, 'D', 1, 2),
      next.carrier(1600, 32, 'u', 1, 1),
    ]),
    // The same connection under another number; it goes again, since when nobody knows.
    next.snapshot(1610, 'tcp', [next.flow(1610, 7, 32, 32, { local_port: 40001 })]),
    healed(2000),
    next.carrier(2001, 31, 'u', 2, 2),
  );
  const { record } = story.end();
  t.equal(record.state, 'closed');
  t.equal(record.verdict, 'INCONCLUSIVE');
  t.match(record.reason, /between 200 ms and 1\.61 s/);
  t.equal(record.legs.length, 1, 'down before and after is one loss');
  t.equal(ms(record.flowing_us), 1610);
});

t.test('helper restart: a stall that goes on is the same stall', async t => {
  const { h, story } = lab();
  story.play(cut(0), h.carrier(1, 31, 'D', 1, 2), h.stall(52, 1, 0, 32, 31), helperGone(200));
  const next = new Helper(600);
  story.play(
    framesOfLoss(story.topology, us(200), 'connection closed'),
    next.hello(700),
    next.snapshot(710, 'tcp', [
      next.flow(710, 7, 32, 31, { local_port: 40001 }),
      next.stall(710, 7, 0, 32, 31),
    ]),
  );
  story.until(us(1001));
  t.equal(story.record.verdict, 'FAIL');
});

t.test('a link lost while nobody could see', async t => {
  const { h, story } = lab();
  story.play(framesOfLoss(story.topology, us(0), 'connection closed'));
  const next = new Helper(5000);
  const [links] = [labSnapshots(next, 5100)];
  story.play(
    next.hello(5100),
    links.filter(frame => frame.type !== 'carrier' && frame.type !== 'snapshot'),
    next.snapshot(5100, 'carrier', [
      next.carrier(5100, 31, 'd', 1, 2),
      next.carrier(5100, 32, 'u', 1, 1),
    ]),
    next.snapshot(5100, 'tcp', [next.flow(5100, 1, 32, 32)]),
  );
  const { record } = story.end();
  t.equal(record.cut.source, 'carrier');
  t.ok(record.cut.uncertainty_us > 5_000_000, 'at any time since it was last seen');
  t.match(record, { verdict: 'NOT_MEASURED' });
  t.same(h.epoch, us(-1000));
});

t.test('a helper that goes away after the flow is back changes no verdict', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(1, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.progress(8.1, 1, 'switch', 0),
    helperGone(100),
    framesOfLoss(story.topology, us(100), 'connection closed'),
  );
  t.match(story.end().record, { state: 'closed', verdict: 'PASS' });
});
