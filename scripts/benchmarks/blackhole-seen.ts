/**
 * A flow goes into a blackhole, one that is constant (a message each millisecond) and one of requests and answers (a
 * hundred a second, so that one packet is in flight): how long past the threshold until the agent has seen the stall, from the first byte that nobody acknowledges (the helper's since_us, which is the kernel's own time). The
 * peer is what the kernel's TCP says: its first retransmission timeout (TcpExtTCPTimeouts), polled each millisecond.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectControl } from '../../agent/control/client.ts';
import type { ReportFile } from '../../agent/drills/report.ts';
import { GROUP } from '../lab/site.ts';
import { startTalk } from '../lab/talk.ts';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';
import { helperFrames, Lines, onStage, type Stage } from './stage.ts';

const TRIALS = 8;
/** The agent's default (config/schema.ts). */
const THRESHOLD_MS = 50;
/** A second. */
const REQUESTS = 100;

type Kind = 'constant' | 'request_response';

/** Processes by which it is known that the traffic flows. */
const SENDERS: Readonly<Record<Kind, string>> = {
  constant: 'source',
  request_response: 'talk-ask',
};

/** A server on the storage host that reads, a client on the compute host that writes 64 bytes each millisecond. */
async function startFlow({ lab }: Stage, kind: Kind): Promise<void> {
  if (kind === 'request_response') {
    await startTalk(lab.processes, lab.network, REQUESTS);
    return;
  }
  const script = (name: string) => join(import.meta.dirname, name);
  await lab.processes.start('sink', [process.execPath, script('sink.ts'), '10.77.9.2', '3260'], {
    netns: lab.network.storage,
  });
  await sleep(300);
  await lab.processes.start(
    'source',
    [process.execPath, script('source.ts'), '10.77.9.2', '3260'],
    {
      netns: lab.network.compute,
    },
  );
}

/** µs of CLOCK_MONOTONIC at which TCPTimeouts of the process's namespace was first seen to rise. */
function rises(pid: number): { stop(): number[] } {
  const seen: number[] = [];
  let last = tcpTimeouts(pid);
  const timer = setInterval(() => {
    const now = tcpTimeouts(pid);
    if (now > last) seen.push(nowUs());
    last = now;
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return seen;
    },
  };
}

function tcpTimeouts(pid: number): number {
  const [names, values] = readFileSync(`/proc/${pid}/net/netstat`, 'utf8').split('\n', 2);
  const at = names?.split(' ').indexOf('TCPTimeouts') ?? -1;
  return Number(values?.split(' ')[at]);
}

export async function blackholeSeen(): Promise<Result[]> {
  return [...(await seen('constant')), ...(await seen('request_response'))];
}

async function seen(kind: Kind): Promise<Result[]> {
  return await onStage(
    {},
    stage => startFlow(stage, kind),
    async ({ lab, host }) => {
      const lines = new Lines();
      const client = await connectControl(host.viewSocket);
      await client.follow(['observations'], event => {
        if (event.topic === 'observations') lines.add(event.text);
      });
      const stalls: { since_us: number; t_us: number }[] = [];
      const stop = helperFrames(host, ({ type, data }) => {
        if (type === 'flow_stall' && data.reason === 'unacked')
          stalls.push({ since_us: Number(data.since_us), t_us: Number(data.t_us) });
      });
      const ours: number[] = [];
      const peer: number[] = [];
      const source = lab.processes.running.find(p => p.name === SENDERS[kind]);
      if (!source) throw new Error('the flow did not start');
      for (let i = 0; i < TRIALS; i++) {
        const file = join(lab.folder('reports'), `${i}.json`);
        const watch = rises(source.pid);
        const { stderr } = await host.cli([
          ...['drill', 'run', 'blackhole', '--group', GROUP, '--hold', '600ms', '--wait', '60s'],
          ...['--json', file],
        ]);
        const timeouts = watch.stop();
        const report = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
        const cut = report.drills[0]?.repeats[0]?.cut_us;
        if (cut == null) throw new Error(`the drill made no cut: ${stderr}`);
        const observed = lines.seen.find(
          l => l.t_us > cut && /^storage_flow:.*:3260 stalled/.test(l.text),
        );
        const timeout = timeouts.find(t => t > cut);
        const stall = stalls.find(one => one.t_us > cut);
        if (!observed || !stall) throw new Error('the stall was not seen');
        ours.push((observed.t_us - stall.since_us) / 1000 - THRESHOLD_MS);
        if (timeout !== undefined) peer.push((timeout - stall.since_us) / 1000 - THRESHOLD_MS);
        await until(
          'the alarms to clear',
          async () =>
            (await host.ask('alarms', { all: false })).every(a => a.type === 'spool-slow'),
          60_000,
          200,
        );
      }
      stop();
      client.close();
      return [
        result(`blackhole_seen_${kind}`, 'ms past the threshold of 50 ms', ours, {
          name: 'first TCP retransmission timeout',
          values: peer,
        }),
      ];
    },
  );
}
