import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import {
  numberSetting,
  openTree,
  setting,
  wholeNumber,
  wordSetting,
} from '../../../agent/lint/tree.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('files, folders, and what is not there', async t => {
  const root = t.testdir({ etc: { a: 'one\n', 'b.conf': '' }, sys: {} });
  const tree = openTree(root);
  t.same(tree.read('/etc/a'), { state: 'text', text: 'one\n' });
  t.same(tree.read('/etc/none'), { state: 'absent' });
  t.same(tree.read('/etc/a/below'), { state: 'absent' });
  t.match(tree.read('/etc'), { state: 'bad' });
  t.same(tree.list('/etc'), { state: 'names', names: ['a', 'b.conf'] });
  t.same(tree.list('/nowhere'), { state: 'absent' });
  t.same(tree.list('/etc/a'), { state: 'absent' });
});

t.test('no link leads out of the tree', async t => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'secret'), 'outside');
  const root = path.join(folder, 'root');
  mkdirSync(path.join(root, 'etc/inner'), { recursive: true });
  writeFileSync(path.join(root, 'etc/inner/file'), 'inside');
  const link = (target: string, name: string) => symlinkSync(target, path.join(root, name));
  link('../secret', 'up');
  link('../../../../../../secret', 'etc/higher');
  link('/etc/inner', 'absolute');
  link('inner', 'etc/relative');
  link('loop', 'loop');
  link('/etc/relative/../inner/file', 'etc/long');
  const tree = openTree(root);
  t.same(tree.read('/up'), { state: 'absent' });
  t.same(tree.read('/../secret'), { state: 'absent' });
  t.same(tree.read('/etc/higher'), { state: 'absent' });
  t.same(tree.read('/absolute/file'), { state: 'text', text: 'inside' });
  t.same(tree.read('/etc/relative/file'), { state: 'text', text: 'inside' });
  t.same(tree.read('/etc/long'), { state: 'text', text: 'inside' });
  t.match(tree.read('/loop'), { state: 'bad', why: /links/ });
  t.equal(tree.resolve('/etc/relative/file'), '/etc/inner/file');
  t.equal(tree.resolve('/up'), null);
});

t.test('too long a file, a device, a pipe: neither read nor waited for', async t => {
  const root = temporaryFolder(t);
  writeFileSync(path.join(root, 'long'), Buffer.alloc(2 * 1024 * 1024, 0x61));
  const made = spawnSync('mkfifo', [path.join(root, 'pipe')]);
  t.equal(made.status, 0);
  const tree = openTree(root);
  t.match(tree.read('/long'), { state: 'bad', why: /longer/ });
  t.match(tree.read('/long', 4 * 1024 * 1024), { state: 'text' });
  t.match(tree.read('/pipe'), { state: 'bad' });
});

t.test('what was denied when a bundle was made is denied, not absent', async t => {
  const root = t.testdir({ etc: { open: 'x' } });
  const tree = openTree(root, ['/etc/frr', '/etc/multipath.conf']);
  t.same(tree.read('/etc/frr/frr.conf'), { state: 'denied' });
  t.same(tree.list('/etc/frr'), { state: 'denied' });
  t.same(tree.read('/etc/multipath.conf'), { state: 'denied' });
  t.same(tree.read('/etc/frrouting'), { state: 'absent' });
  t.match(tree.read('/etc/open'), { state: 'text' });
  t.match(numberSetting(tree, '/etc/multipath.conf'), {
    state: 'unknown',
    file: '/etc/multipath.conf',
    needs_root: true,
  });
});

t.test('a setting that is none names its file and its text', async t => {
  const root = t.testdir({
    number: ' 42\n',
    word: 'slow 0\n',
    strange: 'abc\n',
    empty: '',
    long: 'x'.repeat(500),
  });
  const tree = openTree(root);
  const words = ['slow', 'fast'];
  t.match(numberSetting(tree, '/number'), { state: 'known', value: 42, origin: 'effective' });
  t.match(wordSetting(tree, '/word', words), { state: 'known', value: 'slow' });
  t.match(numberSetting(tree, '/number', 0, 9), { state: 'unknown' });
  t.match(numberSetting(tree, '/strange'), {
    state: 'unknown',
    file: '/strange',
    why: /found "abc"/,
    needs_root: false,
  });
  t.match(numberSetting(tree, '/empty'), { state: 'unknown', why: /found ""/ });
  const long = wordSetting(tree, '/long', words);
  t.ok(long.state === 'unknown' && long.why.length < 120);
  t.match(numberSetting(tree, '/none'), { state: 'absent', file: '/none' });
  t.match(
    setting(tree, '/strange', 'abc', text => (text === 'abc' ? 7 : null), 'configured'),
    { value: 7, origin: 'configured' },
  );
});

t.test('whole numbers', async t => {
  for (const text of ['', ' ', '1.5', '0x10', '1e3', '12abc', '99999999999999999999', '--1'])
    t.equal(wholeNumber(text), null, text);
  t.equal(wholeNumber('-1'), null);
  t.equal(wholeNumber('-1', -1), -1);
  t.equal(wholeNumber('007'), 7);
});

t.test('every path of this host is read without an exception', async t => {
  const tree = openTree('/');
  for (const folder of ['/proc/self', '/sys/class/net', '/proc/sys/net/ipv4'])
    for (const name of readdirSync(folder).slice(0, 60))
      t.match(tree.read(`${folder}/${name}`).state, /^(text|absent|denied|bad)$/);
});
