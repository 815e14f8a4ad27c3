/**
 * A NIC loses its carrier while another link flapped less than a second before, so the kernel's limiter of carrier events
 * is primed: from the loss to the agent's observation, and to `ip monitor`'s line.
 */
import { run } from '../lab/run.ts';
import { TunNics } from '../lab/tun.ts';
import { sleep } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { ipMonitor, observations, onStage, pause, resume } from './stage.ts';

const TRIALS = 30;

export async function carrierPrimed(): Promise<Result[]> {
  let nics: TunNics | null = null;
  return await onStage(
    {},
    async ({ lab, host }) => {
      nics = await TunNics.open(lab, host.netns, ['t0', 't1', 't2']);
      await run([
        ...['ip', '-n', host.netns, 'route', 'add', '10.79.0.1/32'],
        ...['nexthop', 'via', '10.78.0.2', 'dev', 't0', 'nexthop', 'via', '10.78.1.2', 'dev', 't1'],
      ]);
    },
    async ({ lab, host }) => {
      const { lines, client } = await observations(host);
      const monitor = await ipMonitor(lab, host.netns);
      const ours: number[] = [];
      const peer: number[] = [];
      const loss = async (): Promise<number> => {
        await nics!.setCarrier('t2', false);
        await nics!.setCarrier('t2', true);
        await sleep(150);
        return await nics!.setCarrier('t0', false);
      };
      for (let i = 0; i < TRIALS; i++) {
        const t = await loss();
        ours.push(((await lines.next(/^link:t0 carrier=down/, t)) - t) / 1000);
        await sleep(100);
        await nics!.setCarrier('t0', true);
        await sleep(1300);

        pause(host);
        const p = await loss();
        peer.push(((await monitor.next(/ t0: .*NO-CARRIER/, p)) - p) / 1000);
        await nics!.setCarrier('t0', true);
        await sleep(1100);
        resume(host);
        await sleep(300);
      }
      client.close();
      return [result('carrier_primed', 'ms', ours, { name: 'ip monitor', values: peer })];
    },
  );
}
