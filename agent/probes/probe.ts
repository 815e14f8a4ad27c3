import type { Topology } from '../topology/state.ts';
import type { Observation } from '../types.ts';
import type { Frame } from '../wire.ts';

/**
 * Says what a frame means: readings of its own subjects, as levels. Pure: the topology is that after the frame, and all
 * that a probe remembers is in it. After a loss its subjects are `unknown`, and what a complete snapshot did not name
 * is `absent`. The folder's name is the probe's, and its probe.ts exports it as `probe`.
 */
export interface Probe {
  name: Observation['probe'];
  observe(frame: Frame, topology: Topology): Observation[];
}

/** Has this source now named all that it knows of? */
export const endsSnapshot = ({ type, data }: Frame, source: string): boolean =>
  type === 'snapshot' && data.phase === 'end' && data.complete && data.source === source;
