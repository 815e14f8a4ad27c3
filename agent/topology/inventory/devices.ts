/** PCI functions that do something of their own, and disks. */
import { controllerOf, diskFru, pciFru } from '../fru.ts';
import { pciClass, pciVendor } from '../pci_names.ts';
import { diskReading, healthOf } from '../readings/disk.ts';
import type { Topology } from '../state.ts';
import { tableEntries, tableGet, tableValues } from '../table.ts';
import type { HardwareEntry } from '../told.ts';
import { facts, type Part } from './part.ts';

/** Base classes: storage, network, display, memory (CXL), processors, serial buses of their own, crypto, accelerators. */
const SHOWN_CLASSES: readonly number[] = [0x01, 0x02, 0x03, 0x0b, 0x10, 0x12];
const SHOWN_SUBCLASSES: readonly number[] = [0x0502, 0x0c04];

/** Bridges, what belongs to the chip set and virtual functions are no parts of their own. */
export function pciParts(topology: Topology): Part[] {
  return [...tableValues(topology.hardware.pci_device)]
    .filter(({ class: code, physical }) => {
      const [base, sub] = [code >> 16, code >> 8];
      return physical === null && (SHOWN_CLASSES.includes(base) || SHOWN_SUBCLASSES.includes(sub));
    })
    .map(one => pciPart(topology, one));
}

export function pciPart(topology: Topology, one: HardwareEntry<'pci_device'>): Part {
  const fru = pciFru(topology, one.device);
  const what = pciClass(one.class) ?? `class ${hex(one.class >> 8)}`;
  const id = `${hex(one.vendor)}:${hex(one.product)}`;
  return {
    id: `pci/${one.device}`,
    kind: 'pci',
    name: `${[pciVendor(one.vendor), what].filter(Boolean).join(' ')} ${id}`,
    fru,
    facts: facts(
      ['slot', fru?.slot],
      ['driver', one.driver],
      ['link', linkText(one)],
      ['used by', usersOf(topology, one.device).join(' ')],
    ),
    t: one.t,
    stale: one.stale,
  };
}

const hex = (number: number) => number.toString(16).padStart(4, '0');

/** `8 GT/s x4`; where it could be more, `2.5 of 8 GT/s x4 of 8`. */
function linkText(one: HardwareEntry<'pci_device'>): string | null {
  const { link_speed, link_width, max_link_speed, max_link_width } = one;
  if (link_speed === null || link_width === null) return null;
  const of = (now: number, most: number) => (now < most ? `${now} of ${most}` : `${now}`);
  const speed = Number.parseFloat(link_speed);
  const fastest = Number.parseFloat(max_link_speed ?? link_speed);
  return `${of(speed, fastest)} GT/s x${of(link_width, max_link_width ?? link_width)}`;
}

/** Interfaces and disks behind the function. */
function usersOf({ links, storage }: Topology, address: string): string[] {
  const nics = [...tableValues(links)].filter(one => one.pci === address).map(one => one.name);
  const disks = [...tableValues(storage.disk)].filter(one => one.pci === address);
  return [...nics.filter(name => name !== null), ...disks.map(one => one.disk)].sort();
}

/** Disks of this host, and what only a tool knows of. */
export function diskParts(topology: Topology): Part[] {
  const disks = [...tableValues(topology.storage.disk)].filter(one => one.kind === 'local');
  const known = new Set(disks.flatMap(one => [one.disk, controllerOf(one.disk)]));
  const others = [...tableEntries(topology.hardware.reading)]
    .map(([, reading]) => reading)
    .filter(({ tool, subject }) => tool === 'smartctl' && !known.has(subject));
  return [
    ...disks.map(one => diskPart(topology, one.disk, one)),
    ...others.map(one => diskPart(topology, one.subject, one)),
  ];
}

function diskPart(topology: Topology, name: string, told: { t: number; stale: boolean }): Part {
  const controller = controllerOf(name);
  const fru = diskFru(topology, name);
  const reading = diskReading(topology, name) ?? diskReading(topology, controller);
  const read = reading === null ? null : healthOf(reading);
  const health = read?.is === 'value' ? read.value : null;
  const io = tableGet(topology.storage.io, name);
  const counters = Object.entries(health?.counters ?? {}).filter(([, value]) => value > 0);
  return {
    id: `disk/${name}`,
    kind: 'disk',
    name: [fru?.vendor, fru?.part].filter(Boolean).join(' ') || 'disk',
    fru,
    facts: facts(
      ['slot', fru?.slot],
      ['temperature', health?.temperature == null ? null : `${health.temperature} °C`],
      ['used', health?.used == null ? null : `${health.used} %`],
      ['spare', health?.spare == null ? null : `${health.spare} %`],
      ['I/O errors', io?.errors?.errors || null],
      ['counters', counters.map(([counter, value]) => `${counter} ${value}`).join(', ')],
    ),
    t: Math.max(told.t, reading?.t ?? 0),
    stale: told.stale,
    also: [`disk/${controller}`, `sensor/${controller}/temperature`, `sensor/${name}/temperature`],
  };
}
