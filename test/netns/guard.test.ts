/** pathwarden-guard, admin-down: whatever ends the drill, the link and all that hung on it are as before. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);
const DOWN = '--kind admin-down --ifindex 31 --hold-ms';
/** Longer than any test takes: what ends the drill is something else. */
const LONG = `${DOWN} 60000`;

t.test('everything comes back at the deadline', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('route add 192.0.2.0/24 via 10.77.1.2 dev c-a metric 7 mtu 1400');
  await lab.ip('route add 198.51.100.0/24 dev c-a scope link table 100');
  // One name, three routes: which of them is used is their order.
  await lab.ip('route add 203.0.113.0/24 via 10.77.1.2 dev c-a');
  await lab.ip('route append 203.0.113.0/24 via 10.77.2.2 dev c-b');
  await lab.ip('route append 203.0.113.0/24 via 10.77.1.2 dev c-a onlink');
  await lab.ip('-6 route add 2001:db8:1::/48 via fd77:1::2 metric 77');
  await lab.ip('-6 route add 2001:db8:2::/48 nexthop via fd77:1::2 nexthop via fd77:2::2');
  await lab.ip('-6 route add 2001:db8:3::/48 via fd77:2::2 src fd77:1::1');
  await lab.ip('addr add fd77:1::77/128 dev c-a preferred_lft 0');
  await lab.ip('neigh add 10.77.1.3 lladdr 02:00:00:00:00:09 dev c-a nud permanent');
  await lab.ip('neigh add fd77:1::3 lladdr 02:00:00:00:00:09 dev c-a nud permanent');
  await lab.ip('neigh add proxy fd77:1::99 dev c-a');
  const before = await lab.state();
  const order = await lab.ip('-4 route show 203.0.113.0/24');

  const guard = lab.start(`${DOWN} 1000`);
  const cut = await guard.cut();
  t.notOk(await lab.isUp('c-a'), 'the link is down');
  t.ok(lab.planExists());
  t.not(await lab.state(), before);
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.equal(healed.cause, 'deadline');
  t.ok(healed.t_us >= cut.t_us + 1_000_000, 'not before its time');
  t.equal(healed.hits, null);
  t.same(healed.differences, []);
  for (const what of [
    'link dev c-a up',
    'address fd77:1::1/64 dev c-a',
    'route 192.0.2.0/24 via 10.77.1.2 dev c-a table 254 metric 7 proto 3',
    'route 198.51.100.0/24 dev c-a table 100 metric 0 proto 3',
    'route 2001:db8:1::/48 via fd77:1::2 dev c-a table 254 metric 77 proto 3',
    'neighbour 10.77.1.3 dev c-a',
    'neighbour fd77:1::3 dev c-a',
    'proxy neighbour fd77:1::99 dev c-a',
  ])
    t.ok(healed.restored.includes(what), what);
  await lab.as(before);
  t.equal(await lab.ip('-4 route show 203.0.113.0/24'), order);
  t.notOk(lab.planExists());
  for (const to of ['10.77.1.2', '10.77.9.2', 'fd77:1::2'])
    await until(`an answer from ${to}`, () => lab.ping(to));
  t.notMatch(await lab.ip('route show 10.77.9.2'), /dead|linkdown/, 'both legs carry again');
});

t.test('a route whose source must first pass duplicate address detection', async t => {
  const lab = await GuardLab.open(t, { dad: true });
  await lab.ip('-6 route add 2001:db8:3::/48 via fd77:1::2 src fd77:1::1');
  const before = await lab.state();
  const guard = lab.start(`${DOWN} 300`);
  await guard.cut();
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.same(healed.differences, []);
  t.match(healed.restored.join('\n'), /route 2001:db8:3::\/48 via fd77:1::2 dev c-a src fd77:1::1/);
  await lab.as(before);
});

t.test('each ending', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const endings: [string, string, (lab: GuardLab) => Promise<ReturnType<GuardLab['start']>>][] = [
    [
      'a command',
      'command',
      async () => {
        const guard = lab.start(LONG);
        await guard.cut();
        guard.say('heal');
        return guard;
      },
    ],
    [
      'the end of stdin',
      'owner-died',
      async () => {
        const guard = lab.start(LONG);
        await guard.cut();
        guard.child.stdin!.end();
        return guard;
      },
    ],
    ...(['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map(
      signal =>
        [
          signal,
          'signal',
          async () => {
            const guard = lab.start(LONG);
            process.kill((await guard.cut()).pid, signal);
            return guard;
          },
        ] as [string, string, (lab: GuardLab) => Promise<ReturnType<GuardLab['start']>>],
    ),
    [
      'the death of its parent, with stdin still open',
      'owner-died',
      async () => {
        const guard = lab.start(LONG, lab.plan(), [
          'sh',
          '-c',
          'exec 3<&0; "$@" <&3 3<&- & wait',
          'owner',
        ]);
        const { pid } = await guard.cut();
        t.not(pid, guard.child.pid, 'the guard is a child of the owner');
        guard.child.kill('SIGKILL');
        return guard;
      },
    ],
  ];
  for (const [what, cause, start] of endings) {
    const guard = await start(lab);
    const { healed } = await guard.healed();
    await guard.event('done');
    t.equal(healed.cause, cause, what);
    t.same(healed.differences, [], what);
    t.notOk(lab.planExists());
    await lab.as(before);
  }
});

t.test('heals although nobody listens any more', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const guard = lab.start(`${DOWN} 700`);
  await guard.cut();
  guard.child.stdout!.destroy();
  t.equal(await guard.exited, 0);
  await lab.as(before);
});

t.test('before the cut an ending does nothing', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const guard = lab.start(LONG);
  await guard.event('ready');
  guard.say('nonsense');
  t.match(await guard.event('warning'), { reason: /unknown command/ });
  guard.say('x'.repeat(1000));
  guard.say('heal');
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.same(healed.restored, []);
  t.equal(await lab.state(), before);
  t.notOk(lab.planExists());
});

t.test('a killed guard is undone from its plan', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('route add 192.0.2.0/24 via 10.77.1.2 dev c-a');
  const before = await lab.state();
  const guard = lab.start(LONG);
  const { pid } = await guard.cut();
  const early = await lab.tell('undo');
  t.equal(early.ran.code, 3, 'not while its guard lives');
  t.match(early.events, [{ event: 'refused', reason: new RegExp(`${pid}`) }]);
  process.kill(pid, 'SIGKILL');
  await guard.exited;
  t.notOk(await lab.isUp('c-a'), 'nobody has healed it');
  const check = await lab.tell('check');
  t.equal(check.ran.code, 4);
  t.match(check.events[0], { event: 'checked', differences: /route 192.0.2.0\/24/ });
  const again = lab.start(LONG, lab.plan('second.plan'));
  t.equal(await again.exited, 3, 'no new drill on top of what is left');

  const { healed, code } = await lab.undo();
  t.equal(code, 0);
  t.same(healed.differences, []);
  t.notOk(lab.planExists());
  await lab.as(before);
});

t.test('killed at any moment', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('route add 192.0.2.0/24 via 10.77.1.2 dev c-a');
  const before = await lab.state();
  for (let i = 0; i < 20; i++) {
    const kind = i % 2 ? 'blackhole --attach clsact' : 'admin-down';
    const guard = lab.start(`--kind ${kind} --ifindex 31 --hold-ms 100`);
    guard.say('cut');
    // Spread over its whole life: start, plan, cut, hold, heal, end.
    await sleep(15 * i);
    guard.child.kill('SIGKILL');
    await guard.exited;
    // Without a plan it had not begun, or it had ended.
    if (lab.planExists()) t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
    await lab.as(before);
    t.notMatch(await lab.in(lab.c, 'tc', 'qdisc', 'show', 'dev', 'c-a'), /clsact/);
  }
});

t.test('what the kernel makes anew, but was not there before, goes again', async t => {
  const lab = await GuardLab.open(t);
  await lab.ip('route del 10.77.1.0/30 dev c-a');
  const linkLocal = /inet6 (fe80\S+)/.exec(await lab.ip('-o addr show dev c-a'))?.[1];
  await lab.ip(`addr del ${linkLocal} dev c-a`);
  const before = await lab.state();
  const guard = lab.start(`${DOWN} 500`);
  await guard.cut();
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.match(healed.restored.join('\n'), /removed again: route 10\.77\.1\.0\/30/);
  await lab.as(before);
});

t.test('what a routing daemon owns is left to it', async t => {
  const lab = await GuardLab.open(t);
  const route = '192.0.2.0/24 via 10.77.1.2 dev c-a proto bgp';
  await lab.ip(`route add ${route}`);
  const guard = lab.start(`${DOWN} 500`);
  await guard.cut();
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.same(healed.differences, []);
  t.match(healed.owners, [/^gone: route 192\.0\.2\.0\/24/]);
  t.equal(await lab.ip('route show proto bgp'), '');
});

t.test('what others changed meanwhile is told', async t => {
  const lab = await GuardLab.open(t);
  const guard = lab.start(LONG);
  await guard.cut();
  await lab.ip('link set dev lo down');
  await lab.ip('link del dev c-b'); // the other leg is not ours: the multipath route goes with it
  await lab.ip('addr add 10.99.0.1/24 dev c-a');
  guard.say('heal');
  const { healed, code } = await guard.healed();
  t.equal(code, 4);
  t.match(healed.differences.join('\n'), /new: address 10\.99\.0\.1\/24 dev c-a/);
  t.match(healed.differences.join('\n'), /route 10\.77\.9\.2\/32/);
  t.ok(lab.planExists(), 'an undo may try again');
  await lab.ip('addr del 10.99.0.1/24 dev c-a');
  await lab.ip('link add c-b index 32 type veth peer name s-b netns '.concat(lab.s));
  await lab.ip('addr add 10.77.2.1/30 dev c-b');
  await lab.ip('link set c-b up');
  await lab.ip('link set lo up');
  t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
});

t.test('primed: a throw-away tun flaps first', async t => {
  const lab = await GuardLab.open(t);
  const before = await lab.state();
  const guard = lab.start(`${DOWN} 500 --prime`);
  await guard.event('ready');
  t.match(await lab.ip('-o link show'), /pwprime0/);
  await guard.cut();
  t.equal((await guard.healed()).code, 0);
  await lab.as(before);
});

t.test('it has given away what it does not need', async t => {
  const lab = await GuardLab.open(t);
  const guard = lab.start(LONG);
  const { pid } = await guard.cut();
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  t.match(status, /CapEff:\s+0000000000001000\n/, 'CAP_NET_ADMIN alone');
  t.match(status, /NoNewPrivs:\s+1\n/);
  const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[3];
  t.equal(Number(session), pid, 'its own session');
  guard.say('heal');
  t.equal((await guard.healed()).code, 0);
});
