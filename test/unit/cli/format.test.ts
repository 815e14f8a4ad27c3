import t from 'tap';
import { CliError } from '../../../agent/cli/exit.ts';
import {
  clockTime,
  count,
  duration,
  localTime,
  parseCount,
  parseDuration,
  uptime,
  wrap,
} from '../../../agent/cli/format.ts';
import { remedyOf } from './terminals.ts';

process.env.TZ = 'UTC';

t.test('times are local, with ms', async t => {
  t.equal(localTime(1_772_366_709_042_999), '2026-03-01 12:05:09.042');
  t.equal(clockTime(1_772_366_709_042_000), '12:05:09.042');
});

t.test('durations and counts', async t => {
  t.equal(duration(1_311_049), '1311.0 ms');
  t.equal(uptime(41.9), '41 s');
  t.equal(uptime(302), '5 min 2 s');
  t.equal(uptime(3 * 3600 + 120), '3 h 2 min');
  t.equal(uptime(3 * 86400 + 4 * 3600), '3 d 4 h');
  t.equal(count(1, 'leg'), '1 leg');
  t.equal(count(0, 'leg'), '0 legs');
});

t.test('a duration argument has a unit and a range', async t => {
  t.equal(parseDuration('--hold', '2s', 100, 60_000), 2000);
  t.equal(parseDuration('--hold', '1.5s', 100, 60_000), 1500);
  t.equal(parseDuration('--hold', '800 ms', 100, 60_000), 800);
  t.equal(parseDuration('--hold', '1min', 100, 60_000), 60_000);
  t.equal(parseDuration('--for', '90s', 1000, 30 * 86_400_000), 90_000);
  t.equal(parseDuration('--for', '30m', 1000, 30 * 86_400_000), 1_800_000);
  t.equal(parseDuration('--for', '2h', 1000, 30 * 86_400_000), 7_200_000);
  t.equal(parseDuration('--for', '30d', 1000, 30 * 86_400_000), 30 * 86_400_000);
  t.throws(() => parseDuration('--for', '31d', 1000, 30 * 86_400_000), /outside of 1 s to 30 d/);
  for (const wrong of [
    '2',
    '',
    's',
    '-2s',
    '2h',
    '1d',
    '2 weeks',
    '99ms',
    '61s',
    '1e3s',
    '2s\x1b[31m',
  ])
    t.throws(() => parseDuration('--hold', wrong, 100, 60_000), CliError, wrong);
  t.match(
    remedyOf(() => parseDuration('--hold', '2', 100, 60_000)),
    /800ms, 2s, 30m, 2h or 1d/,
  );
});

t.test('a count argument', async t => {
  t.equal(parseCount('--repeat', '3', 1, 1000), 3);
  for (const wrong of ['0', '1001', '1.5', '-1', 'x', ''])
    t.throws(() => parseCount('--repeat', wrong, 1, 1000), CliError, wrong);
});

t.test('words are wrapped', async t => {
  t.same(wrap('one two three four five six', 30, 10), ['one two three four', 'five six']);
  t.same(wrap(`a ${'x'.repeat(40)} b`, 30, 10), ['a', 'x'.repeat(40), 'b']);
});
