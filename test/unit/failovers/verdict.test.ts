import t from 'tap';
import { duration, judgeTold } from '../../../agent/failovers/verdict.ts';

t.test('durations as a person writes them', async t => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [40, '0 ms'],
    [1500, '1.5 ms'],
    [2000, '2 ms'],
    [12_400, '12 ms'],
    [999_499, '999 ms'],
    [1_000_000, '1 s'],
    [1_329_100, '1.329 s'],
    [30_000_000, '30 s'],
    [-5000, '-5 ms'],
  ];
  for (const [us, text] of cases) t.equal(duration(us), text);
});

t.test('told, against the budget', async t => {
  const told = (told_us: number | null, now: number, more = {}) =>
    judgeTold(
      told_us,
      { lo: 900, hi: 1100 },
      { budget_us: 1000, now, final: false, expected: true, ...more },
    );
  t.equal(told(1900, 1900), 'PASS');
  t.equal(told(2050, 2050), 'INCONCLUSIVE', 'the cut is not known better');
  t.equal(told(2200, 2200), 'FAIL');
  t.equal(told(null, 1500), 'INCONCLUSIVE', 'not yet');
  t.equal(told(null, 2101), 'FAIL', 'too late, whenever it comes');
  t.equal(told(null, 1500, { final: true }), 'FAIL');
  t.equal(told(null, 9000, { expected: false }), 'NOT_MEASURED');
});
