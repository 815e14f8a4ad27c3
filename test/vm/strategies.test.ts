// guest: --nics 3 --timeout 120
/** Each carrier strategy in turn on virtio NICs whose cable is cut by QEMU; a burst of changes with the hooks. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Processes } from '../../scripts/lab/processes.ts';
import { TunNics } from '../../scripts/lab/tun.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { carrierStory, type Strategy } from './carrier-story.ts';
import { Helper } from './helper.ts';

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
t.setTimeout(110_000);

const OPTIONS = ['--nudge', 'off', '--carrier'];

for (const nic of ['nic0', 'nic1', 'nic2']) ip('link', 'set', nic, 'up');

for (const strategy of ['fentry', 'timer', 'getlink', 'rtnl'] satisfies Strategy[])
  t.test(`strategy ${strategy}`, async t => {
    const helper = await Helper.start(t, ...OPTIONS, strategy);
    t.equal(helper.hello.carrier.strategy, strategy);
    const source = helper.hello.sources.find(({ name }) => name === 'carrier');
    t.equal(source?.state, strategy === 'rtnl' ? 'degraded' : 'ok', source?.reason ?? '');
    await carrierStory(t, helper, strategy, {
      leg: 'nic0',
      other: 'nic1',
      setCarrier: async (nic, on) => setLink(nic, on),
      setAdmin: async (nic, up) => ip('link', 'set', nic, up ? 'up' : 'down'),
    });
  });

t.test('the best that the kernel allows is taken: fentry', async t => {
  const helper = await Helper.start(t);
  t.equal(helper.hello.carrier.strategy, 'fentry');
});

t.test('hooks that are never called: the timer does it, at its own pace', async t => {
  const enabled = (on: boolean) => writeFileSync('/proc/sys/kernel/ftrace_enabled', on ? '1' : '0');
  t.teardown(() => enabled(true));
  await t.test('switched off while they are used', async t => {
    const helper = await Helper.start(t, ...OPTIONS, 'fentry');
    const { ifindex } = helper.all('link').find(({ ifname }) => ifname === 'nic0')!;
    const next = (carrier: boolean, from_us: number) =>
      helper.next('carrier', one => one.ifindex === ifindex && one.carrier === carrier, from_us);
    enabled(false);
    for (const carrier of [false, true]) {
      const from_us = nowUs();
      setLink('nic0', carrier);
      t.equal((await next(carrier, from_us)).via, 'timer');
    }
    await until('the helper to say so', () => /a link moved and no hook saw it/.test(helper.said));
  });
  await t.test('switched off before', async t => {
    const helper = await Helper.start(t);
    t.match(helper.hello, { carrier: { strategy: 'timer', interval_us: 2000 } });
    const source = helper.hello.sources.find(({ name }) => name === 'carrier');
    t.match(source, { state: 'degraded', reason: /no fentry: kernel.ftrace_enabled is 0/ });
  });
});

t.test('a burst beyond what the hooks may tell: not a change is missing in the end', async t => {
  const netns = 'flaps';
  execFileSync('modprobe', ['tun']);
  ip('netns', 'add', netns);
  const processes = new Processes(mkdtempSync(join(tmpdir(), 'flaps-')));
  const nics = await TunNics.open({ processes }, netns, ['t0']);
  const helper = await Helper.startIn(t, netns, ...OPTIONS, 'fentry');
  await helper.next('snapshot', data => data.source === 'carrier' && data.phase === 'end');
  const before = helper.all('carrier').at(-1)!;
  const asked: Promise<number>[] = [];
  for (let i = 0; i < 100; i++) asked.push(nics.setCarrier('t0', i % 2 === 1));
  await Promise.all(asked);
  const after = await helper.next(
    'carrier',
    data =>
      data.carrier_down_count === before.carrier_down_count + 50 &&
      data.carrier_up_count === before.carrier_up_count + 50,
  );
  t.equal(after.carrier, true);
  t.notMatch(helper.said, /no hook saw it/, 'and the hooks are not to blame');
  const via = helper.all('carrier').map(data => data.via);
  t.ok(via.includes('fentry'), `${via.length} frames for 100 changes`);
  await processes.stopAll();
});
