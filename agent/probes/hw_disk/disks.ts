/** The disks of this host themselves: there or not, who uses them, and what their medium fails. */
import { controllerOf, describeFru, diskFru } from '../../topology/fru.ts';
import { diskReading, healthOf } from '../../topology/readings/disk.ts';
import type { Topology } from '../../topology/state.ts';
import { tableGet, tableValues } from '../../topology/table.ts';
import type { DiskEntry } from '../../topology/told.ts';
import type { HwDiskObservation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import { endsSnapshot } from '../probe.ts';

type Of<A> = Extract<HwDiskObservation, { aspect: A }>;

/** What sessions bring is the storage probes' subject. */
const isLocal = ({ kind, session, pci }: DiskEntry): boolean =>
  session === null && (kind === 'local' || pci !== null);

/** Users are read anew with each word on what uses disks. */
export function disks(frame: Frame, topology: Topology, t: Us): (Of<'disk'> | Of<'medium'>)[] {
  const { gone } = topology.effect;
  // What a snapshot of requests does not name has failed none: then the first one is news.
  const told = endsSnapshot(frame, 'block')
    ? [...tableValues(topology.storage.disk)]
    : touched(topology);
  return [
    ...gone.disks
      .filter(isLocal)
      .flatMap(one => [disk(topology, one, 'absent', t), medium(topology, one, 'absent', t)]),
    ...told.filter(isLocal).flatMap(one => readings(topology, one, t)),
  ];
}

/** Arrays are few, and which disk one of them has let go it does not say; mounts are many, and name theirs. */
function touched({ effect, storage, hardware }: Topology): DiskEntry[] {
  const { gone } = effect;
  const all = () => [...tableValues(storage.disk)];
  if (effect.hardware.md.length > 0 || gone.hardware.some(({ kind }) => kind === 'md'))
    return all();
  const read = effect.hardware.reading.map(key => key.slice(key.indexOf(' ') + 1));
  const own = [...effect.storage.disk, ...effect.storage.io];
  const mounts = [
    ...effect.hardware.mount.flatMap(point => tableGet(hardware.mount, point) ?? []),
    ...gone.hardware.flatMap(one => (one.kind === 'mount' ? [one.entry] : [])),
  ];
  const concerns = ({ disk: name }: DiskEntry): boolean =>
    mounts.some(({ source }) => isOn(name, source)) ||
    read.some(subject => subject === name || subject === controllerOf(name));
  const under = mounts.length + read.length === 0 ? [] : all().filter(concerns);
  const named = [...new Set(own)].flatMap(name => tableGet(storage.disk, name) ?? []);
  return [...new Set([...named, ...under])];
}

/** Is the device the disk or a partition of it? */
function isOn(disk: string, device: string): boolean {
  const name = device.startsWith('/dev/') ? device.slice('/dev/'.length) : device;
  return name.startsWith(disk) && /^p?\d*$/.test(name.slice(disk.length));
}

function readings(topology: Topology, one: DiskEntry, t: Us): (Of<'disk'> | Of<'medium'>)[] {
  const io = tableGet(topology.storage.io, one.disk);
  const seen = [disk(topology, one, one.stale ? 'unknown' : 'present', t)];
  if (one.stale || io?.stale) return [...seen, medium(topology, one, 'unknown', t)];
  const errors = io?.errors ?? (topology.known.io ? { medium: 0, medium_sector: null } : null);
  if (errors === null) return seen;
  const value = { errors: errors.medium, sector: errors.medium_sector };
  return [...seen, medium(topology, one, value, io?.t ?? t)];
}

const disk = (
  topology: Topology,
  { disk: name, pci }: DiskEntry,
  value: Of<'disk'>['value'],
  t: Us,
): Of<'disk'> => ({
  probe: 'hw_disk',
  aspect: 'disk',
  subject: `disk/${name}`,
  value,
  t,
  pci,
  users: usersOf(topology, name),
  physical: isPhysical(topology, name, pci),
  fru: describeFru(diskFru(topology, name)),
});

const medium = (
  topology: Topology,
  { disk: name }: DiskEntry,
  value: Of<'medium'>['value'],
  t: Us,
): Of<'medium'> => ({
  probe: 'hw_disk',
  aspect: 'medium',
  subject: `disk/${name}`,
  value,
  t,
  fru: describeFru(diskFru(topology, name)),
});

/** NVMe of PCIe, and what says how it is; a LUN of Fibre Channel comes and goes as it is lent. */
function isPhysical(topology: Topology, name: string, pci: string | null): boolean {
  if (name.startsWith('nvme')) return pci !== null;
  const reading = diskReading(topology, name);
  return reading !== null && healthOf(reading).is === 'value';
}

/** File systems and arrays on it or on its partitions, a map or what else is made of it above it; `I/O` while some of it stands still. */
function usersOf({ hardware, storage }: Topology, name: string): string[] {
  const mounts = [...tableValues(hardware.mount)]
    .filter(({ source }) => isOn(name, source))
    .map(({ point }) => `filesystem/${point}`);
  const arrays = [...tableValues(hardware.md)]
    .filter(({ members }) => members.some(one => isOn(name, one.disk)))
    .map(({ array }) => `array/${array}`);
  const { map = null, holders = [] } = tableGet(storage.disk, name) ?? {};
  const others = holders.filter(one => one !== map && !arrays.includes(`array/${one}`));
  const io = tableGet(storage.io, name)?.stall ?? null;
  return [
    ...mounts.sort(),
    ...arrays.sort(),
    ...(map === null ? [] : [`map/${map}`]),
    ...others.map(one => `device/${one}`),
    ...(io === null ? [] : ['I/O']),
  ];
}
