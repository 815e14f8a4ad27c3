/** Disks of this host: what they say of their health, what their medium fails, whether they are there, and their arrays. */
import { controllerOf, describeFru, diskFru } from '../../topology/fru.ts';
import { diskReading, healthOf, isDiskTool } from '../../topology/readings/disk.ts';
import type { Topology } from '../../topology/state.ts';
import { tableGet, tableValues } from '../../topology/table.ts';
import type { HardwareEntry } from '../../topology/told.ts';
import type { HwDiskObservation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { disks } from './disks.ts';
import { trouble } from './trouble.ts';

export const probe: Probe = {
  name: 'hw_disk',
  observe(frame, topology) {
    const t = frame.data.t_us;
    return [
      ...healths(topology, t),
      ...disks(frame, topology, t),
      ...arrays(topology, t),
      ...events(frame, topology),
    ];
  },
};

type Of<A> = Extract<HwDiskObservation, { aspect: A }>;

/** Of subjects of which a tool has told now, or tells no more. */
function healths(topology: Topology, t: Us): Of<'health'>[] {
  const { hardware, gone } = topology.effect;
  const touched = hardware.reading.flatMap(key => tableGet(topology.hardware.reading, key) ?? []);
  const left = gone.hardware.flatMap(one => (one.kind === 'reading' ? [one.entry] : []));
  const told = [...touched, ...left].filter(({ tool }) => isDiskTool(tool));
  const subjects = new Set(told.map(({ subject }) => subject));
  return [...subjects].flatMap(subject => health(topology, subject, told, t));
}

/** What another tool has said later, or said at all, stands. */
function health(
  topology: Topology,
  subject: string,
  told: readonly HardwareEntry<'reading'>[],
  t: Us,
): Of<'health'>[] {
  const reading = diskReading(topology, subject);
  if (reading !== null && !told.includes(reading)) return [];
  const make = (value: Of<'health'>['value'], at: Us): Of<'health'> => ({
    probe: 'hw_disk',
    aspect: 'health',
    subject: `disk/${subject}`,
    value,
    t: at,
    pci: pciOf(topology, subject),
    fru: describeFru(diskFru(topology, subject)),
  });
  if (reading === null) return [make('absent', t)];
  if (reading.stale) return [make('unknown', t)];
  const read = healthOf(reading);
  // A disk that sleeps is as it was.
  if (read.is === 'nothing') return [];
  return [read.is === 'value' ? make(read.value, reading.t) : make('unknown', reading.t)];
}

function arrays(topology: Topology, t: Us): Of<'array'>[] {
  const { hardware, gone } = topology.effect;
  const make = (array: string, value: Of<'array'>['value'], at: Us): Of<'array'> => ({
    probe: 'hw_disk',
    aspect: 'array',
    subject: `array/${array}`,
    value,
    t: at,
  });
  const left = gone.hardware.flatMap(one =>
    one.kind === 'md' ? [make(one.entry.array, 'absent', t)] : [],
  );
  const told = [...new Set(hardware.md)].flatMap(name => {
    const one = tableGet(topology.hardware.md, name);
    if (one === undefined) return [];
    return [one.stale ? make(name, 'unknown', t) : make(name, arrayOf(topology, one), one.t)];
  });
  return [...left, ...told];
}

function arrayOf(topology: Topology, told: HardwareEntry<'md'>): Of<'array'>['value'] {
  const { level, state, raid_disks, degraded, action } = told;
  const members = told.members.map(member => ({
    ...member,
    fru: describeFru(diskFru(topology, wholeOf(topology, member.disk))),
  }));
  return { level, state, raid_disks, degraded, action, members };
}

/** The disk that a partition is on. */
function wholeOf({ storage }: Topology, name: string): string {
  if (tableGet(storage.disk, name) !== undefined) return name;
  const nvme = /^(nvme\d+n\d+)p\d+$/.exec(name)?.[1];
  return nvme ?? name.replace(/\d+$/, '');
}

function events(frame: Frame, topology: Topology): HwDiskObservation[] {
  if (frame.type === 'scsi_error' && frame.data.kind === 'timeout') {
    const { count, t_us: t } = frame.data;
    const name = nameOf(topology, frame.data.device);
    const fru = describeFru(diskFru(topology, name));
    const subject = `disk/${name}` as const;
    return [{ probe: 'hw_disk', aspect: 'timeout', subject, value: { count }, t, fru }];
  }
  const found = trouble(frame);
  if (found === null) return [];
  const { value } = found;
  const disk = nameOf(topology, found.disk);
  const of = [...tableValues(topology.storage.disk)].some(one => one.disk === disk)
    ? disk
    : controllerOf(disk);
  const fru = describeFru(diskFru(topology, of));
  const t = frame.data.t_us;
  const pci = pciOf(topology, of);
  return [{ probe: 'hw_disk', aspect: 'trouble', subject: `disk/${of}`, value, t, pci, fru }];
}

/** Of a SCSI disk by its address; one that nobody has told of is known by that. */
const nameOf = ({ storage }: Topology, device: string): string =>
  [...tableValues(storage.disk)].find(one => one.scsi === device)?.disk ?? device;

/** Of a controller: that of one of its disks. */
function pciOf({ storage }: Topology, name: string): string | null {
  const own = tableGet(storage.disk, name);
  if (own !== undefined) return own.pci;
  const disks = [...tableValues(storage.disk)];
  return disks.find(one => one.pci !== null && controllerOf(one.disk) === name)?.pci ?? null;
}
