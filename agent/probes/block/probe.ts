/** Block devices that storage is behind: does the oldest request in flight get its answer, and do requests fail? */

import type { Topology } from '../../topology/state.ts';
import { tableEntries, tableGet } from '../../topology/table.ts';
import type { DiskEntry, IoEntry } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import { endsSnapshot, type Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'block',
  observe(frame, topology) {
    const { effect, storage } = topology;
    const t = frame.data.t_us;
    const touched = new Set([...effect.storage.disk, ...effect.storage.io]);
    // What it does not name has no errors: then the first one is news.
    if (endsSnapshot(frame, 'block'))
      for (const [name] of tableEntries(storage.disk)) touched.add(name);
    return [
      ...effect.gone.disks.flatMap(disk => [
        io(disk, null, t, 'absent'),
        errors(disk, t, 'absent'),
      ]),
      ...[...touched].flatMap(name => {
        const disk = tableGet(storage.disk, name);
        return disk === undefined ? [] : readings(topology, disk, t);
      }),
    ];
  },
};

type Io = Extract<Observation, { probe: 'block'; aspect: 'io' }>;
type Errors = Extract<Observation, { probe: 'block'; aspect: 'io-errors' }>;

/** Of a disk that is known; what was told of its requests before is read with its first frame. */
function readings({ storage, known }: Topology, disk: DiskEntry, t: Us): Observation[] {
  const told = tableGet(storage.io, disk.disk) ?? null;
  if (disk.stale || told?.stale) {
    return [io(disk, told, t, 'unknown'), errors(disk, t, 'unknown')];
  }
  const seen: Observation[] = [];
  if (told !== null) seen.push(io(disk, told, told.t, told.stall === null ? 'moving' : 'stalled'));
  else if (known.io) seen.push(io(disk, null, t, 'moving'));
  const failed = told?.errors ?? (known.io ? { errors: 0, last: '' } : null);
  if (failed !== null) {
    seen.push(errors(disk, told?.t ?? t, { errors: failed.errors, last: failed.last }));
  }
  return seen;
}

function io(disk: DiskEntry, told: IoEntry | null, t: Us, value: Io['value']): Io {
  const { map, session } = disk;
  return {
    probe: 'block',
    aspect: 'io',
    subject: `disk/${disk.disk}`,
    value,
    t,
    since_us: told?.stall?.since_us ?? told?.moving_since ?? disk.t,
    in_flight: told?.stall?.in_flight ?? 0,
    map,
    session,
  };
}

const errors = ({ disk }: DiskEntry, t: Us, value: Errors['value']): Errors => ({
  probe: 'block',
  aspect: 'io-errors',
  subject: `disk/${disk}`,
  value,
  t,
});
