/** pathwarden-guard, carrier-off: a true loss of carrier where the driver can, a refusal where it cannot. */
import t from 'tap';
import { sleep } from '../../scripts/lab/wait.ts';
import { GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);

/** A lab with a NIC that can, its index, and how to start a guard on it. */
async function open(t: Parameters<typeof GuardLab.open>[0]) {
  const lab = await GuardLab.open(t);
  await lab.tun('t0');
  const index = Number(/^(\d+):/.exec(await lab.ip('-o link show dev t0'))?.[1]);
  const carrier = async () => !(await lab.ip('-o link show dev t0')).includes('NO-CARRIER');
  return { lab, carrier, words: `--kind carrier-off --ifindex ${index} --hold-ms` };
}

t.test('the carrier goes and comes, the link stays administratively up', async t => {
  const { lab, carrier, words } = await open(t);
  await lab.ip('route add 192.0.2.0/24 via 10.78.0.2 dev t0');
  const before = await lab.state();
  const guard = lab.start(`${words} 60000`);
  await guard.event('ready');
  t.ok(await carrier(), 'asking the driver changed nothing');
  await guard.cut();
  t.notOk(await carrier());
  t.ok(await lab.isUp('t0'));
  t.match(await lab.ip('route show 192.0.2.0/24'), /linkdown/);
  guard.say('heal');
  const { healed, code } = await guard.healed();
  t.equal(code, 0);
  t.same([healed.differences, healed.restored], [[], ['carrier of dev t0']]);
  await lab.as(before);
  t.notOk(lab.planExists());
});

t.test('at the deadline, and when its owner dies', async t => {
  const { lab, carrier, words } = await open(t);
  const timed = lab.start(`${words} 300`);
  const { t_us } = await timed.cut();
  const { healed, code } = await timed.healed();
  t.same([code, healed.cause], [0, 'deadline']);
  t.ok(healed.t_us >= t_us + 300_000);
  const orphan = lab.start(`${words} 60000`);
  await orphan.cut();
  orphan.child.stdin!.end();
  t.match(await orphan.healed(), { code: 0, healed: { cause: 'owner-died', differences: [] } });
  t.ok(await carrier());
});

t.test('killed at any moment, undone from its plan', async t => {
  const { lab, carrier, words } = await open(t);
  const before = await lab.state();
  for (let i = 0; i < 8; i++) {
    const guard = lab.start(`${words} 150`);
    guard.say('cut');
    await guard.event('ready');
    await sleep(30 * i);
    guard.child.kill('SIGKILL');
    await guard.exited;
    if (lab.planExists()) {
      if (!(await carrier())) {
        t.match(await lab.tell('check'), {
          ran: { code: 4 },
          events: [{ differences: /carrier/ }],
        });
        t.equal(
          await lab.start(`${words} 100`, lab.plan('second.plan')).exited,
          3,
          'no new drill on top of what is left',
        );
      }
      t.match(await lab.undo(), { code: 0, healed: { differences: [] } });
    }
    t.ok(await carrier());
    await lab.as(before);
  }
});

t.test('refused before any cut', async t => {
  const { lab, words } = await open(t);
  const before = await lab.state();
  const refusal = async (words: string) => {
    const guard = lab.start(words);
    const code = await guard.exited;
    return [code, guard.all('refused').map(e => e.reason)];
  };
  t.match(await refusal('--kind carrier-off --ifindex 31 --hold-ms 100'), [
    3,
    [/driver of this link cannot take its carrier/],
  ]);
  t.equal(await lab.state(), before);
  await lab.ip('link set t0 down');
  t.match(await refusal(`${words} 100`), [3, [/down already/]]);
  await lab.ip('link set t0 carrier off');
  await lab.ip('link set t0 up');
  t.match(await refusal(`${words} 100`), [3, [/no carrier/]]);
  t.notOk(lab.planExists());
});
