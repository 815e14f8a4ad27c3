/** What sources say of storage that is no connection: the kernel's sessions, block devices and their requests, multipath. */
import type { FrameOf } from '../wire.ts';
import { storageKinds } from './sources.ts';
import type { Topology } from './state.ts';
import { type Table, tableDelete, tableEntries, tableGet, tableMap, tableSet } from './table.ts';
import type { IoEntry, SessionEntry, Storage, StorageKind } from './told.ts';

type StorageFrame = FrameOf<
  'session' | 'disk' | 'io_stall' | 'io_resume' | 'io_errors' | 'multipath'
>;

const kindOf: Readonly<Record<StorageFrame['type'], StorageKind>> = {
  session: 'session',
  disk: 'disk',
  io_stall: 'io',
  io_resume: 'io',
  io_errors: 'io',
  multipath: 'map',
};

export const storageKindOf = (frame: StorageFrame): StorageKind => kindOf[frame.type];

/** What it is known by: the session's or the map's name, or the disk's. */
export function storageKey(frame: StorageFrame): string {
  if (frame.type === 'session') return frame.data.session;
  return frame.type === 'multipath' ? frame.data.map : frame.data.disk;
}

/** With what the frame says. */
export function takeStorage(topology: Topology, frame: StorageFrame): Topology {
  const kind = kindOf[frame.type];
  const key = storageKey(frame);
  if ('gone' in frame.data && frame.data.gone) return dropStorage(topology, kind, key);
  const table = tableSet(
    topology.storage[kind] as Table<string, unknown>,
    key,
    entryOf(topology, frame),
  );
  return touchStorage(withTable(topology, kind, table), kind, [key]);
}

function entryOf({ storage }: Topology, frame: StorageFrame): unknown {
  switch (frame.type) {
    case 'session': {
      const before = tableGet(storage.session, frame.data.session);
      const same =
        before?.remote === frame.data.remote && before.remote_port === frame.data.remote_port;
      const { group, connected } = before !== undefined && same ? before : newSession;
      return { ...told(frame.data), group, connected } satisfies SessionEntry;
    }
    case 'disk':
    case 'multipath':
      return told(frame.data as FrameOf<'disk' | 'multipath'>['data']);
    default:
      return ioEntry(tableGet(storage.io, frame.data.disk), frame);
  }
}

const newSession: Pick<SessionEntry, 'group' | 'connected'> = { group: null, connected: null };

function told<
  T extends { t_us: number; boot_id: string; epoch: number; seq: number; gone: boolean },
>(data: T) {
  const { boot_id: _b, epoch: _e, seq: _s, t_us: t, gone: _g, ...rest } = data;
  return { ...rest, t, stale: false };
}

function ioEntry(
  before: IoEntry | undefined,
  { type, data }: FrameOf<'io_stall' | 'io_resume' | 'io_errors'>,
): IoEntry {
  const { disk, t_us: t } = data;
  const entry = before ?? { disk, stall: null, moving_since: t, errors: null };
  switch (type) {
    case 'io_stall': {
      const { since_us, in_flight, operation } = data;
      return { ...entry, stall: { since_us, in_flight, operation }, t, stale: false };
    }
    case 'io_resume':
      return { ...entry, stall: null, moving_since: t, t, stale: false };
    case 'io_errors':
      return { ...entry, errors: errorsOf(data), t, stale: false };
  }
}

const errorsOf = ({
  errors,
  last,
  medium,
  medium_sector,
}: FrameOf<'io_errors'>['data']): IoEntry['errors'] => ({ errors, last, medium, medium_sector });

/** Without it; it goes to the effect. With a disk goes what was told of its requests. */
function dropStorage(topology: Topology, kind: StorageKind, key: string): Topology {
  const entry = tableGet(topology.storage[kind] as Table<string, unknown>, key);
  if (entry === undefined) return topology;
  const table = tableDelete(topology.storage[kind] as Table<string, unknown>, key);
  let next = withTable(topology, kind, table);
  if (kind === 'io') return next;
  if (kind === 'disk') next = dropStorage(next, 'io', key);
  const { effect } = next;
  const list = ({ session: 'sessions', disk: 'disks', map: 'maps' } as const)[kind];
  const gone = { ...effect.gone, [list]: [...effect.gone[list], entry] };
  return { ...next, effect: { ...effect, gone } };
}

/** A complete snapshot of this kind has named these. Of requests it names only the disks that stand still or had errors. */
export function removeUnnamedStorage(
  topology: Topology,
  kind: StorageKind,
  names: ReadonlySet<string | number>,
): Topology {
  if (kind === 'io') return moveUnnamed(topology, names);
  let next = topology;
  for (const [key] of tableEntries(topology.storage[kind] as Table<string, unknown>)) {
    if (!names.has(key)) next = dropStorage(next, kind, key);
  }
  return next;
}

function moveUnnamed(topology: Topology, names: ReadonlySet<string | number>): Topology {
  let { io } = topology.storage;
  for (const [disk, entry] of tableEntries(topology.storage.io)) {
    if (names.has(disk)) continue;
    const { t } = topology;
    const moving = entry.stall === null ? entry : { ...entry, stall: null, moving_since: t, t };
    io = tableSet(io, disk, { ...moving, stale: false });
  }
  return withTable(topology, 'io', io);
}

export function staleStorage(topology: Topology, kind: StorageKind, stale: boolean): Topology {
  const table = tableMap(topology.storage[kind] as Storage['disk'], one => ({ ...one, stale }));
  return withTable(topology, kind, table);
}

/** These are to be read again. */
export function touchStorage(
  topology: Topology,
  kind: StorageKind,
  keys: readonly string[],
): Topology {
  const { effect } = topology;
  const storage = { ...effect.storage, [kind]: [...effect.storage[kind], ...keys] };
  return { ...topology, effect: { ...effect, storage } };
}

export function touchAllStorage(topology: Topology, kinds: readonly StorageKind[]): Topology {
  let next = topology;
  for (const kind of storageKinds) {
    if (!kinds.includes(kind)) continue;
    const keys = [...tableEntries(topology.storage[kind] as Table<string, unknown>)];
    next = touchStorage(
      next,
      kind,
      keys.map(([key]) => key),
    );
  }
  return next;
}

const withTable = (topology: Topology, kind: StorageKind, table: unknown): Topology => ({
  ...topology,
  storage: { ...topology.storage, [kind]: table },
});
