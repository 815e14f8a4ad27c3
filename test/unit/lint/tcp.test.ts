import t from 'tap';
import { flowsAfter, givesUpAfter, longestElapsed } from '../../../agent/lint/rules/tcp.ts';

t.test(
  'what was measured lies within the model: 212, 652, 1484, 3148 ms after the loss',
  async t => {
    for (const [measured, elapsed] of [
      [212, 200],
      [652, 600],
      [1484, 1400],
      [3148, 3000],
    ] as const) {
      const says = flowsAfter(elapsed, 200, 'silent');
      t.ok(says >= measured && says < measured * 1.15, `${measured} ms: at most ${says} ms`);
    }
  },
);

t.test('more time without a path is never less time without traffic', async t => {
  for (const loss of ['carrier', 'silent'] as const) {
    let before = 0;
    for (let elapsed = 0; elapsed < 20_000; elapsed += 7) {
      const flows = flowsAfter(elapsed, 200, loss);
      if (flows < before || flows < elapsed) t.fail(`${loss} ${elapsed}: ${flows}`);
      before = flows;
    }
    t.ok(before > 20_000, loss);
  }
});

t.test('a leg without carrier is tried every 500 ms', async t => {
  t.equal(flowsAfter(700, 200, 'carrier'), Math.max(flowsAfter(700, 200, 'silent'), 774.5));
  t.equal(flowsAfter(100, 200, 'carrier'), 212);
});

t.test('what the budget leaves fits into it, and one ms more does not', async t => {
  for (const loss of ['carrier', 'silent'] as const)
    for (const rto of [20, 50, 200, 400])
      for (const budget of [100, 500, 1000, 5000]) {
        const longest = longestElapsed(budget, rto, loss);
        t.ok(flowsAfter(longest, rto, loss) <= budget, `${loss} ${rto} ${budget}: ${longest}`);
        if (longest > 0) t.ok(flowsAfter(longest + 1, rto, loss) > budget);
      }
  t.equal(longestElapsed(1000, 200, 'carrier'), 600);
  t.equal(longestElapsed(100, 200, 'carrier'), 0, 'the first retransmission alone is too late');
});

t.test('tcp_retries2 = 15 is the well-known quarter of an hour', async t => {
  const { earliest, latest } = givesUpAfter(15, 200);
  t.equal(earliest, 924_600 + 200);
  t.ok(latest > earliest && latest < 1_300_000, `${latest}`);
  for (let retries = 0; retries <= 255; retries++) {
    const times = givesUpAfter(retries, 20);
    t.ok(times.latest >= times.earliest && Number.isFinite(times.latest));
  }
});
