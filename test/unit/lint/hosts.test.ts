/**
 * Whole settings trees, recorded from real hosts with `pathwarden lint --save` (two virtual machines, Linux 6.1), against
 * the report that they make. UPDATE_EXPECTED=1 rewrites the reports; review the difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { openBundle } from '../../../agent/lint/bundle.ts';
import { lint } from '../../../agent/lint/evaluate.ts';
import { readHost } from '../../../agent/lint/host.ts';
import type { LintReport } from '../../../agent/lint/report.ts';

const at = (name: string) => new URL(`../../fixtures/lint/${name}`, import.meta.url).pathname;

function judge(name: string): LintReport {
  const bundle = openBundle(at(name));
  if ('problem' in bundle) throw new Error(bundle.problem);
  return lint(readHost(bundle.tree, bundle.inventory), {
    budgetMs: () => 1000,
    wanted: () => true,
    losses: ['carrier', 'silent'],
  });
}

for (const name of ['good', 'bad', 'unprivileged'])
  t.test(`${name}: the report`, async t => {
    const file = at(`${name}.expected.json`);
    const report = JSON.parse(JSON.stringify(judge(name)));
    if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    t.same(report, JSON.parse(readFileSync(file, 'utf8')));
  });

t.test('the good host keeps its budget, either way', async t => {
  const { verdict, groups } = judge('good');
  t.equal(verdict, 'OK');
  t.same(
    groups.map(g => [g.id, g.services, g.carrier.ms, g.silent.ms]),
    [
      ['bond:bond0', ['session1 10.100.0.2', '/var/lib/nova/instances'], 868, 868],
      ['ecmp:10.77.9.2/32', [], 212, 689],
    ],
  );
});

t.test('the bad host: each thing that is wrong is named', async t => {
  const { verdict, groups } = judge('bad');
  t.equal(verdict, 'BROKEN');
  const blamed = groups.map(g => [
    g.id,
    g.carrier.causes.map(c => c.rule).join(),
    g.silent.causes.map(c => c.rule).join(),
  ]);
  t.same(blamed, [
    ['bond:bond0', 'bond-mii,bond-announce', 'bond-arp,bond-announce'],
    ['bond:bond1', 'bond-min-links,bond-mii', 'bond-min-links,bond-lacp'],
    ['bond:bond2', 'one-leg', 'one-leg,bond-arp'],
    ['team:team0', 'team-announce,team-watch', 'team-watch,team-announce'],
    ['ecmp:10.77.9.2/32', 'route-linkdown', 'route-neighbour'],
    ['nhg:10', 'route-carrier', 'route-neighbour'],
    ['multipath:mpatha', 'iscsi-replacement,iscsi-noop', 'iscsi-replacement,iscsi-noop'],
    ['nvme:s2', 'nvme-keep-alive', 'nvme-keep-alive'],
    ['nfs:/srv/glance images', 'one-leg', 'one-leg'],
    ['ceph:10.8.0.0/24', 'ceph-heartbeat', 'ceph-heartbeat'],
  ]);
});

t.test('what was not to be read, or not to be understood, is unknown and no pass', async t => {
  const { verdict, groups, blind } = judge('unprivileged');
  t.equal(verdict, 'UNKNOWN');
  t.ok(groups.every(g => g.verdict === 'UNKNOWN'));
  t.match(blind, [{ name: 'Ceph', needs_root: true }]);
  t.match(groups[0]?.carrier.causes, [
    { setting: { name: 'num_grat_arp', why: /found "many"/, needs_root: false } },
  ]);
  t.match(groups[1]?.carrier.causes, [
    { setting: { file: '/etc/pathwarden/helper.conf', needs_root: true } },
    { setting: { file: '/etc/frr/frr.conf', needs_root: true } },
  ]);
});
