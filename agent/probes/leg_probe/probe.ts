/** Does the other end of a leg answer what the helper asks by that leg alone? (ICMP echo, ARP, neighbour solicitation) */
import { legNameOf } from '../../topology/selectors.ts';
import type { ProbeEntry, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'leg_probe',
  observe(frame, topology) {
    const { probes, gone } = topology.effect;
    const t = frame.data.t_us;
    return [
      ...probes.flatMap(ifindex => reading(topology, tableGet(topology.probes, ifindex), t)),
      ...gone.probes.flatMap(entry => observation(topology, entry, t, 'absent')),
    ];
  },
};

function reading(topology: Topology, entry: ProbeEntry | undefined, t: Us): Observation[] {
  if (entry === undefined) return [];
  if (entry.stale) return observation(topology, entry, t, 'unknown');
  return observation(topology, entry, entry.t, entry.answering ? 'yes' : 'no');
}

/** Nothing of a link that has no name yet (or no more). */
function observation(
  topology: Topology,
  entry: ProbeEntry,
  t: Us,
  value: 'yes' | 'no' | 'unknown' | 'absent',
): Observation[] {
  const name = legNameOf(topology, entry.ifindex);
  if (name === null) return [];
  const uncertainty_us = topology.options.leg_probes.interval_ms * 1000;
  const { target, method, since: since_us } = entry;
  return [
    {
      probe: 'leg_probe',
      aspect: 'answering',
      subject: `leg/${name}`,
      value,
      t,
      since_us,
      uncertainty_us,
      target,
      method,
    },
  ];
}
