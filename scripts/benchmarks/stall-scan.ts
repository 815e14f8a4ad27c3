/**
 * What the look for stalls costs: processor time of the helper and its BPF timers (which time themselves), in percent of one
 * processor, by the number of storage connections, of which each sends something every second. The peer is what reads the
 * same in user space: `ss -tin`, as often (its processor time, over 40 runs).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inNetns } from '../lab/run.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { helperFrames, onStage, type Stage } from './stage.ts';

const FLOWS = [0, 100, 1000, 4000];
const SAMPLES = 5;
const SAMPLE_MS = 2000;
/** Looks a second while nothing is suspicious (native/sources/tcp_wish.c: each half of 50 ms). */
const LOOKS = 40;
const PEER_RUNS = 40;

async function startFlows({ lab }: Stage, count: number): Promise<void> {
  if (count === 0) return;
  const script = (name: string) => join(import.meta.dirname, name);
  const where = ['10.77.9.2', '3260'];
  await lab.processes.start('sink', [process.execPath, script('sink.ts'), ...where], {
    netns: lab.network.storage,
  });
  await sleep(500);
  await lab.processes.start(
    'source',
    [process.execPath, script('source.ts'), ...where, String(count)],
    { netns: lab.network.compute },
  );
}

export async function stallScan(): Promise<Result[]> {
  const results: Result[] = [];
  for (const count of FLOWS) results.push(await at(count));
  return results;
}

async function at(count: number): Promise<Result> {
  return await onStage(
    {},
    stage => startFlows(stage, count),
    async ({ lab, host }) => {
      const helper = host.helper;
      if (!helper) throw new Error('the helper did not start');
      await until(
        `${count} flows`,
        async () => (await host.ask('status', {})).flows.length >= count,
        60_000,
        500,
      );
      let bpf = { us: 0, at: 0 };
      const stop = helperFrames(host, ({ type, data }) => {
        if (type === 'heartbeat') bpf = { us: Number(data.bpf_us), at: Number(data.t_us) };
      });
      await sleep(3000);
      const ours: number[] = [];
      for (let i = 0; i < SAMPLES; i++) {
        const before = { t: nowUs(), cpu: cpuUs(helper.pid), bpf };
        await sleep(SAMPLE_MS);
        const inBpf = (bpf.us - before.bpf.us) / (bpf.at - before.bpf.at);
        ours.push(100 * (inBpf + (cpuUs(helper.pid) - before.cpu) / (nowUs() - before.t)));
      }
      stop();
      return result(`stall_scan_${count}_flows`, '% of one processor', ours, {
        name: `ss -tin, ${LOOKS} times a second`,
        values: [ssPercent(lab.network.compute)],
      });
    },
  );
}

/** µs of user and system time that the process has used. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/schedstat`, 'utf8');
  return Number(stat.split(' ')[0]) / 1000;
}

/** The kernel counts in ticks of 10 ms: over many runs. */
function ssPercent(netns: string): number {
  const [file = '', ...args] = inNetns(netns, ['ss', '-tinH']);
  const began = childrenUs();
  for (let i = 0; i < PEER_RUNS; i++) spawnSync(file, args, { stdio: 'ignore' });
  return (100 * LOOKS * (childrenUs() - began)) / PEER_RUNS / 1e6;
}

/** µs of processor time of ended children, of proc_pid_stat(5): cutime and cstime in ticks of 10 ms. */
function childrenUs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}
