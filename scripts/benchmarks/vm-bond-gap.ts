/**
 * In a guest: does watching slow the switch? The gap of an active-backup bond (miimon 100) whose active member's cable is
 * cut, in a UDP packet each 2 ms, with pathwarden running, with its helper alone, and without. The emulated processors are ten times
 * slower than real ones, and so is the agent's share of them.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { inNetns, run } from '../lab/run.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { setLink } from '../vm-lab/monitor.ts';
import { type Result, result } from './figures.ts';
import { onStage, type Stage } from './stage.ts';

const BEAT = resolve(import.meta.dirname, '../../build/native/lab/beat');
const TRIALS = 20;
const SETTLE_MS = 700;
/** scripts/lab/beat.c: a shorter gap is not told. */
const TOLD_US = 10_000;

async function plant({ lab, host }: Stage): Promise<void> {
  const far = lab.network.storage;
  await run(['modprobe', 'bonding']);
  const near = ['ip', '-n', host.netns];
  for (const nic of ['nic0', 'nic1']) await run(['ip', 'link', 'set', nic, 'netns', host.netns]);
  await run(['ip', 'link', 'set', 'nic2', 'netns', far]);
  await run([
    ...[...near, 'link', 'add', 'bond0', 'type', 'bond'],
    ...['mode', 'active-backup', 'miimon', '100'],
  ]);
  for (const nic of ['nic0', 'nic1']) await run([...near, 'link', 'set', nic, 'master', 'bond0']);
  await run([...near, 'link', 'set', 'bond0', 'up']);
  await run([...near, 'address', 'add', '10.81.0.1/24', 'dev', 'bond0']);
  await run(['ip', '-n', far, 'address', 'add', '10.81.0.2/24', 'dev', 'nic2']);
  await run(['ip', '-n', far, 'link', 'set', 'nic2', 'up']);
}

async function activeMember(host: Stage['host']): Promise<string> {
  const { stdout } = await run([
    ...inNetns(host.netns, ['ip', '-j', '-d', 'link', 'show', 'bond0']),
  ]);
  return JSON.parse(stdout)[0].linkinfo.info_data.active_slave ?? '';
}

async function gaps(host: Stage['host'], seen: { gap_us: number; end_us: number }[]) {
  const values: number[] = [];
  for (let i = 0; i < TRIALS; i++) {
    const active = await activeMember(host);
    const t_us = nowUs();
    setLink(active, false);
    await until('another member', async () => (await activeMember(host)) !== active, 10_000);
    await sleep(SETTLE_MS);
    const during = seen.filter(one => one.end_us > t_us && one.end_us < t_us + 1_000_000);
    values.push(Math.max(TOLD_US, ...during.map(one => one.gap_us)) / 1000);
    setLink(active, true);
    await sleep(SETTLE_MS);
  }
  return values;
}

export async function vmBondGap(): Promise<Result[]> {
  return await onStage({}, plant, async ({ lab, host }) => {
    const beat = (what: string, netns: string) =>
      lab.processes.start(`beat-${what}`, [BEAT, what, '10.81.0.2'], { netns, piped: true });
    const sink = await beat('receive', lab.network.storage);
    const seen: { gap_us: number; end_us: number }[] = [];
    createInterface({ input: sink.child.stdout! }).on('line', line => {
      const [gap_us = 0, end_us = 0] = line.split(' ').map(Number);
      seen.push({ gap_us, end_us });
    });
    await beat('send', host.netns);
    await until('the first packet', () => seen.length > 0, 30_000);
    const watched = await gaps(host, seen);
    await host.stopAgent();
    const helperOnly = await gaps(host, seen);
    await host.stopHelper();
    await sleep(SETTLE_MS);
    const alone = await gaps(host, seen);
    const peer = { name: 'without pathwarden', values: alone };
    return [
      result('vm_bond_gap', 'ms', watched, peer),
      result('vm_bond_gap_helper_only', 'ms', helperOnly, peer),
    ];
  });
}
