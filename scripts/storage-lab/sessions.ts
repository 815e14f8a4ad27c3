/** The storage connections of a lab, by the kernels' own account, and the legs that carry them. */
import { COMPUTE_ADDRESS, legOf, type Network, STORAGE_ADDRESS } from '../lab/network.ts';
import { inNetns, run } from '../lab/run.ts';
import { sleep } from '../lab/wait.ts';

/** Ports on the compute host and on the storage host. */
export interface Connection {
  sport: number;
  dport: number;
}

/** The established connections from the compute host to the storage host's service address. */
export async function connections(network: Network): Promise<Connection[]> {
  const { stdout } = await run(
    inNetns(network.compute, ['ss', '-Htn', 'state', 'established', 'dst', STORAGE_ADDRESS]),
  );
  return [...stdout.matchAll(/:(\d+)\s+\S+:(\d+)\s*$/gm)].map(([, sport, dport]) => ({
    sport: Number(sport),
    dport: Number(dport),
  }));
}

/** So long is listened, to tell which leg carries most. */
const LISTEN_MS = 300;

/** Data segments that each connection has sent, by its ports. */
async function segmentsSent(network: Network): Promise<Map<string, number>> {
  const words = ['ss', '-HtniO', 'state', 'established', 'dst', STORAGE_ADDRESS];
  const { stdout } = await run(inNetns(network.compute, words));
  return new Map(
    stdout.split('\n').flatMap(line => {
      const [, sport, dport, rest = ''] =
        /^\s*\d+\s+\d+\s+\S+:(\d+)\s+\S+:(\d+)\s(.*)$/.exec(line) ?? [];
      const sent = / data_segs_out:(\d+)/.exec(rest)?.[1] ?? 0;
      return sport === undefined ? [] : [[`${sport} ${dport}`, Number(sent)]];
    }),
  );
}

/** The compute host's leg by which most data leave now. Throws when none do. */
export async function busiestLeg(network: Network): Promise<string> {
  const before = await segmentsSent(network);
  await sleep(LISTEN_MS);
  const carried = new Map<string, number>();
  for (const [ports, sent] of await segmentsSent(network)) {
    const [sport = 0, dport = 0] = ports.split(' ').map(Number);
    const ends = { source: COMPUTE_ADDRESS, target: STORAGE_ADDRESS, sport, dport };
    const leg = await legOf(network.compute, ends);
    carried.set(leg, (carried.get(leg) ?? 0) + sent - (before.get(ports) ?? 0));
  }
  const [[leg, segments] = ['', 0]] = [...carried].sort(([, x], [, y]) => y - x);
  if (segments === 0) throw new Error('no storage connection carries anything');
  return leg;
}
