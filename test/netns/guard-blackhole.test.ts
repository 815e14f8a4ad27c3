/** pathwarden-guard, blackhole: packets vanish in silence, and only as long as they should. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import t from 'tap';
import { inNetns } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);
const HOLE = '--kind blackhole --ifindex 31 --hold-ms';
const LONG = `${HOLE} 60000`;

for (const attach of ['tcx', 'clsact']) {
  t.test(`${attach}: both directions, counted, and gone afterwards`, async t => {
    const lab = await GuardLab.open(t);
    const before = await lab.state();
    t.ok(await lab.ping('10.77.1.2'));
    const guard = lab.start(`${LONG} --attach ${attach}`);
    t.equal((await guard.event('ready')).attach, attach);
    t.ok(await lab.ping('10.77.1.2'), 'not before it is armed');
    await guard.cut();
    t.notOk(await lab.ping('10.77.1.2'), 'out');
    t.notOk(await lab.ping('10.77.1.1', lab.s), 'in');
    t.ok(await lab.ping('10.77.2.2'), 'the other leg works');
    t.ok(await lab.isUp('c-a'));
    guard.say('heal');
    const { healed, code } = await guard.healed();
    t.equal(code, 0);
    t.ok(healed.hits!.in > 0 && healed.hits!.out > 0, JSON.stringify(healed.hits));
    t.same([healed.differences, healed.restored], [[], []]);
    await until('an answer', () => lab.ping('10.77.1.2'));
    t.equal(await lab.state(), before);
    t.notMatch(await lab.in(lab.c, 'tc', 'qdisc', 'show', 'dev', 'c-a'), /clsact/);
    t.notOk(lab.planExists());
  });

  t.test(`${attach}: expires by itself while the guard is stopped`, async t => {
    const lab = await GuardLab.open(t);
    const guard = lab.start(`${HOLE} 1500 --attach ${attach}`);
    const { pid, t_us } = await guard.cut();
    process.kill(pid, 'SIGSTOP');
    t.notOk(await lab.ping('10.77.1.2'));
    await until('an answer', () => lab.ping('10.77.1.2'));
    t.ok(nowUs() >= t_us + 1_500_000, 'not before its time');
    process.kill(pid, 'SIGCONT');
    const { healed } = await guard.healed();
    t.equal(healed.cause, 'deadline');
    t.equal(healed.t_us, t_us + 1_500_000, 'it ended when the program ended it');
  });
}

for (const [direction, lost] of [
  ['in', 'in'],
  ['out', 'out'],
] as const)
  t.test(`one direction: ${direction}`, async t => {
    const lab = await GuardLab.open(t, { ipv6: false });
    t.ok(await lab.ping('10.77.1.2'));
    const guard = lab.start(`${LONG} --direction ${direction}`);
    await guard.cut();
    t.notOk(await lab.ping('10.77.1.2'));
    guard.say('heal');
    const { healed } = await guard.healed();
    const other = lost === 'in' ? 'out' : 'in';
    t.ok(healed.hits![lost] > 0);
    t.equal(healed.hits![other], 0);
  });

t.test('the death of the guard ends it at once', async t => {
  const lab = await GuardLab.open(t);
  const guard = lab.start(LONG);
  const { pid } = await guard.cut();
  t.notOk(await lab.ping('10.77.1.2'));
  process.kill(pid, 'SIGKILL');
  await guard.exited;
  await until('an answer', () => lab.ping('10.77.1.2'));
  const second = lab.start(`${HOLE} 200`, lab.plan('second.plan'));
  await second.cut();
  t.equal((await second.healed()).healed.differences.length, 0, 'its plan hinders nobody');
  t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
  t.notOk(lab.planExists());
});

t.test('clsact: what a killed guard left passes packets, and undo removes it', async t => {
  const lab = await GuardLab.open(t);
  const guard = lab.start(`${HOLE} 1000 --attach clsact`);
  const { pid } = await guard.cut();
  process.kill(pid, 'SIGKILL');
  await guard.exited;
  t.notOk(await lab.ping('10.77.1.2'), 'the filter outlives its guard');
  await until('an answer', () => lab.ping('10.77.1.2'));
  t.match(await lab.in(lab.c, 'tc', 'filter', 'show', 'dev', 'c-a', 'ingress'), /pw_guard/);
  t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
  t.notMatch(await lab.in(lab.c, 'tc', 'qdisc', 'show', 'dev', 'c-a'), /clsact/);
});

t.test('without a single packet it is invalid', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  const guard = lab.start(`${HOLE} 300`);
  await guard.cut();
  const { healed, code } = await guard.healed();
  t.equal(code, 5);
  t.same(healed.hits, { in: 0, out: 0 });
  t.notOk(lab.planExists());
});

t.test('programs of others on the link stay', async t => {
  const lab = await GuardLab.open(t);
  const rest = '--kind blackhole --ifindex 31 --hold-ms 60000';
  await lab.in(lab.c, 'tc', 'qdisc', 'add', 'dev', 'c-a', 'clsact');
  // Two foreign users of the hooks: guards of another folder, attached and not yet armed.
  const tcx = lab.start(`${rest} --attach tcx`, lab.plan('other/tcx.plan'));
  await tcx.event('ready');
  const clsact = lab.start(`${rest} --attach clsact`, lab.plan('another/clsact.plan'));
  await clsact.event('ready');
  const filters = async () =>
    (await lab.in(lab.c, 'tc', 'filter', 'show', 'dev', 'c-a', 'ingress')) +
    (await lab.in(lab.c, 'tc', 'filter', 'show', 'dev', 'c-a', 'egress'));
  const before = await filters();
  for (const attach of ['tcx', 'clsact']) {
    const guard = lab.start(`${LONG} --attach ${attach}`);
    await until('an answer', () => lab.ping('10.77.1.2'));
    await guard.cut();
    t.notOk(await lab.ping('10.77.1.2'), attach);
    guard.say('heal');
    t.match(await guard.healed(), { code: 0, healed: { differences: [] } });
    t.equal(await filters(), before);
  }
  // The foreign programs still do their work.
  for (const guard of [tcx, clsact]) {
    // Without an answer first, ARP would be waiting for its next second.
    await until('an answer', () => lab.ping('10.77.1.2'));
    await guard.cut();
    t.notOk(await lab.ping('10.77.1.2'));
    guard.say('heal');
    const { healed } = await guard.healed();
    t.ok(healed.hits!.out > 0);
  }
  t.match(
    await lab.in(lab.c, 'tc', 'qdisc', 'show', 'dev', 'c-a'),
    /clsact/,
    'it was there before',
  );
});

const SERVER = `require('net').createServer(s => s.on('data', d => console.log('got ' + d)))
  .listen(7777, '10.77.1.2', () => console.log('listening'))`;
const CLIENT = `const s = require('net').connect(7777, '10.77.1.2', () => console.log('connected'));
  process.stdin.on('data', d => s.write(d)).on('end', () => s.destroy())`;

t.test('the local TCP is not told: its segment counts as in flight', async t => {
  const lab = await GuardLab.open(t);
  const told: string[] = [];
  const children = [
    [lab.s, SERVER],
    [lab.c, CLIENT],
  ].map(([ns, script]) => () => {
    const [file, ...args] = inNetns(ns!, [process.execPath, '-e', script!]);
    const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', line => told.push(line));
    return child;
  });
  const server = children[0]!();
  t.teardown(() => server.kill());
  await until('a server', () => told.includes('listening'));
  const client = children[1]!();
  t.teardown(() => client.kill());
  await until('a connection', () => told.includes('connected'));
  const guard = lab.start(LONG);
  await guard.cut();
  client.stdin.write('lost?');
  const socket = await until('a segment in flight', async () => {
    const found = await lab.in(lab.c, 'ss', '-Htin', 'dport', '=', '7777');
    return /unacked:[1-9]/.test(found) && found;
  });
  t.match(socket, /ESTAB/, 'no error');
  await until('a retransmission', async () =>
    /retrans:\d+\/[1-9]/.test(await lab.in(lab.c, 'ss', '-Htin', 'dport', '=', '7777')),
  );
  t.notOk(told.includes('got lost?'));
  guard.say('heal');
  const { healed } = await guard.healed();
  t.ok(healed.hits!.out > 0);
  await until('the data', () => told.includes('got lost?'), 20_000);
  for (const child of [client, server]) {
    const gone = new Promise(resolve => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }
});
