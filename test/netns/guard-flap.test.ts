/** pathwarden-guard, flap: as many edges as asked for, at their times, and up at the end whatever ends it. */
import t from 'tap';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { type GuardEvent, GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);
const FLAP = '--kind flap --ifindex 31';

t.test('each flap is made and told, and everything comes back', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('route add 192.0.2.0/24 via 10.77.1.2 dev c-a');
  await lab.ip('-6 route add 2001:db8:1::/48 via fd77:1::2 metric 77');
  const before = await lab.state();
  const guard = lab.start(`${FLAP} --flaps 4 --period-ms 200`);
  const cut = await guard.cut();
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.equal(healed.cause, 'deadline');
  t.same(healed.differences, []);
  const edges = guard.all('edge') as (GuardEvent & { t_us: number; up: boolean })[];
  t.same(
    edges.map(e => e.up),
    [true, false, true, false, true, false],
  );
  for (const [i, edge] of edges.entries())
    t.ok(edge.t_us >= cut.t_us + (i + 1) * 100_000, `edge ${i + 1} not before its time`);
  t.ok(healed.t_us >= cut.t_us + 700_000, 'the last one, too');
  await lab.as(before);
  t.notOk(lab.planExists());
  await until('an answer', () => lab.ping('10.77.1.2'));
});

t.test('each ending leaves it up', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const LONG = `${FLAP} --flaps 200 --period-ms 200`;
  const endings: [string, (guard: ReturnType<GuardLab['start']>, pid: number) => unknown][] = [
    ['command', guard => guard.say('heal')],
    ['owner-died', guard => guard.child.stdin!.end()],
    ['signal', (_, pid) => process.kill(pid, 'SIGTERM')],
  ];
  for (const [i, [cause, end]] of endings.entries()) {
    const guard = lab.start(LONG);
    const { pid } = await guard.cut();
    // Down, up, down: wherever it stands.
    await until('edges', () => guard.all('edge').length >= i);
    await end(guard, pid);
    const { healed, code } = await guard.healed();
    t.same([code, healed.cause, healed.differences], [0, cause, []]);
    await lab.as(before);
  }
});

t.test('killed at any moment, undone from its plan', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('-6 route add 2001:db8:1::/48 via fd77:1::2 metric 77');
  const before = await lab.state();
  for (let i = 0; i < 8; i++) {
    const guard = lab.start(`${FLAP} --flaps 5 --period-ms 60`);
    guard.say('cut');
    await guard.event('ready');
    await sleep(35 * i);
    guard.child.kill('SIGKILL');
    await guard.exited;
    if (lab.planExists()) t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
    await lab.as(before);
  }
});

t.test('a link that is too slow for the period flaps less often, not longer', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const guard = lab.start(`${FLAP} --flaps 300 --period-ms 20`);
  const cut = await guard.cut();
  // Stopped for a while, it has missed edges: they are not made up for at the end.
  process.kill(cut.pid, 'SIGSTOP');
  await sleep(7000);
  process.kill(cut.pid, 'SIGCONT');
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.match(guard.all('warning'), [{ reason: /only \d+ of 300 flaps/ }]);
  t.same(healed.differences, []);
  await lab.as(before);
});

t.test('what it does not take', async t => {
  const lab = await GuardLab.open(t);
  for (const words of [
    '--flaps 5',
    '--period-ms 200',
    '--flaps 5 --period-ms 200 --hold-ms 1000',
    '--flaps 0 --period-ms 200',
    '--flaps 5 --period-ms 19',
    '--flaps 1000 --period-ms 60000',
  ])
    t.equal(await lab.start(`${FLAP} ${words}`).exited, 2, words);
  t.equal(await lab.start('--kind admin-down --ifindex 31 --hold-ms 9 --flaps 2').exited, 2);
  t.notOk(lab.planExists());
});
