/** Multipath devices (dm-multipath, NVMe native) and the state of each of their paths. */

import { tableGet } from '../../topology/table.ts';
import type { MapEntry } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'multipath',
  observe(frame, { effect, storage }) {
    const t = frame.data.t_us;
    return [
      ...effect.gone.maps.map(map => paths(map, t, 'absent')),
      ...effect.storage.map.flatMap(name => {
        const map = tableGet(storage.map, name);
        if (map === undefined) return [];
        return [map.stale ? paths(map, t, 'unknown') : paths(map, map.t, { paths: map.paths })];
      }),
    ];
  },
};

type Paths = Extract<Observation, { probe: 'multipath' }>;

const paths = ({ map, kind, name }: MapEntry, t: Us, value: Paths['value']): Paths => ({
  probe: 'multipath',
  aspect: 'paths',
  subject: `map/${map}`,
  driver: kind,
  name,
  value,
  t,
});
