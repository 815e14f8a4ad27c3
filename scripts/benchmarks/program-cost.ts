/**
 * What our BPF programs on the packets' way cost for each run, in ns: those of a drill's blackhole (BPF_PROG_TEST_RUN, on
 * both sides of a leg) and those of a trace (accounted for by the kernel under iSCSI traffic, which adds some 20 ns). The
 * peer is the time that one full packet has at 10 Gbit/s.
 */
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { run } from '../lab/run.ts';
import { GROUP, Site } from '../lab/site.ts';
import { until } from '../lab/wait.ts';
import { type Result, result } from './figures.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/bpfcost');
const IN_DRILL = ['pw_guard_in', 'pw_guard_out'];
const IN_TRACE = ['trace_transmit', 'trace_receive'];
const MEASURED_MS = 3000;
const PEER = { name: 'a packet of 1,500 bytes at 10 Gbit/s', values: [1200] };

/** ns a run by program; of a name that is loaded more than once, each. */
async function costs(ms: number, names: readonly string[]): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const { stdout } = await run([TOOL, String(ms), ...names]);
  for (const line of stdout.trim().split('\n')) {
    const [name = '', , , ns] = line.split(' ');
    if (ns !== undefined) found.set(name, [...(found.get(name) ?? []), Number(ns)]);
  }
  return found;
}

export async function programCost(): Promise<Result[]> {
  const site = await Site.open({ rate: 1000, hosts: ['compute'] });
  try {
    return [...(await inTrace(site)), ...(await inDrill(site))].map(([name, values]) =>
      result(`program_cost_${name}`, 'ns a packet', values, PEER),
    );
  } finally {
    await site.close();
  }
}

async function inTrace(site: Site): Promise<Map<string, number[]>> {
  const peer = connect(site.compute.helperSocket);
  for (const request of [
    { type: 'attach', data: { cursor: null } },
    { type: 'trace', data: { for_ms: 2 * MEASURED_MS } },
  ])
    peer.write(`${JSON.stringify(request)}\f`);
  peer.resume();
  const found = await until(
    'the programs of the trace',
    async () => {
      const seen = await costs(MEASURED_MS, IN_TRACE);
      return seen.size === IN_TRACE.length && seen;
    },
    4 * MEASURED_MS,
  );
  peer.destroy();
  return found;
}

async function inDrill(site: Site): Promise<Map<string, number[]>> {
  const file = join(site.lab.folder('reports'), 'cost.json');
  const drill = site.compute.cli([
    ...['drill', 'run', 'blackhole', '--group', GROUP, '--hold', '3s', '--wait', '60s'],
    ...['--json', file],
  ]);
  const found = await until(
    'the programs of the blackhole',
    async () => {
      const seen = await costs(1, IN_DRILL);
      return seen.size === IN_DRILL.length && seen;
    },
    60_000,
    50,
  );
  await drill;
  return found;
}
