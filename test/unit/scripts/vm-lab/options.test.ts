/** The command line of scripts/vm. */
import t from 'tap';
import { parseOptions } from '../../../../scripts/vm-lab/options.ts';

t.test('options end where the command begins', async t => {
  const options = parseOptions(['--nics', '4', '--kernel', '6.12', 'node', 'x.ts', '--nics', '9']);
  t.match(options, { nics: 4, kernel: '6.12', links: 0, pair: false });
  t.same(options.command, ['node', 'x.ts', '--nics', '9']);
  t.same(parseOptions(['--cables', '1', '--', '-x']).command, ['-x']);
});

t.test('what may be given more than once', async t => {
  const { env, qemu, append } = parseOptions([
    ...['--env', 'A=b=c', '--env', 'B=', '--qemu', '-device', '--qemu', 'nvme'],
    ...['--append', 'a', '--append', 'b', 'true'],
  ]);
  t.same(env, { A: 'b=c', B: '' });
  t.same(qemu, ['-device', 'nvme']);
  t.equal(append, 'a b');
});

t.test('a pair has two commands and two links', async t => {
  const options = parseOptions(['pair', '--timeout', '60', 'one', 'two']);
  t.match(options, { pair: true, links: 2, timeoutS: 60, command: ['one', 'two'] });
});

t.test('what cannot be meant is refused with the option and its value', async t => {
  for (const [words, wrong] of [
    [['--nics', '-1', 'x'], '--nics -1'],
    [['--nics', '1.5', 'x'], '--nics 1.5'],
    [['--kernel', '5.10', 'x'], '--kernel 5.10'],
    [['--env', '1=2', 'x'], '--env 1=2'],
    [['--timeout'], '--timeout'],
    [['--bogus', 'x'], '--bogus'],
    [['--links', '2', 'x'], '--links'],
    [['--nics', '16', '--cables', '1', 'x'], 'NICs'],
    [['pair', 'one'], 'two commands'],
    [[], 'no command'],
  ] as const)
    t.throws(() => parseOptions(words), new RegExp(wrong), words.join(' '));
});
