/** Observations of sessions, disks and multipath devices as a person reads them. */
import type { Observation } from '../types.ts';

type Seen = Extract<Observation, { probe: 'storage_session' | 'block' | 'multipath' }>;

/** Null: nothing that a person would want to see pass. */
export function storageText(seen: Seen): string | null {
  const name = `${seen.probe}:${seen.subject.slice(seen.subject.indexOf('/') + 1)}`;
  if (seen.aspect === 'session') {
    const alone = seen.connected === false ? ', no connection' : '';
    return `${name} session=${seen.value} (${seen.state}${alone})`;
  }
  if (typeof seen.value === 'string') return `${name} ${seen.aspect}=${seen.value}`;
  if (seen.aspect === 'paths') {
    const paths = seen.value.paths.map(({ disk, state, access }) =>
      [disk, state, ...(access === null ? [] : [access])].join(' '),
    );
    return `${name} paths=${paths.join(', ') || 'none'}`;
  }
  // A disk without errors is told with each word on its requests.
  const { errors, last } = seen.value;
  return errors === 0 ? null : `${name} io-errors=${errors} (${last})`;
}
