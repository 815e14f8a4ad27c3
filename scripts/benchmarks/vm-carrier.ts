/**
 * In a guest: a virtio NIC's cable is cut while another link flapped less than a second before. From the cut to the helper's
 * frame, for each carrier strategy that the kernel allows, and to `ip monitor`'s line without us.
 */
import { run } from '../lab/run.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { setLink } from '../vm-lab/monitor.ts';
import { type Result, result } from './figures.ts';
import { helperFrames, ipMonitor, onStage, type Stage } from './stage.ts';

const TRIALS = 15;
const STRATEGIES = ['fentry', 'timer', 'getlink'] as const;

async function plant({ host }: Stage): Promise<void> {
  for (const nic of ['nic0', 'nic1', 'nic2']) {
    await run(['ip', 'link', 'set', nic, 'netns', host.netns]);
    await run(['ip', '-n', host.netns, 'link', 'set', nic, 'up']);
  }
  // Two legs of a path group: those are looked at most often.
  for (const [i, nic] of ['nic0', 'nic1'].entries())
    await run(['ip', '-n', host.netns, 'address', 'add', `10.78.${i}.1/24`, 'dev', nic]);
  await run([
    ...['ip', '-n', host.netns, 'route', 'add', '10.79.0.1/32', 'nexthop', 'via', '10.78.0.2'],
    ...['dev', 'nic0', 'nexthop', 'via', '10.78.1.2', 'dev', 'nic1'],
  ]);
}

/** µs at which it was cut. */
async function cut(): Promise<number> {
  setLink('nic2', false);
  setLink('nic2', true);
  await sleep(150);
  const t_us = nowUs();
  setLink('nic0', false);
  return t_us;
}

export async function vmCarrier(): Promise<Result[]> {
  return await onStage({}, plant, async ({ lab, host }) => {
    const index = await run(['ip', '-n', host.netns, '-j', 'link', 'show', 'nic0']);
    const [{ ifindex }] = JSON.parse(index.stdout);
    await host.stopAgent();
    const ours: Record<string, number[]> = {};
    for (const strategy of STRATEGIES) {
      await host.startHelper({ carrier: strategy, nudge: 'off' });
      const losses: number[] = [];
      let chosen = '';
      const end = helperFrames(host, ({ type, data }) => {
        if (type === 'hello') chosen = (data.carrier as { strategy: string }).strategy;
        if (type === 'carrier' && data.ifindex === ifindex && data.carrier === false)
          losses.push(nowUs());
      });
      await until('hello', () => chosen !== '', 20_000);
      if (chosen === strategy) {
        ours[strategy] = [];
        for (let i = 0; i < TRIALS; i++) {
          const t_us = await cut();
          const seen = await until('the frame', () => losses.find(t => t > t_us), 5000, 1);
          ours[strategy].push((seen - t_us) / 1000);
          setLink('nic0', true);
          await sleep(1100);
        }
      }
      end();
    }
    await host.stopHelper();
    const monitor = await ipMonitor(lab, host.netns);
    const values: number[] = [];
    for (let i = 0; i < TRIALS; i++) {
      const t_us = await cut();
      values.push(((await monitor.next(/ nic0: .*NO-CARRIER/, t_us)) - t_us) / 1000);
      setLink('nic0', true);
      await sleep(1100);
    }
    return Object.entries(ours).map(([strategy, times]) =>
      result(`vm_carrier_${strategy}`, 'ms', times, { name: 'ip monitor', values }),
    );
  });
}
