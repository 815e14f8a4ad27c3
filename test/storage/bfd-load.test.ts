/**
 * 50 ms x 3 for a minute while both processors have more work than they can do: under SCHED_FIFO a session does not go down.
 * The other end runs under it, too (frr.ts), or its lateness would be measured. Without it the same is measured and told.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import type { Lab } from '../../scripts/lab/lab.ts';
import type { Host } from '../../scripts/lab/product.ts';
import { inNetns } from '../../scripts/lab/run.ts';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { Frr } from '../../scripts/storage-lab/frr.ts';
import { askFor, type BfdFrame, hostOf, LEG, openBfdLab, SESSION } from './bfd.ts';

t.setTimeout(600_000);

const MEASURED_MS = 60_000;
const GAPS = resolve(import.meta.dirname, '../../build/native/lab/gaps');

interface Gaps {
  /** Longest, in us; packets until then. */
  out: number;
  in: number;
}

/** Watches the leg's packets on the compute host (scripts/lab/gaps.c) until the lab closes. */
async function watchGaps(lab: Lab): Promise<Gaps> {
  const gaps: Gaps = { out: 0, in: 0 };
  const tool = await lab.processes.start('gaps', inNetns(lab.network.compute, [GAPS, LEG.name]), {
    piped: true,
  });
  let ready = false;
  createInterface({ input: tool.child.stdout! }).on('line', line => {
    const [way, gap] = line.split(' ');
    if (way === 'ready') ready = true;
    if (way === 'out' || way === 'in') gaps[way] = Number(gap);
  });
  await until('gaps to watch', () => ready);
  return gaps;
}

/** One busy loop for each processor. */
async function burden(lab: Lab): Promise<void> {
  for (let i = 0; i < availableParallelism(); i++)
    await lab.processes.start(`load-${i}`, ['sh', '-c', 'while :; do :; done']);
}

/** Scheduling policy of a process (sched(7)): 0 SCHED_OTHER, 1 SCHED_FIFO. */
function policy(host: Host): number {
  const stat = readFileSync(`/proc/${host.helper?.pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]);
}

interface Minute {
  downs: BfdFrame[];
  gaps: Gaps;
}

async function measure(t: Test, lab: Lab, host: Host, fifo: boolean): Promise<Minute> {
  const helper = await askFor(t, host, SESSION);
  await helper.up(150_000);
  t.equal(policy(host), fifo ? 1 : 0, fifo ? 'SCHED_FIFO' : 'SCHED_OTHER');
  await burden(lab);
  const from = helper.bfd.length;
  const gaps = await watchGaps(lab);
  await sleep(MEASURED_MS);
  helper.close();
  return { downs: helper.bfd.slice(from).filter(f => f.state !== 'up'), gaps };
}

const tell = (t: Test, how: string, { downs, gaps }: Minute, theirs: number | null) =>
  t.comment(
    `${how}: ${downs.filter(f => f.diagnostic === 1).length} false downs here, ${theirs ?? '?'} at the other end; ` +
      `longest time between packets, ours ${gaps.out / 1000} ms, the other's ${gaps.in / 1000} ms`,
  );

async function withFrr(t: Test, fifo: boolean): Promise<{ minute: Minute; theirs: number }> {
  const { lab, host, root } = await openBfdLab(t);
  const frr = await Frr.start(lab, root, {
    netns: lab.network.storage,
    bfd: [
      `peer ${LEG.local} local-address ${LEG.remote}`,
      ...['receive-interval 50', 'transmit-interval 50', 'detect-multiplier 3'],
    ],
  });
  await host.startHelper({ fifo });
  const minute = await measure(t, lab, host, fifo);
  return { minute, theirs: await frr.downs(LEG.local) };
}

t.test('to bfdd, under SCHED_FIFO', async t => {
  const { minute, theirs } = await withFrr(t, true);
  tell(t, 'SCHED_FIFO to bfdd', minute, theirs);
  t.strictSame(minute.downs, [], 'never down here');
  t.equal(theirs, 0, 'nor at the other end');
  t.ok(minute.gaps.out > 0 && minute.gaps.in > 0, 'both ends sent');
});

t.test('to another helper, both under SCHED_FIFO', async t => {
  const { lab, host } = await openBfdLab(t);
  const far = hostOf(lab, 'storage');
  await host.startHelper();
  const mirrored = { ...SESSION, ifindex: 41, local: LEG.remote, remote: LEG.local };
  const other = await askFor(t, far, mirrored);
  const minute = await measure(t, lab, host, true);
  const theirs = other.bfd.filter(f => f.state === 'down' && f.diagnostic !== 0);
  tell(t, 'SCHED_FIFO to a helper', minute, theirs.length);
  t.strictSame(minute.downs, [], 'never down here');
  t.strictSame(theirs, [], 'nor at the other end');
  other.close();
});

t.test('to bfdd, without SCHED_FIFO: measured', async t => {
  const { minute, theirs } = await withFrr(t, false);
  tell(t, 'SCHED_OTHER to bfdd', minute, theirs);
  t.ok(minute.gaps.out > 0 && minute.gaps.in > 0, 'both ends sent');
});
