import t from 'tap';
import { askedMs, backoffMs } from '../../../agent/outbox/backoff.ts';

t.test('from 100 ms up, with full jitter', async t => {
  for (let failures = 1; failures < 40; failures++) {
    for (const random of [0, 0.5, 0.999999]) {
      const young = backoffMs(failures, 0, random);
      const old = backoffMs(failures, 61_000, random);
      t.ok(young >= 100 && young <= 2000) || t.fail(`${young}`);
      t.ok(old >= 100 && old <= 30_000) || t.fail(`${old}`);
    }
  }
  t.equal(backoffMs(1, 0, 0.5), 150);
  t.equal(backoffMs(100, 0, 0), 100, 'jitter goes down to the first');
  t.ok(backoffMs(100, 0, 0.999) > 1990, 'young: at most 2 s');
  t.ok(backoffMs(100, 60_000, 0.999) > 29_000, 'old: at most 30 s');
  t.equal(backoffMs(0, Number.NaN, 0), 100);
  t.same([askedMs(0), askedMs(5000), askedMs(1e12)], [100, 5000, 30_000]);
});
