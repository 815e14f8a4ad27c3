/** Storage connections. */
import type { Observation, Us } from '../../../../agent/types.ts';

export function flow(
  id: string,
  value: 'moving' | 'stalled' | 'slow' | 'unknown' | 'absent',
  t: Us,
  more: { group?: string | null; target?: string; leg?: string; since?: Us } = {},
): Observation {
  const leg = more.leg ?? 'a';
  return {
    probe: 'storage_flow',
    aspect: 'progress',
    subject: `flow/${id}`,
    value,
    t,
    since_us: more.since ?? t,
    srtt_us: 200,
    group: more.group === undefined ? 'g' : more.group,
    target: more.target ?? '10.0.0.2',
    role: 'client',
    leg_out: leg,
    leg_in: leg,
  };
}

/** A flow that leaves and comes by these legs; one name: both ways. */
export function by(
  id: string,
  value: Parameters<typeof flow>[1],
  t: Us,
  legs: string,
  more: Parameters<typeof flow>[3] = {},
): Observation {
  const [leg_out = '', leg_in = leg_out] = legs.split(' ');
  return { ...flow(id, value, t, more), leg_out, leg_in } as Observation;
}
