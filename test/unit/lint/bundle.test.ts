import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { BUNDLE_FILE, openBundle, recording } from '../../../agent/lint/bundle.ts';
import { lint } from '../../../agent/lint/evaluate.ts';
import { readHost } from '../../../agent/lint/host.ts';
import { temporaryFolder } from '../support/temporary.ts';

const options = {
  budgetMs: () => 1000,
  wanted: () => true,
  losses: ['carrier', 'silent'] as const,
};
const at = (name: string) => new URL(`../../fixtures/lint/${name}`, import.meta.url).pathname;

for (const name of ['good', 'bad'])
  t.test(`${name}: what is saved makes the same report`, async t => {
    const original = openBundle(at(name));
    if ('problem' in original) throw new Error(original.problem);
    const { tree, save } = recording(at(name));
    const report = lint(readHost(tree, original.inventory), options);
    const folder = path.join(temporaryFolder(t), 'bundle');
    save(folder, original.inventory, '{"budget_ms":700}');
    const again = openBundle(folder);
    if ('problem' in again) throw new Error(again.problem);
    t.same(again.inventory, original.inventory);
    t.same(lint(readHost(again.tree, again.inventory), options), report);
    t.equal(
      readFileSync(path.join(folder, 'etc/pathwarden/config.yaml'), 'utf8'),
      '{"budget_ms":700}',
    );
    t.throws(() => save(folder, original.inventory, null), /exist/, 'nothing is overwritten');
  });

t.test('no line that may hold a secret is saved', async t => {
  const root = temporaryFolder(t);
  mkdirSync(path.join(root, 'etc/iscsi'), { recursive: true });
  mkdirSync(path.join(root, 'etc/frr'), { recursive: true });
  writeFileSync(
    path.join(root, 'etc/iscsi/iscsid.conf'),
    'node.session.auth.password = hunter2\nnode.session.timeo.replacement_timeout = 3\n',
  );
  writeFileSync(
    path.join(root, 'etc/frr/frr.conf'),
    ' neighbor 10.0.0.1 password hunter2\n neighbor 10.0.0.1 bfd\nsnmp community hunter2\n',
  );
  const { tree, save } = recording(root);
  tree.read('/etc/iscsi/iscsid.conf');
  tree.read('/etc/frr/frr.conf');
  const folder = path.join(temporaryFolder(t), 'bundle');
  save(
    folder,
    { links: [], addresses: [], routes: [], nexthops: [], neighbours: [], teams: [] },
    null,
  );
  const iscsid = readFileSync(path.join(folder, 'etc/iscsi/iscsid.conf'), 'utf8');
  t.equal(iscsid, 'node.session.timeo.replacement_timeout = 3\n');
  t.equal(readFileSync(path.join(folder, 'etc/frr/frr.conf'), 'utf8'), ' neighbor 10.0.0.1 bfd\n');
});

t.test('what was denied stays denied', async t => {
  const original = openBundle(at('good'));
  if ('problem' in original) throw new Error(original.problem);
  const { tree, save } = recording(at('good'), ['/etc/frr']);
  lint(readHost(tree, original.inventory), options);
  const folder = path.join(temporaryFolder(t), 'bundle');
  save(folder, original.inventory, null);
  const again = openBundle(folder);
  if ('problem' in again) throw new Error(again.problem);
  t.equal(again.tree.read('/etc/frr/frr.conf').state, 'denied');
  t.match(lint(readHost(again.tree, again.inventory), options), { verdict: 'UNKNOWN' });
});

t.test('a folder that is no bundle says so, and nothing throws', async t => {
  const problem = (text: string | null): string => {
    const root = temporaryFolder(t);
    if (text !== null) writeFileSync(path.join(root, BUNDLE_FILE), text);
    const bundle = openBundle(root);
    return 'problem' in bundle ? bundle.problem : '';
  };
  t.match(problem(null), /is not there/);
  t.match(problem('{'), /JSON/);
  t.match(problem('{}'), /inventory: /);
  t.match(problem('{"inventory":{"links":[{}]},"denied":[]}'), /inventory\./);
  t.match(problem('null'), /pathwarden-lint\.json/);
  const root = temporaryFolder(t);
  symlinkSync('/etc/passwd', path.join(root, BUNDLE_FILE));
  const bundle = openBundle(root);
  t.ok('problem' in bundle);
  t.ok('problem' in openBundle('/nonexistent'));
});
