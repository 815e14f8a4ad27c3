/**
 * PCI functions: their errors (AER), what their drivers think of their health, whether they are there, and which NICs and
 * disks sit behind which of them.
 */
import { describeFru, pciFru } from '../../topology/fru.ts';
import { pciClass } from '../../topology/pci_names.ts';
import type { LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet, tableSet, tableValues } from '../../topology/table.ts';
import type { DiskEntry, HardwareEntry } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { aerErrors } from './errors.ts';
import { functionOf, placeOf } from './place.ts';

type Of<A extends string> = Extract<Observation, { probe: 'hw_pci'; aspect: A }>;
type PciEntry = HardwareEntry<'pci_device'>;

export const probe: Probe = {
  name: 'hw_pci',
  // Places first: what is explained by an error, or by its removal, is found by them.
  observe(frame, topology) {
    return [
      ...places(topology, frame.data.t_us),
      ...presence(topology, frame),
      ...event(frame, topology),
    ];
  },
};

function event(frame: Frame, topology: Topology): Observation[] {
  if (frame.type === 'aer') return aer(frame.data, topology);
  return frame.type === 'device_health' ? health(frame.data, topology) : [];
}

function aer(data: FrameOf<'aer'>['data'], topology: Topology): Of<'error'>[] {
  const { device, severity, status, tlp_header, count, first_us, t_us: t } = data;
  const details = [
    ...whatItIs(tableGet(topology.hardware.pci_device, device)),
    ...(tlp_header === null ? [] : [`TLP header ${tlp_header}`]),
  ];
  const errors = aerErrors(severity, status);
  const [, ...above] = placeOf(topology, device);
  const fru = describeFru(pciFru(topology, device));
  const value = { severity, count, first_us, errors, details, fru, above };
  return [{ probe: 'hw_pci', aspect: 'error', subject: `pci/${device}`, t, value }];
}

/** Of a PCI function alone: other buses have no devlink that is watched. */
function health(data: FrameOf<'device_health'>['data'], topology: Topology): Of<'health'>[] {
  const { device, reporter, message, t_us: t } = data;
  if (!device.startsWith('pci/')) return [];
  const address = device.slice('pci/'.length);
  const details = [...whatItIs(tableGet(topology.hardware.pci_device, address))];
  const fru = describeFru(pciFru(topology, address));
  const [, ...above] = placeOf(topology, address);
  const value = { reporter, message, details, fru, above };
  return [{ probe: 'hw_pci', aspect: 'health', subject: `pci/${address}`, t, value }];
}

/** Its kind and its driver, in a line. */
function whatItIs(entry: PciEntry | undefined): string[] {
  if (entry === undefined) return [];
  const driver = entry.driver === null ? '' : `, driver ${entry.driver}`;
  return [`${pciClass(entry.class)}${driver}`];
}

// ---------------------------------------------------------------- presence

function presence(topology: Topology, frame: Frame): Of<'presence'>[] {
  const t = frame.data.t_us;
  const { effect, hardware } = topology;
  const gone = effect.gone.hardware.flatMap(one => {
    if (one.kind !== 'pci_device') return [];
    // What a snapshot alone does not name may have been gone before we looked.
    const value = frame.type === 'pci_device' ? 'removed' : 'absent';
    return [present(topology, one.entry, t, value)];
  });
  const here = [...new Set(effect.hardware.pci_device)].flatMap(key => {
    const entry = tableGet(hardware.pci_device, key);
    if (entry === undefined) return [];
    return [
      present(topology, entry, entry.stale ? t : entry.t, entry.stale ? 'unknown' : 'present'),
    ];
  });
  return [...gone, ...here];
}

function present(
  topology: Topology,
  entry: PciEntry,
  t: Us,
  value: Of<'presence'>['value'],
): Of<'presence'> {
  const { device, parent, physical } = entry;
  // Only of what is gone anybody asks for more.
  const away = value === 'removed';
  return {
    probe: 'hw_pci',
    aspect: 'presence',
    subject: `pci/${device}`,
    t,
    value,
    above: placeOf(topology, parent),
    virtual: physical !== null,
    details: away ? whatItIs(entry) : [],
    fru: away ? describeFru(pciFru(withIt(topology, entry), device)) : null,
  };
}

/** As it was before it went. */
function withIt(topology: Topology, entry: PciEntry): Topology {
  const pci_device = tableSet(topology.hardware.pci_device, entry.device, entry);
  return { ...topology, hardware: { ...topology.hardware, pci_device } };
}

// ---------------------------------------------------------------- places

/** Of links and disks that are new, and of those for which a function on their way is told anew. */
function places(topology: Topology, t: Us): Of<'place'>[] {
  const { effect, links, storage } = topology;
  const moved = new Set(effect.hardware.pci_device);
  const told = (own: string | null, isNew: boolean): string[] | null => {
    const place = placeOf(topology, own);
    return isNew || place.some(address => moved.has(address)) ? place : null;
  };
  const named = new Set([...effect.named, ...effect.joined]);
  const found: Of<'place'>[] = [];
  const add = (subject: Of<'place'>['subject'], value: string[] | null) => {
    if (value !== null) found.push({ probe: 'hw_pci', aspect: 'place', subject, t, value });
  };
  if (moved.size + named.size > 0) {
    for (const link of moved.size > 0 ? tableValues(links) : linksOf(topology, named)) {
      if (link.name === null) continue;
      add(`leg/${link.name}`, told(functionOf(topology, link), named.has(link.ifindex)));
    }
  }
  const fresh = new Set(effect.storage.disk);
  for (const disk of moved.size > 0 ? tableValues(storage.disk) : disksOf(topology, fresh)) {
    add(`disk/${disk.disk}`, told(disk.pci, fresh.has(disk.disk)));
  }
  return found;
}

const linksOf = ({ links }: Topology, ifindexes: ReadonlySet<number>): LinkEntry[] =>
  [...ifindexes].flatMap(ifindex => tableGet(links, ifindex) ?? []);

const disksOf = ({ storage }: Topology, names: ReadonlySet<string>): DiskEntry[] =>
  [...names].flatMap(name => tableGet(storage.disk, name) ?? []);
