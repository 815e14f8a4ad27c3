/** The real CLI as a process of its own: arguments, exit codes, streams, signals. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { exitCodes } from '../../../agent/cli/exit.ts';
import { drillKinds } from '../../../agent/drills/kinds.ts';
import { makeDrill, makeFile } from '../drills/report/reports.ts';
import { type FakeAgent, fakeAgent, makeAlarm, makeChange, makeStatus } from './fake-agent.ts';
import { cli, start } from './process.ts';

/** Some fifty processes, on a machine that may have other work. */
t.setTimeout(240_000);

async function withAgent(t: Test, model: Parameters<typeof fakeAgent>[0] = {}): Promise<FakeAgent> {
  const agent = await fakeAgent(model);
  t.teardown(() => agent.close());
  return agent;
}

t.test('help is no error, and documents every exit code', async t => {
  const help = await cli('--help');
  t.equal(help.code, 0);
  for (const [code, meaning] of Object.entries(exitCodes))
    t.ok(help.stdout.includes(`${code}  ${meaning}`), code);
  t.match(await cli('drill', 'run', '--help'), { code: 0, stdout: /--primed/ });
  t.match(await cli('--version'), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ });
});

t.test('wrong usage is 2, with a message on stderr alone', async t => {
  const wrong: [string[], RegExp][] = [
    [[], /Usage/],
    [['bogus'], /unknown command 'bogus'/],
    [['status', '--bogus'], /unknown option '--bogus'/],
    [['failovers', '-n', '0'], /--limit: '0' is not/],
    [['drill', 'run'], /missing required argument 'kind'/],
    [['drill', 'run', 'unplug'], /there are admin-down, /],
    [['drill', 'run', 'blackhole', '--hold', '2'], /--hold: '2' is not a duration/],
    [['drill', 'run', 'admin-down', '--direction', 'in'], /has no direction/],
  ];
  for (const [words, message] of wrong) {
    const ran = await cli(...words);
    t.match(ran, { code: 2, stdout: '', stderr: message }, words.join(' '));
  }
});

t.test('no agent is 4, with a remedy', async t => {
  const dir = t.testdir({});
  for (const words of [['status'], ['alarms', '--follow'], ['failovers'], ['watch']]) {
    const ran = await cli(...words, '--socket-dir', dir);
    t.match(ran, { code: 4, stdout: '', stderr: /no agent is running there\nStart it/ }, words[0]!);
  }
});

t.test('status: healthy or not at a glance, --check for scripts, --json for machines', async t => {
  let status = makeStatus();
  const { folder } = await withAgent(t, { status: () => status });
  t.match(await cli('status', '--check', '--socket-dir', folder), {
    code: 0,
    stdout: /^compute-1 {2}HEALTHY\n/,
  });
  status = makeStatus({
    alarms: { CRITICAL: 1, MAJOR: 0, MINOR: 0, WARNING: 0, INDETERMINATE: 0 },
  });
  t.match(await cli('status', '--socket-dir', folder), {
    code: 0,
    stdout: /NOT HEALTHY: 1 critical alarm\n/,
  });
  t.equal((await cli('status', '--check', '--socket-dir', folder)).code, 1);
  const { stdout } = await cli('status', '--json', '--socket-dir', folder);
  t.same(JSON.parse(stdout), status);
});

t.test('tables for people, the records themselves for machines', async t => {
  const { folder, asked } = await withAgent(t);
  const where = ['--socket-dir', folder];
  t.match(await cli('alarms', ...where), { code: 0, stdout: /MAJOR {5}link-down/ });
  t.same(JSON.parse((await cli('alarms', '--json', '--all', ...where)).stdout), [makeAlarm()]);
  t.match(await cli('failovers', ...where), { code: 0, stdout: /12\.3 {2}PASS/ });
  t.match(await cli('failovers', 'f1', ...where), { code: 0, stdout: /the way back/ });
  t.match(await cli('failovers', 'f9', ...where), { code: 1, stderr: /no failover 'f9'/ });
  t.same([...new Set(asked)], ['alarms', 'status', 'failovers']);
});

t.test('the sockets of the configuration that is named', async t => {
  const { folder } = await withAgent(t);
  const dir = t.testdir({ 'good.yaml': `run_dir: ${folder}\n`, 'bad.yaml': 'run_dri: /x\n' });
  t.equal((await cli('status', '--config', path.join(dir, 'good.yaml'))).code, 0);
  t.match(await cli('status', '--config', path.join(dir, 'bad.yaml')), {
    code: 2,
    stderr: /bad\.yaml:1:1: run_dri: unknown key/,
  });
});

t.test('config check', async t => {
  const dir = t.testdir({
    'good.yaml': 'budget_ms: 500\nadapters:\n  - {kind: webhook, name: a, url: "http://h/"}\n',
    'bad.yaml': 'budget_ms: soon\nhelpr: {}\n',
  });
  const good = path.join(dir, 'good.yaml');
  const bad = path.join(dir, 'bad.yaml');
  t.match(await cli('config', 'check', good), { code: 0, stdout: /valid/ });
  t.match(JSON.parse((await cli('config', 'check', good, '--json')).stdout), {
    ok: true,
    config: { budget_ms: 500 },
  });
  const told = await cli('config', 'check', '--config', bad);
  t.match(told, { code: 2, stdout: '', stderr: /bad\.yaml:1:\d+: budget_ms: .*"soon"/ });
  t.match(told.stderr, /bad\.yaml:2:1: helpr: unknown key\n +did you mean helper/);
  t.match(told.stderr, '2 problems; the agent would not start');
  const api = path.join(dir, 'api.yaml');
  writeFileSync(api, 'outbox: {max_age_h: 7d}\napi:\n  listen: "[::]:8443"\n  token: hunter2\n');
  const { code, stderr } = await cli('config', 'check', api);
  t.equal(code, 2);
  t.match(stderr, /api\.yaml:1:21: outbox\.max_age_h: .*"7d"\n +write 168, without/);
  t.match(stderr, /api\.yaml:4:3: api\.token: unknown key\n +did you mean token_file/);
  t.notMatch(stderr, 'hunter2');
  const json = await cli('config', 'check', bad, '--json');
  t.match(JSON.parse(json.stdout), { ok: false, problems: [{ line: 1 }, { line: 2 }] });
  t.equal(json.code, 2);
  t.match(await cli('agent', '--config', bad), { code: 2, stderr: /does not start\n/ });
});

t.test('alarms --follow: a line for each change, until interrupted', async t => {
  const { folder, control } = await withAgent(t);
  for (const json of [false, true]) {
    const follow = start([
      'alarms',
      '--follow',
      '--socket-dir',
      folder,
      ...(json ? ['--json'] : []),
    ]);
    await until(() => control.followed('alarms'));
    const change = makeChange();
    control.publish({ topic: 'alarms', change });
    control.publish({ topic: 'alarms', change: { ...change, revision: 2 } });
    await follow.says(json ? '"revision":2' : 'link-down');
    follow.child.kill('SIGINT');
    const { code, stdout } = await follow.ended;
    t.equal(code, 130);
    const lines = stdout.trimEnd().split('\n');
    t.equal(lines.length, 2);
    if (json) t.same(JSON.parse(lines[0]!), change);
    await until(() => !control.followed('alarms'));
  }
});

t.test('watch follows everything; an agent that goes away is 4', async t => {
  const agent = await fakeAgent();
  const watch = start(['watch', '--socket-dir', agent.folder]);
  await until(() => agent.control.followed('observations'));
  agent.control.publish({ topic: 'observations', text: 'link leg/c-a carrier down', t_us: 1 });
  await watch.says('carrier down');
  await agent.close();
  t.match(await watch.ended, { code: 4, stderr: /closed the connection/ });
});

t.test('a reader that has had enough ends it quietly', async t => {
  const { folder, control } = await withAgent(t);
  const follow = start(['alarms', '--follow', '--socket-dir', folder]);
  await until(() => control.followed('alarms'));
  follow.child.stdout?.destroy();
  const change = makeChange();
  const again = setInterval(() => control.publish({ topic: 'alarms', change }), 20);
  t.teardown(() => clearInterval(again));
  t.match(await follow.ended, { code: 0, signal: null, stderr: '' });
  clearInterval(again);
});

t.test('drill list and clean', async t => {
  const dir = t.testdir({});
  const list = await cli('drill', 'list', '--run-dir', dir);
  t.match(list, { code: 0, stdout: /^admin-down\n/ });
  t.match(JSON.parse((await cli('drill', 'list', '--json', '--run-dir', dir)).stdout), {
    kinds: drillKinds.map(({ name }) => ({ name })),
  });
  if (process.getuid?.() !== 0) return;
  t.match(await cli('drill', 'clean', '--run-dir', dir), { code: 0, stdout: /^Nothing was left/ });
  mkdirSync(path.join(dir, 'drills'), { mode: 0o700 });
  writeFileSync(path.join(dir, 'drills/a.plan'), '');
  const none = path.join(dir, 'none');
  t.match(await cli('drill', 'clean', '--run-dir', dir, '--guard', none), {
    code: 2,
    stderr: /pathwarden-guard was not found; looked for .*none\nBuild it/,
  });
});

t.test('drill report: other forms of saved reports, for everybody', async t => {
  const dir = t.testdir({});
  const at = (name: string) => path.join(dir, name);
  writeFileSync(at('1.json'), JSON.stringify(makeFile([makeDrill()])));
  writeFileSync(at('2.json'), JSON.stringify(makeFile([makeDrill(undefined, { id: 'another' })])));
  const words = ['drill', 'report', at('1.json'), at('2.json')];
  const made = await cli(...words, '--html', at('all.html'), '--json', at('all.json'));
  t.match(made, { code: 0, stdout: '', stderr: '' });
  t.match(readFileSync(at('all.html'), 'utf8'), '2 of 2 drills passed');
  t.equal(JSON.parse(readFileSync(at('all.json'), 'utf8')).drills.length, 2);
  t.match(await cli(...words, '--junit', '-'), {
    code: 0,
    stdout: /^<\?xml [\s\S]*<\/testsuites>\n$/,
  });
  t.match(await cli(...words), { code: 2, stderr: /name --html, --junit or --json/ });
  t.match(await cli('drill', 'report', at('3.json'), '--html', '-'), {
    code: 2,
    stdout: '',
    stderr: /3\.json: ENOENT/,
  });
});

const other = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const unreadable = (await start(['--version'], other).ended).code !== 0;
const skip = unreadable && 'the checkout cannot be read by other users';

t.test('a drill needs root', { skip }, async t => {
  for (const words of [['run', 'blackhole'], ['clean']])
    t.match(await start(['drill', ...words], other).ended, {
      code: 2,
      stderr: /needs root\nRun it/,
    });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10));
}
