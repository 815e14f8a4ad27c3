/** Memory, and the CPU of doing nothing, with 64 NICs and 100 storage connections; BPF timers are counted by themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lab/run.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { helperFrames, ipMonitor, onStage, type Stage } from './stage.ts';

const NICS = 64;
const FLOWS = 100;
const SAMPLES = 5;
const SAMPLE_MS = 4000;

async function plant({ lab, host }: Stage): Promise<void> {
  const far = lab.network.storage;
  const pairs = Array.from({ length: NICS }, (_, i) => i);
  await run(['ip', '-n', host.netns, '-batch', '-'], {
    input: [
      ...pairs.map(i => `link add v${i} type veth peer name w${i} netns ${far}`),
      ...pairs.map(i => `address add 10.80.${i}.1/30 dev v${i}`),
      ...pairs.map(i => `link set v${i} up`),
      '',
    ].join('\n'),
  });
  await run(['ip', '-n', far, '-batch', '-'], {
    input: pairs.map(i => `address add 10.80.${i}.2/30 dev w${i}\nlink set w${i} up\n`).join(''),
  });
  const script = (name: string) => join(import.meta.dirname, name);
  await lab.processes.start('sink', [process.execPath, script('sink.ts'), '10.77.9.2', '3260'], {
    netns: far,
  });
  await sleep(500);
  await lab.processes.start(
    'source',
    [process.execPath, script('source.ts'), '10.77.9.2', '3260', String(FLOWS)],
    { netns: host.netns },
  );
  await sleep(500);
}

/** µs of user and system time that the process has used. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000; // USER_HZ is 100
}

function rssMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

export async function footprint(): Promise<Result[]> {
  return await onStage({}, plant, async ({ lab, host }) => {
    await ipMonitor(lab, host.netns);
    const monitor = lab.processes.running.find(p => p.name === 'ip-monitor');
    const { helper, agent } = host;
    if (!helper || !agent || !monitor) throw new Error('something did not start');
    await until(
      'the agent to know every flow',
      async () => (await host.ask('status', {})).flows.length >= FLOWS,
    );
    let bpfUs = 0;
    const stopListening = helperFrames(host, ({ type, data }) => {
      if (type === 'heartbeat') bpfUs = Number(data.bpf_us);
    });
    await sleep(5000); // the start is over
    const helperRss: number[] = [];
    const agentRss: number[] = [];
    const monitorRss: number[] = [];
    const cpu: number[] = [];
    const monitorCpu: number[] = [];
    const used = () => cpuUs(helper.pid) + cpuUs(agent.pid) + bpfUs;
    for (let i = 0; i < SAMPLES; i++) {
      const before = { t: nowUs(), used: used(), monitor: cpuUs(monitor.pid) };
      await sleep(SAMPLE_MS);
      const wall = nowUs() - before.t;
      cpu.push((100 * (used() - before.used)) / wall);
      monitorCpu.push((100 * (cpuUs(monitor.pid) - before.monitor)) / wall);
      helperRss.push(rssMb(helper.pid));
      agentRss.push(rssMb(agent.pid));
      monitorRss.push(rssMb(monitor.pid));
    }
    stopListening();
    const name = 'ip monitor';
    return [
      result('footprint_helper_rss', 'MB', helperRss, { name, values: monitorRss }),
      result('footprint_agent_rss', 'MB', agentRss, { name, values: monitorRss }),
      result('footprint_idle_cpu', '% of a core', cpu, { name, values: monitorCpu }),
    ];
  });
}
