/** Sessions, disks and multipath devices as other rooms see them. Pure. */
import type { PathDisk, PathMap, PathSession } from '../types.ts';
import type { Topology } from './state.ts';
import { type Table, tableEntries, tableGet } from './table.ts';

/** By their ids. */
export function sessions({ storage }: Topology): PathSession[] {
  return sorted(storage.session).map(one => {
    const { session: id, protocol, target: name, remote, remote_port, group, connected } = one;
    const { state, usable, disks } = one;
    return { id, protocol, name, remote, remote_port, group, state, usable, connected, disks };
  });
}

/** By their names. */
export function disks({ storage }: Topology): PathDisk[] {
  return sorted(storage.disk).map(({ disk: name, kind, session, map }) => {
    const io = tableGet(storage.io, name);
    const stalled_since_us = io?.stall?.since_us ?? null;
    return { name, kind, session, map, stalled_since_us, errors: io?.errors?.errors ?? 0 };
  });
}

/** By their devices. */
export function maps({ storage }: Topology): PathMap[] {
  return sorted(storage.map).map(({ map: device, name, kind: driver, paths }) => {
    return { device, name, driver, paths };
  });
}

function sorted<V>(table: Table<string, V>): V[] {
  return [...tableEntries(table)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
