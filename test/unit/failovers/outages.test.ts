/** Which pause a failover made: not the one that a late acknowledgement ended, nor a stall long after. */
import t from 'tap';
import type { FailoverRecord } from '../../../agent/types.ts';
import { us } from '../support/frames.ts';
import { cut, healed, lab, ms } from '../support/story.ts';
import { Bond } from './bonds.ts';

const recovery = (record: FailoverRecord) => record.phases?.recovery_us ?? null;

/** ens1 is lost at 0, and the bond uses ens2 90 ms later. */
const lost = (b = new Bond()): Bond =>
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.switched(90, 'ens1', 'ens2'),
    b.announced(90.1),
    b.judged(91, 'ens1', 'down', 'ens2'),
  );

t.test('an acknowledgement that was under way at the cut is not yet flowing', async t => {
  const b = new Bond();
  b.play(b.carrier(0, 'ens1', 'down', 1), b.progressed(10, -5));
  lost(b).play(b.progressed(244, 10), b.traced(5000, 10, 244));
  const { record } = b.story.end() && b;
  t.match(record, { verdict: 'PASS', gap_us: 234_000 });
  t.equal(ms(record.flowing_us), 244);
  t.equal(ms(record.flows[0]?.flowing_us ?? null), 244);
  t.equal(recovery(record), 153_900);
});

t.test('nor is it on routes', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(0, 31, 'd', 1, 2),
    h.trace(1, 'begin'),
    h.progress(10, 1, 'pause', -5),
    h.switch(90, 1, 'out', 31, 32),
    h.switch(244, 1, 'in', 31, 32),
    h.progress(244, 1, 'pause', 10),
    h.account(5000, 1, 10, 244),
    h.trace(5000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'PASS', gap_us: 234_000 });
  t.equal(ms(record.flowing_us), 244);
});

t.test('nor in a blackhole that heals by itself', async t => {
  const { h, story } = lab();
  story.play(
    cut(0, { kind: 'blackhole' }),
    h.trace(1, 'begin'),
    h.progress(12, 1, 'pause', -3),
    healed(600),
    h.progress(652, 1, 'pause', 12),
    h.account(6000, 1, 12, 652),
    h.trace(6000, 'end'),
  );
  t.match(story.end().record, { verdict: 'FAIL', gap_us: 640_000, flowing_us: us(652) });
  t.match(story.record.reason, /healed, not switched/);
});

t.test('ordinary pauses after the outage do not make it longer', async t => {
  const b = lost();
  b.play(
    b.progressed(131, -4),
    ...[140, 155, 170, 185].map(at => b.progressed(at + 12, at)),
    b.traced(5000, -4, 131),
  );
  t.equal(ms(b.story.end().record.flowing_us), 131);
});

t.test('a bond is never flowing before its switch', async t => {
  const b = lost();
  b.play(b.progressed(10, -5), b.traced(5000, -5, 10));
  t.equal(ms(b.story.end().record.flowing_us), 90);
  t.equal(recovery(b.record), 0);
  // Nor one whose flow paused nowhere.
  const quiet = lost();
  quiet.play(quiet.traced(2000, 0, 3));
  t.equal(ms(quiet.story.end().record.flowing_us), 90);
});

t.test('demand that came later: it stands still until the switch', async t => {
  const b = new Bond({ monitor_ms: 800 });
  b.play(
    b.carrier(0, 'ens1', 'down', 1),
    b.stalled(552, 500),
    b.switched(700, 'ens1', 'ens2'),
    b.judged(701, 'ens1', 'down', 'ens2'),
    b.moving(910, 910),
  );
  t.match(b.story.end().record, { verdict: 'PASS', gap_us: 410_000, flowing_us: us(910) });
});

t.test('demand that came later, and a peer that is later still', async t => {
  const { h, story } = lab();
  story.play(
    h.carrier(0, 31, 'd', 1, 2),
    h.switch(6, 1, 'out', 31, 32),
    h.stall(352, 1, 300, 32, 31),
    h.switch(1330, 1, 'in', 31, 32),
    h.resume(1330, 1, 300, 32, 32),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'FAIL', gap_us: 1_030_000, findings: ['peer-still-uses-leg'] });
  t.equal(ms(record.flowing_us), 1330);
});

t.test('a stall long after the switch is not what the switch took', async t => {
  const b = lost();
  b.play(b.stalled(2055, 2000), b.moving(2300, 2300), b.traced(6000, 2000, 2300));
  const { record } = b.story.end() && b;
  t.match(record, { verdict: 'PASS', gap_us: 300_000 });
  t.equal(ms(record.flowing_us), 90);
  t.equal(recovery(record), 0);

  const { h, story } = lab();
  story.play(
    h.carrier(0, 31, 'd', 1, 2),
    h.switch(8, 1, 'out', 31, 32),
    h.switch(8.2, 1, 'in', 31, 32),
    h.progress(8.2, 1, 'switch', -1),
    h.stall(2055, 1, 2000, 32, 32),
    h.resume(2300, 1, 2000, 32, 32),
  );
  t.equal(ms(story.end().record.flowing_us), 8.2);
});

t.test('such a stall beyond the budget fails, and says that it came later', async t => {
  const b = lost();
  b.play(b.progressed(130, -4), b.stalled(1555, 1500));
  b.story.until(us(2600));
  t.match(b.record, {
    verdict: 'FAIL',
    reason: 'no progress for more than 1 s after it had been flowing again, budget 1 s',
  });
  b.play(b.moving(2900, 2900));
  t.match(b.story.end().record, {
    verdict: 'FAIL',
    flowing_us: us(130),
    reason: 'no progress for 1.4 s after it had been flowing again, budget 1 s',
  });
});
