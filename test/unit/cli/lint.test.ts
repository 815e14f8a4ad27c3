/** `pathwarden lint`: what it prints, and the real CLI as a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { renderLint, renderRules } from '../../../agent/cli/lint-text.ts';
import { openBundle } from '../../../agent/lint/bundle.ts';
import { lint } from '../../../agent/lint/evaluate.ts';
import { readHost } from '../../../agent/lint/host.ts';
import type { Loss } from '../../../agent/lint/rule.ts';
import { ruleFacts } from '../../../agent/lint/rules/facts.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { paper, text } from './terminals.ts';

const MAIN = fileURLToPath(new URL('../../../agent/cli/main.ts', import.meta.url));
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/lint/${name}`, import.meta.url));

t.setTimeout(240_000);

function report(name: string, wanted: (id: string) => boolean, losses: readonly Loss[]) {
  const bundle = openBundle(fixture(name));
  if ('problem' in bundle) throw new Error(bundle.problem);
  return lint(readHost(bundle.tree, bundle.inventory), { budgetMs: () => 1000, wanted, losses });
}
const both = ['carrier', 'silent'] as const;

t.test('a host that is well', async t => {
  t.equal(
    renderLint(
      paper({ columns: 110 }),
      report('good', () => true, both),
      false,
    ),
    text`
      OK: every path group fails over within the budget of 1000 ms

      PATH GROUP         LOSS       WORST CASE  VERDICT  SEEN FIRST BY    WHAT BREAKS IT
      bond:bond0         link down      868 ms  OK       bonding, 394 ms
                         silent         868 ms  OK       bonding, 394 ms
      ecmp:10.77.9.2/32  link down      212 ms  OK       routing, 10 ms
                         silent         689 ms  OK       routing, 300 ms
    `,
  );
});

t.test('what breaks the budget, and what to do', async t => {
  const out = renderLint(
    paper({ columns: 110 }),
    report('bad', id => id === 'bond:bond0', both),
    false,
  );
  t.equal(
    out,
    text`
      BROKEN: 1 of 1 path group may take longer than the budget of 1000 ms

      PATH GROUP  LOSS       WORST CASE  VERDICT  SEEN FIRST BY  WHAT BREAKS IT
      bond:bond0  link down       never  BROKEN   nobody         miimon = 0 ms (+1)
                  silent          never  BROKEN   nobody         arp_interval = 0 ms (+1)

      bond:bond0
        link down           miimon is 0: nobody looks whether a leg has carrier
                            (/sys/class/net/bond0/bonding/miimon)
        do                  the ARP monitor, which sees silent losses too, or miimon 100, downdelay 0: miimon × (1 +
                            ⌊downdelay ÷ miimon⌋) may be 533 ms within the budget
        link down, silent   the MAC address changes with the leg (fail_over_mac active), and num_grat_arp is 0:
                            nobody is told (/sys/class/net/bond0/bonding/num_grat_arp)
        do                  num_grat_arp 2 or more, peer_notif_delay a multiple of miimon
        silent              arp_interval is 0: a leg that is up and passes nothing is never noticed
                            (/sys/class/net/bond0/bonding/arp_interval)
        do                  ARP monitor: miimon 0, arp_interval 100, arp_missed_max 2, arp_ip_target <addresses
                            behind the switches>, arp_validate all: (arp_missed_max + 1.5) × arp_interval may be 533
                            ms within the budget

      --explain: 1 warning more, sources, and how each time was reckoned
    `,
  );
});

t.test('what needs root is named, once', async t => {
  const out = renderLint(
    paper(),
    report('unprivileged', () => true, both),
    false,
  );
  t.match(out, /^UNKNOWN: what decides could not be read everywhere\n/);
  t.match(out, /nudge: unknown \(needs root\)/);
  t.match(
    out,
    /not read, so never a pass\n {2}needs root +\/etc\/ceph\/ceph\.conf: may not be read/,
  );
  t.equal(out.match(/needs root +\/etc\/frr\/frr\.conf/g)?.length, 1);
});

t.test('--explain: every stage with its settings, notes, and sources', async t => {
  const out = renderLint(
    paper(),
    report('bad', () => true, both),
    true,
  );
  t.match(out, /detect 1688 ms: carrier is looked at every 500 ms .*\[bond-mii; downdelay = 1000/s);
  t.match(out, /source +Documentation\/networking\/bonding\.rst: miimon, downdelay/);
  t.match(out, /warning +the kernel deletes a nexthop object with its link/);
});

t.test('a kind of loss that does not count is shown, and not asked', async t => {
  const out = renderLint(
    paper(),
    report('bad', id => id === 'nhg:10', ['carrier']),
    false,
  );
  t.match(out, /silent +never +not asked/);
  t.notMatch(out, /BFD for every next hop/);
});

t.test('many routes by the same legs are one line', async t => {
  const base = report('bad', id => id.startsWith('ecmp:'), both);
  const groups = Array.from({ length: 50 }, (_, i) => ({ ...base.groups[0]!, id: `ecmp:${i}` }));
  const out = renderLint(paper(), { ...base, groups }, false);
  t.match(out, /50 of 50 path groups/);
  t.match(out, /ecmp:0 .*\nand 49 more /);
  t.notMatch(out, /ecmp:1\b/);
});

t.test('names from outside do not reach the terminal as they are', async t => {
  const base = report('bad', id => id === 'bond:bond0', both);
  const groups = base.groups.map(g => ({ ...g, id: 'bond:\x1b[31m\n', legs: ['\x07'] }));
  const out = renderLint(paper(), { ...base, groups }, true);
  t.notOk(out.includes('\x07') || out.includes('\x1b'));
});

t.test('the rules, readable', async t => {
  const out = renderRules(paper(), ruleFacts());
  t.match(out, /^bond-mii {2}bonding, detect, link down\n/m);
  t.match(out, /formula +miimon × \(1 \+ ⌊downdelay ÷ miimon⌋\)/);
});

function cli(words: string[], options: { uid?: number; gid?: number } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'lint', ...words], {
    ...options,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { code: status, stdout, stderr };
}

t.test('exit codes: 0 well, 1 broken or unknown, 2 wrong usage', async t => {
  t.match(cli(['--root', fixture('good')]), { code: 0, stdout: /^OK: / });
  t.match(cli(['--root', fixture('bad')]), { code: 1, stdout: /^BROKEN: / });
  t.match(cli(['--root', fixture('unprivileged')]), { code: 1, stdout: /^UNKNOWN: / });
  const wrong: [string[], RegExp][] = [
    [['--budget-ms', 'soon'], /--budget-ms: 'soon' is not/],
    [['--budget-ms', '0'], /--budget-ms/],
    [['--loss', 'some'], /--loss: 'some' is not carrier, silent or both/],
    [['--root', '/nonexistent'], /pathwarden-lint\.json is not there\nMake such a tree/],
    [['--root', fixture('good'), '--save', '/tmp/x'], /exclude each other/],
    [['--root', fixture('good'), '--group', 'team:*'], /no path group matches 'team:\*'/],
    [
      ['--root', fixture('good'), '--config', '/nonexistent.yaml'],
      /nonexistent\.yaml is not there/,
    ],
  ];
  for (const [words, message] of wrong)
    t.match(cli(words), { code: 2, stdout: '', stderr: message }, words.join(' '));
});

t.test("budgets: the option, the named configuration, the tree's own, one second", async t => {
  const folder = temporaryFolder(t);
  const config = path.join(folder, 'c.yaml');
  writeFileSync(config, 'budget_ms: 500\nadapters: [{ kind: webhook }]\n');
  const broken = path.join(folder, 'broken.yaml');
  writeFileSync(broken, 'budget_ms: soon\n');
  const budgets = (...words: string[]) => {
    const { stdout } = cli(['--root', fixture('good'), '--json', ...words]);
    return JSON.parse(stdout).groups.map((g: { budget_ms: number }) => g.budget_ms);
  };
  t.same(budgets(), [900, 1000], 'the tree has a configuration');
  t.same(budgets('--config', config), [500, 500]);
  t.same(budgets('--config', config, '--budget-ms', '300'), [300, 300]);
  t.match(cli(['--root', fixture('good'), '--config', broken]), { code: 2, stderr: /not valid/ });
  t.match(cli(['--root', fixture('good'), '--budget-ms', '800']), { code: 1 });
  t.match(cli(['--root', fixture('good'), '--budget-ms', '800', '--group', 'ecmp:*']), { code: 0 });
});

t.test('the live host, without root', async t => {
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const { code, stdout, stderr } = cli(['--json'], nobody);
  t.match(code, /^[01]$/, stderr);
  const found = JSON.parse(stdout);
  t.match(found.verdict, /^(OK|BROKEN|UNKNOWN)$/);
  t.equal(code === 0, found.verdict === 'OK');
});

t.test('--save makes a tree that --root judges alike', async t => {
  const folder = path.join(temporaryFolder(t), 'bundle');
  const live = cli(['--json', '--save', folder]);
  t.same(JSON.parse(cli(['--json', '--root', folder]).stdout), JSON.parse(live.stdout));
  mkdirSync(path.join(folder, 'again'));
  t.match(cli(['--save', folder]), { code: 2, stderr: /--save: .*exist/ });
});
