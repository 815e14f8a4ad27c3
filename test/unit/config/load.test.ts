import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { adapterSchemas } from '../../../agent/adapters/index.ts';
import { globMatches } from '../../../agent/config/glob.ts';
import { closest, keyPath } from '../../../agent/config/problem.ts';
import { defaultSource } from '../../../agent/config/source.ts';
import { budgetMs, loadConfig, parseConfig, watchesGroup } from '../../../agent/config.ts';
import { requestSchema } from '../../../agent/wire.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const config = (text = '') => {
  const loaded = parseConfig(text, 'test.yaml', adapterSchemas);
  if (!loaded.config) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
};

t.test('no configuration is a good one', async t => {
  const { adapters, budget_ms, thresholds, storage, source } = config();
  t.same(adapters, []);
  t.equal(budget_ms, 1000);
  t.same(thresholds, { unacked_ms: 50, unanswered_ms: 200 });
  t.ok(storage.ports.some(({ name, low }) => name === 'iscsi' && low === 3260));
  t.match(source, /^urn:/);
});

t.test('the helper accepts what the configuration may ask of it', async t => {
  const { thresholds, storage, leg_probes, bfd, block } = config();
  const { targets: _targets, ...pace } = leg_probes;
  const request = requestSchema.safeParse({
    type: 'configure',
    data: {
      ports: storage.ports.map(({ low, high }) => [low, high]),
      ...thresholds,
      probes: [
        {
          ifindex: 1,
          source: null,
          target: '10.0.0.1',
          method: 'icmp',
          ...pace,
        },
      ],
      bfd,
      ...block,
    },
  });
  t.ok(request.success, request.error?.message ?? 'accepted');
});

t.test('files that cannot be read', async t => {
  const dir = temporaryFolder(t);
  const problem = (file: string) => loadConfig(file, adapterSchemas).problems?.[0];
  t.match(problem(path.join(dir, 'none.yaml')), {
    line: 0,
    message: 'cannot be read (ENOENT)',
    remedy: 'name an existing file with --config',
  });
  mkdirSync(path.join(dir, 'folder'));
  t.match(problem(path.join(dir, 'folder')), { message: 'cannot be read (EISDIR)' });
  writeFileSync(path.join(dir, 'large'), `#${'x'.repeat(1024 * 1024)}`);
  t.match(problem(path.join(dir, 'large')), { message: /is larger than/ });
  const secret = path.join(dir, 'secret');
  writeFileSync(secret, '');
  chmodSync(secret, 0);
  if (process.getuid?.() !== 0) t.match(problem(secret), { message: 'cannot be read (EACCES)' });
});

t.test('the first adapter is primary unless another is', async t => {
  const one = (name: string, more = '') =>
    `  - { kind: webhook, name: ${name}, url: "http://[::1]/"${more} }\n`;
  t.match(config(`adapters:\n${one('a')}${one('b')}`).adapters, [
    { primary: true },
    { primary: false },
  ]);
  t.match(config(`adapters:\n${one('a')}${one('b', ', primary: true')}`).adapters, [
    { primary: false },
    { primary: true },
  ]);
});

t.test('groups are chosen by patterns, and may have budgets of their own', async t => {
  const { groups, ...rest } = config(`
groups:
  include: ["ecmp:*", "bond:bond?"]
  exclude: ["*:10.9.*"]
  budget_ms: { "ecmp:10.0.0.1/32": 300 }
`);
  t.ok(watchesGroup(groups, 'ecmp:10.0.0.1/32'));
  t.notOk(watchesGroup(groups, 'ecmp:10.9.0.1/32'), 'excluded');
  t.notOk(watchesGroup(groups, 'bond:bond0'), '? is no pattern');
  t.notOk(watchesGroup(groups, 'nhg:10'));
  t.equal(budgetMs({ groups, ...rest }, 'ecmp:10.0.0.1/32'), 300);
  t.equal(budgetMs({ groups, ...rest }, 'constructor'), 1000);
});

t.test('patterns', async t => {
  for (const [pattern, text, expected] of [
    ['*', '', true],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*a', 'a', false],
    ['*a*b*', 'xaxbx', true],
    ['*a*b*', 'ba', false],
    ['ab', 'abc', false],
    ['*.*', 'a+b', false],
    [`${'*a'.repeat(50)}b`, 'a'.repeat(128), false],
  ] as const) {
    t.equal(globMatches(pattern, text), expected, `${pattern} ${text}`);
  }
});

t.test('the source is stable, and not the machine’s id', async t => {
  const file = path.join(temporaryFolder(t), 'machine-id');
  writeFileSync(file, '0123456789abcdef0123456789abcdef\n');
  const source = defaultSource(file);
  t.match(source, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(defaultSource(file), source);
  t.notMatch(source.replaceAll('-', ''), '0123456789ab');
  t.match(defaultSource('/nonexistent'), /^urn:pathwarden:host:./);
  writeFileSync(file, 'uninitialized\n');
  t.match(defaultSource(file), /^urn:pathwarden:host:./);
});

t.test('key paths and close words', async t => {
  t.equal(keyPath(['adapters', 0, 'headers', 'x.y']), 'adapters[0].headers."x.y"');
  t.equal(keyPath([]), '');
  t.equal(closest('intervall', ['interval_ms', 'lost_after']), 'interval_ms');
  t.equal(closest('unacked_ns', ['unanswered_ms', 'unacked_ms']), 'unacked_ms');
  t.equal(closest('zzz', ['level']), null);
});

t.test('whatever stands in the file, it is told and never thrown', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const keys = [
    'helper',
    'adapters',
    'groups',
    'bonds',
    'storage',
    'ports',
    'log',
    '__proto__',
    'x',
    '0',
    'kind',
    'url',
  ];
  const values = [
    '1',
    '-1',
    'null',
    '~',
    '"a"',
    '[]',
    '{}',
    '[1, {a: b}]',
    'true',
    '.nan',
    '1e99',
    '2024-01-01',
    '&a b',
    '*a',
    '!!binary aGk=',
    'webhook',
    '{kind: webhook}',
  ];
  for (let i = 0; i < 500; i++) {
    const lines = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
      const indent = '  '.repeat(Math.floor(random() * 3));
      const dash = random() < 0.3 ? '- ' : '';
      return `${indent}${dash}${pick(keys)}: ${random() < 0.4 ? '' : pick(values)}`;
    });
    const text = lines.join('\n');
    try {
      const { config, problems } = parseConfig(text, 'f', adapterSchemas);
      if (!config && problems.length === 0) t.fail(`no problem told:\n${text}`);
      if (problems?.some(({ line, column }) => line < 0 || column < 0))
        t.fail(`no place:\n${text}`);
    } catch (error) {
      t.fail(`${(error as Error).stack}\n${text}`);
    }
  }
});
