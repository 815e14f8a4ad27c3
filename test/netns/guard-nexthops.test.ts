/** pathwarden-guard on legs of nexthop objects: the kernel deletes them with the link, and the guard makes them again. */
import t from 'tap';
import { until } from '../../scripts/lab/wait.ts';
import { GuardLab } from './guard-lab.ts';

t.setTimeout(120_000);

const CUT_A = '--kind admin-down --ifindex 31 --hold-ms 60000';

/** Group 10 over both legs, with weights, and two routes that use it. */
async function withObjects(lab: GuardLab): Promise<string> {
  await lab.ip('nexthop add id 1 via 10.77.1.2 dev c-a proto static');
  await lab.ip('nexthop add id 2 via 10.77.2.2 dev c-b');
  await lab.ip('nexthop add id 10 group 1,3/2,5');
  await lab.ip('route add 10.99.0.0/24 src 10.77.9.1 nhid 10');
  await lab.ip('route add 10.98.0.0/24 metric 7 quickack 1 nhid 10');
  await lab.ip('route add 10.97.0.0/24 nhid 1');
  return await lab.state();
}

const nexthops = (lab: GuardLab) => lab.ip('nexthop show');

t.test('they are back after each kind of cut that takes the link down', async t => {
  const lab = await GuardLab.open(t);
  const before = await withObjects(lab);
  for (const cut of [CUT_A, '--kind flap --ifindex 31 --flaps 3 --period-ms 100']) {
    const guard = lab.start(cut);
    await guard.cut();
    if (cut === CUT_A) {
      t.match(await nexthops(lab), /^id 2 .*\nid 10 group 2,5/, 'the kernel has taken one away');
      guard.say('heal');
    }
    const { healed, code } = await guard.healed();
    t.equal(code, 0, JSON.stringify(healed));
    t.match(healed.restored.join('\n'), /nexthop id 1 .*\n.*nexthop group id 10/);
    await lab.as(before);
  }
});

t.test('a blackhole leaves them alone, those of a routing daemon as well', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  await withObjects(lab);
  await lab.ip('nexthop add id 20 via 10.77.1.2 dev c-a proto zebra');
  const before = await lab.state();
  const guard = lab.start('--kind blackhole --ifindex 31 --hold-ms 60000');
  await guard.cut();
  t.equal(await lab.state(), before);
  guard.say('heal');
  const { healed } = await guard.healed();
  t.same(healed.differences, []);
  await lab.as(before);
});

t.test('a guard that is killed: its plan puts them back', async t => {
  const lab = await GuardLab.open(t);
  const before = await withObjects(lab);
  const guard = lab.start(CUT_A);
  const { pid } = await guard.cut();
  process.kill(pid, 'SIGKILL');
  await guard.exited;
  t.notMatch(await nexthops(lab), /^id 1 /m);
  const { healed, code } = await lab.undo();
  t.equal(code, 0, JSON.stringify(healed));
  await lab.as(before);
});

t.test('an id that somebody has taken, and a group that somebody has changed, stay', async t => {
  const lab = await GuardLab.open(t, { ipv6: false });
  await withObjects(lab);
  const guard = lab.start(CUT_A);
  await guard.cut();
  await lab.ip('nexthop add id 1 via 10.77.2.2 dev c-b');
  await lab.ip('nexthop replace id 10 group 2,7');
  guard.say('heal');
  const { healed, code } = await guard.healed();
  t.equal(code, 4);
  t.match(await nexthops(lab), /^id 1 via 10\.77\.2\.2 dev c-b.*\nid 2 .*\nid 10 group 2,7/);
  const told = healed.differences.join('\n');
  t.match(told, /changed: nexthop id 1 /);
  t.match(told, /changed: nexthop group id 10/);
  t.ok(healed.plan_kept);
  await lab.ip('nexthop del id 1');
  await lab.ip('nexthop replace id 10 group 2,5');
  t.equal((await lab.undo()).code, 0, 'as the kernel had left them they are ours to put back');
});

t.test(
  'the other leg was lost meanwhile: the group is back with what is left, and told',
  async t => {
    const lab = await GuardLab.open(t, { ipv6: false });
    await withObjects(lab);
    const guard = lab.start(CUT_A);
    await guard.cut();
    await lab.ip('link set c-b down');
    t.equal((await nexthops(lab)).trim(), '', 'the last of its members took the group along');
    guard.say('heal');
    const { healed, code } = await guard.healed();
    t.equal(code, 4);
    t.match(await nexthops(lab), /^id 1 .*\nid 10 group 1,3/);
    t.match(await lab.ip('route show'), /^10\.98\.0\.0\/24 nhid 10 .*\n10\.99\.0\.0\/24 nhid 10 /m);
    t.match(healed.differences.join('\n'), /changed: nexthop group id 10/);
    await lab.ip('link set c-b up');
    await until('its carrier', () =>
      lab.ip('nexthop add id 2 via 10.77.2.2 dev c-b').then(() => true),
    );
    const undone = await lab.undo();
    t.equal(undone.code, 0, 'with it back, the plan can be carried out to its end');
    t.match(await nexthops(lab), /^id 10 group 1,3\/2,5/m);
  },
);
