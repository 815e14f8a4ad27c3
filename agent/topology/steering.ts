/** Groups that the helper has steered, as it last said. */
import type { FrameOf } from '../wire.ts';
import type { Topology } from './state.ts';
import { tableDelete, tableSet } from './table.ts';

/** What a `steering` frame says: a refusal, a failure, or what was put back, leaves things as they are. */
export function takeSteering(topology: Topology, data: FrameOf<'steering'>['data']): Topology {
  const { group, outcome, from_ifindex: ifindex, t_us: t, lasts } = data;
  const isSteered = outcome === 'steering' || (outcome === 'steered' && lasts);
  if (isSteered) {
    const entry = { group, ifindex, t, stale: false };
    return touchSteering({ ...topology, steered: tableSet(topology.steered, group, entry) }, group);
  }
  if (outcome !== 'undone') return topology;
  return touchSteering({ ...topology, steered: tableDelete(topology.steered, group) }, group);
}

/** A complete snapshot did not name it; it goes to the effect. */
export function dropSteering(topology: Topology, group: string): Topology {
  const { gone } = topology.effect;
  const effect = { ...topology.effect, gone: { ...gone, steering: [...gone.steering, group] } };
  return { ...topology, steered: tableDelete(topology.steered, group), effect };
}

function touchSteering(topology: Topology, group: string): Topology {
  const effect = { ...topology.effect, steering: [...topology.effect.steering, group] };
  return { ...topology, effect };
}
