/** Where a test of the suite vm wants to run: it says so itself. */
import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { wantedGuest } from '../../../scripts/suites/vm.ts';
import { parseOptions } from '../../../scripts/vm-lab/options.ts';

t.test('read from the first lines', async t => {
  t.same(wantedGuest('// guest: --nics 4  --timeout 90\n/** x */\n', 'a'), [
    ...['--nics', '4', '--timeout', '90'],
  ]);
  t.same(wantedGuest('/** x */\n// guest:\n', 'a'), []);
  t.equal(wantedGuest('// host\n', 'a'), null);
  t.throws(() => wantedGuest('1\n2\n3\n4\n5\n// guest: --nics 4\n', 'a.test.ts'), /^a\.test\.ts: /);
});

t.test('every test in the tree says it, in options that scripts/vm has', async t => {
  for (const file of globSync('test/vm/**/*.test.ts')) {
    const words = wantedGuest(readFileSync(file, 'utf8'), file);
    if (words)
      t.doesNotThrow(
        () => parseOptions([...words, 'x', ...(words[0] === 'pair' ? ['y'] : [])]),
        file,
      );
  }
});
