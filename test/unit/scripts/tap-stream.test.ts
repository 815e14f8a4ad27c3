/** What the test runner counts: one assertion is one test, a subtest's closing line is none, nothing is lost. */
import t from 'tap';
import { closingLine } from '../../../scripts/suites/tally.ts';
import { TapStream } from '../../../scripts/suites/tap-stream.ts';

const NESTED = `TAP version 14
1..2
# Subtest: a.test.ts
    # Subtest: one
        ok 1 - same
        # Subtest: inner
            not ok 1 - bad one
              ---
              diff: |
                ok 99 - a line of the diagnosis, no result
              ...
            
            ok 2 - good
            1..2
        not ok 2 - inner # time=14.5ms
          ---
          source: x
          ...
        
        1..2
    not ok 1 - one # time=19.6ms
    
    ok 2 - left out # SKIP no kernel
    # time=31.7ms
not ok 1 - a.test.ts # time=31.7ms
# Subtest: b.test.ts
    ok 1 - fine
    1..1
ok 2 - b.test.ts # time=1ms
# { total: 5, pass: 3, fail: 1, skip: 1 }
`;

function read(text: string, size = text.length, depth = 1) {
  const lines: string[] = [];
  const stream = new TapStream(line => lines.push(line), depth);
  for (let at = 0; at < text.length; at += size) stream.write(text.slice(at, at + size));
  stream.end();
  return { lines, tally: stream.tally };
}

t.test('nested results, however the text is cut into pieces', async t => {
  for (const size of [1, 7, 100_000]) {
    const { tally, lines } = read(NESTED, size);
    t.equal(closingLine(tally), '3 passed, 1 failed, 1 skipped');
    t.same(tally.failures, ['a.test.ts > one > inner > bad one']);
    t.same(tally.skips, [{ name: 'a.test.ts > left out', reason: 'no kernel' }]);
    t.ok(lines.some(line => line.includes('a line of the diagnosis')));
    t.ok(lines.includes('  ok     b.test.ts (1 passed, 1ms)'), lines.join('\n'));
  }
});

t.test('a file that fails although none of its assertions does', async t => {
  const { tally } = read(
    '# Subtest: c.test.ts\n    ok 1 - fine\nnot ok 1 - c.test.ts # time=2ms\n',
  );
  t.same(tally.failures, ['c.test.ts']);
  t.equal(tally.passed, 1);
});

t.test('a stream that breaks off', async t => {
  const { tally } = read('# Subtest: d.test.ts\n    ok 1 - fine\n');
  t.same(tally.failures, ['d.test.ts: ended before it was complete']);
});

t.test('a file whose process died inside a subtest, before another file', async t => {
  const { tally } = read(
    '# Subtest: d\n    # Subtest: in\n        ok 1 - fine\nnot ok 1 - d # time=9s\n# Subtest: e\n    ok 1 - x\nok 2 - e\n',
  );
  t.same(tally.failures, ['d > in: ended before it was complete']);
  t.equal(tally.passed, 2);
});

t.test('flat TAP, as the tests in C print it', async t => {
  const { tally } = read('ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no sanitizer\n1..3\n');
  t.equal(closingLine(tally), '1 passed, 1 failed, 1 skipped');
  t.same(tally.failures, ['b']);
});

t.test('bailing out is a failure', async t => {
  t.same(read('ok 1\nBail out! no memory\n').tally.failures, ['Bail out! no memory']);
});

t.test('what a test has measured is printed with its subtests', async t => {
  const text =
    '# Subtest: d.test.ts\n    # Subtest: one\n        # gap 9 ms\n        ok 1 - fine\n    ok 1 - one # time=2ms\n    # time=3ms\nok 1 - d.test.ts # time=3ms\n# { total: 1, pass: 1 }\n';
  t.strictSame(read(text, text.length, 2).lines, [
    '      # gap 9 ms',
    '    ok     one (1 passed, 2ms)',
    '  ok     d.test.ts (1 passed, 3ms)',
  ]);
  t.notMatch(read(text).lines.join('\n'), /gap/);
});
