import t from 'tap';
import { Histograms, SlidingLatency } from '../../../agent/outbox/latency.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

t.test('percentiles: never too low, at most 9 % too high, never beyond the slowest', async t => {
  for (const us of [1, 100, 101, 999, 12_345, 1e6, 3.3e8, 4e12]) {
    const latency = new SlidingLatency(SECOND);
    latency.record(us, 0);
    t.same(latency.summary(0), {
      count: 1,
      p50_us: us,
      p99_us: us,
      max_us: us,
      late: us > SECOND ? 1 : 0,
    });
  }
  const latency = new SlidingLatency(SECOND);
  for (let i = 1; i <= 1000; i++) latency.record(i * 1000, 0);
  const { count, p50_us, p99_us, max_us, late } = latency.summary(0)!;
  t.equal(count, 1000);
  t.ok(p50_us >= 500_000 && p50_us <= 545_000) || t.fail(`${p50_us}`);
  t.ok(p99_us >= 990_000 && p99_us <= 1_000_000) || t.fail(`${p99_us}`);
  t.equal(max_us, SECOND);
  t.equal(late, 0, 'on time is not late');
  for (let i = 0; i < 9; i++) latency.record(20 * SECOND, 0);
  t.ok(latency.summary(0)!.p99_us < 2 * SECOND, 'nine of 1009 do not make a p99');
  for (let i = 0; i < 3; i++) latency.record(20 * SECOND, 0);
  t.equal(latency.summary(0)!.p99_us, 20 * SECOND, 'twelve of 1012 do');
  t.equal(latency.summary(0)!.late, 12);
});

t.test('the window slides: what is older than five minutes counts no more', async t => {
  const latency = new SlidingLatency(SECOND);
  t.equal(latency.summary(0), null);
  const start = 1000 * MINUTE;
  latency.record(5 * SECOND, start);
  latency.record(1000, start + 2 * MINUTE);
  t.match(latency.summary(start + 2 * MINUTE), { count: 2, max_us: 5 * SECOND });
  t.match(latency.summary(start + 4.8 * MINUTE), { count: 2 });
  t.match(latency.summary(start + 5 * MINUTE), { count: 1, max_us: 1000, late: 0 });
  t.equal(latency.summary(start + 7 * MINUTE), null);
  // A slot that is used once more starts anew.
  latency.record(7000, start + 10 * MINUTE);
  t.match(latency.summary(start + 10 * MINUTE), { count: 1, max_us: 7000 });
});

t.test('histograms: each part into its bucket, sums and counts', async t => {
  const histograms = new Histograms();
  const hops = {
    event_us: 1_000_000,
    frame_us: null,
    observed_us: null,
    alarm_us: 1_200_000,
    commit_us: 1_204_000,
    first_send_us: 1_205_000,
    send_us: 1_500_000,
    acknowledged_us: 1_501_000,
  };
  histograms.record(hops, false);
  histograms.record({ ...hops, event_us: null, commit_us: null }, false);
  histograms.record({ ...hops, acknowledged_us: 1e13 }, true);
  const { adapter, bounds_us, parts } = histograms.of('vim');
  t.equal(adapter, 'vim');
  t.equal(bounds_us.at(-1), Number.POSITIVE_INFINITY);
  t.same(
    [...bounds_us].sort((a, b) => a - b),
    bounds_us,
  );
  const at = (part: keyof typeof parts) =>
    parts[part].counts.flatMap((count, i) => (count > 0 ? [[bounds_us[i], count]] : []));
  t.same(at('event'), [
    [500_000, 1],
    [1_000_000, 1],
    [Number.POSITIVE_INFINITY, 1],
  ]);
  t.same(at('alarm'), [
    [500_000, 2],
    [Number.POSITIVE_INFINITY, 1],
  ]);
  t.same(at('commit'), [[5000, 1]], 'only where it was on disk before, and when is known');
  t.same(at('send'), [
    [1000, 2],
    [Number.POSITIVE_INFINITY, 1],
  ]);
  t.same([parts.commit.sum_us, parts.commit.count], [4000, 1]);
  t.equal(parts.event.count, 3);
});
