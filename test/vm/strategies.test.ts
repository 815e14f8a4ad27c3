// guest: --nics 3 --timeout 120
/** Each carrier strategy in turn on virtio NICs whose cable is cut by QEMU; a burst of changes with the hooks. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Processes } from '../../scripts/lab/processes.ts';
import { TunNics } from '../../scripts/lab/tun.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { carrierStory, type Strategy } from './carrier-story.ts';
import { Helper } from './helper.ts';

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
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
  const via = helper.all('carrier').map(data => data.via);
  t.ok(via.includes('fentry'), `${via.length} frames for 100 changes`);
  await processes.stopAll();
});
