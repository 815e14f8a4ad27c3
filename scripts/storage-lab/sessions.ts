/** The storage connections of a lab, by the kernels' own account, and the legs that carry them. */
import { COMPUTE_ADDRESS, legOf, type Network, STORAGE_ADDRESS } from '../lab/network.ts';
import { inNetns, run } from '../lab/run.ts';

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

/** The compute host's leg by which most of them leave now, and how many. Throws when there is none. */
export async function busiestLeg(network: Network): Promise<{ leg: string; carries: number }> {
  const counts = new Map<string, number>();
  for (const ports of await connections(network)) {
    const leg = await legOf(network.compute, {
      source: COMPUTE_ADDRESS,
      target: STORAGE_ADDRESS,
      ...ports,
    });
    counts.set(leg, (counts.get(leg) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([, x], [, y]) => y - x);
  if (first === undefined) throw new Error('no storage connection');
  return { leg: first[0], carries: first[1] };
}
