/** What the helper did to a path group on our behalf, and which groups it keeps off a leg now. */
import { legNameOf } from '../../topology/selectors.ts';
import type { Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { FrameOf } from '../../wire.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'steering',
  observe(frame, topology) {
    const { steering, gone } = topology.effect;
    const t = frame.data.t_us;
    return [
      ...(frame.type === 'steering' ? action(topology, frame.data) : []),
      ...steering.map(group => level(topology, group, t)),
      ...gone.steering.map(group => steered(group, t, 'absent')),
    ];
  },
};

function action(topology: Topology, data: FrameOf<'steering'>['data']): Observation[] {
  const { group, outcome, how, asked_us, before, after, reason, t_us: t } = data;
  // Of a snapshot: it was told when it was done.
  if (outcome === 'steering') return [];
  const from = nameOf(topology, data.from_ifindex);
  if (outcome === 'restored' || how === 'nexthops') {
    // Of these there is no other end to what was begun.
    if (outcome === 'steered' || outcome === 'undone') return [];
    const value = { outcome, leg: from, before, after, reason };
    return [{ probe: 'steering', aspect: 'restoring', subject: `group/${group}`, value, t }];
  }
  const to = data.to_ifindex === null ? null : nameOf(topology, data.to_ifindex);
  const value = { outcome, how, from, to, asked_us, before, after, reason };
  return [{ probe: 'steering', aspect: 'action', subject: `group/${group}`, value, t }];
}

function level(topology: Topology, group: string, t: Us): Observation {
  const entry = tableGet(topology.steered, group);
  if (entry === undefined) return steered(group, t, { legs: [] });
  if (entry.stale) return steered(group, t, 'unknown');
  return steered(group, entry.t, { legs: [nameOf(topology, entry.ifindex)] });
}

const nameOf = (topology: Topology, ifindex: number): string =>
  legNameOf(topology, ifindex) ?? `if${ifindex}`;

type Level = Extract<Observation, { aspect: 'steered' }>['value'];

const steered = (group: string, t: Us, value: Level): Observation => ({
  probe: 'steering',
  aspect: 'steered',
  subject: `group/${group}`,
  value,
  t,
});
