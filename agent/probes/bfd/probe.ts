/** Is a BFD session up? (RFC 5880) */
import { legNameOf } from '../../topology/selectors.ts';
import type { BfdEntry, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'bfd',
  observe(frame, topology) {
    const { bfd, gone } = topology.effect;
    const t = frame.data.t_us;
    return [
      ...bfd.flatMap(key => reading(topology, tableGet(topology.bfd, key), t)),
      ...gone.bfd.flatMap(entry => observation(topology, entry, t, 'absent')),
    ];
  },
};

function reading(topology: Topology, entry: BfdEntry | undefined, t: Us): Observation[] {
  if (entry === undefined) return [];
  if (entry.stale) return observation(topology, entry, t, 'unknown');
  return observation(topology, entry, entry.t, entry.state);
}

/** Nothing of a link that has no name yet (or no more). */
function observation(
  topology: Topology,
  entry: BfdEntry,
  t: Us,
  value: BfdEntry['state'] | 'unknown' | 'absent',
): Observation[] {
  const leg = legNameOf(topology, entry.ifindex);
  if (leg === null) return [];
  const { remote, remote_state, diagnostic, since_us, detect_us } = entry;
  return [
    {
      probe: 'bfd',
      aspect: 'bfd-session',
      subject: `bfd/${leg}/${remote}`,
      ...{ value, t, leg, remote, remote_state, diagnostic, since_us, detect_us },
    },
  ];
}
