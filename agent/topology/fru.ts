/**
 * Which part has to be replaced, by what the firmware (SMBIOS), the management controller and the parts themselves say.
 * Null: nobody knows. What could be one of several is none of them.
 */
import type { Fru } from '../types.ts';
import { readingKey } from './hardware.ts';
import { pciVendor } from './pci_names.ts';
import { ipmiUnits } from './readings/ipmi_fru.ts';
import { smartIdentity } from './readings/smart_identity.ts';
import { type SmbiosDimm, smbiosOf } from './smbios/index.ts';
import type { Topology } from './state.ts';
import { tableGet, tableValues } from './table.ts';

/** Ports between a function and its root: more is a loop. */
const DEPTH_MAX = 16;

/** `slot DIMM_A1, Samsung M393A4K40BB1, serial 1234`; null: there is nothing to say. */
export function describeFru(fru: Fru | null): string | null {
  if (fru === null) return null;
  const { slot, vendor, part, serial } = fru;
  const named = part !== null && vendor !== null && part.toLowerCase().startsWith(first(vendor));
  const what = [named ? null : vendor, part].filter(one => one !== null).join(' ');
  const words = [slot && `slot ${slot}`, what, serial && `serial ${serial}`].filter(Boolean);
  return words.length === 0 ? null : words.join(', ');
}

const first = (vendor: string): string => vendor.toLowerCase().split(' ')[0]!;

// ---------------------------------------------------------------- memory

/** By the label that a memory controller's driver gives the DIMM, or that firmware puts into a record. */
export function dimmFru(topology: Topology, label: string): Fru | null {
  const dimm = dimmOf(topology, label);
  if (dimm !== null) return dimm.fru;
  const known = [...tableValues(topology.hardware.edac)].some(({ dimms }) =>
    dimms.some(one => one.label === label),
  );
  return known ? { slot: label, vendor: null, part: null, serial: null } : null;
}

/** The SMBIOS memory device that the label means: as it stands, else but for case and punctuation. */
export function dimmOf(topology: Topology, label: string): SmbiosDimm | null {
  const { dimms } = smbiosOf(topology);
  for (const form of [(text: string) => text, plain]) {
    const wanted = form(label.trim());
    const found = dimms.filter(dimm => wanted !== '' && labelsOf(dimm).map(form).includes(wanted));
    if (found.length === 1) return found[0]!;
  }
  return null;
}

/** The drivers that know (ghes_edac, i10nm with a table) join the bank's locator and the device's. */
function labelsOf({ fru: { slot }, bank }: SmbiosDimm): string[] {
  if (slot === null) return [];
  return bank === null ? [slot] : [slot, `${bank} ${slot}`, `${slot} ${bank}`];
}

const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '');

// ---------------------------------------------------------------- processors

/** Physical packages are numbered as firmware lists its sockets, the empty ones included. */
export function cpuFru(topology: Topology, socket: number): Fru | null {
  const one = smbiosOf(topology).processors[socket];
  return one?.populated ? one.fru : null;
}

// ---------------------------------------------------------------- PCI

/** A function has no serial number of its own; a disk controller has its disk's. */
export function pciFru(topology: Topology, address: string): Fru | null {
  const device = tableGet(topology.hardware.pci_device, address);
  const slot = slotOf(topology, address);
  const disk = identityBehind(topology, address);
  if (disk !== null) return { ...disk, slot };
  if (device === undefined) return slot === null ? null : { slot, ...unnamed };
  const { vendor, product } = device;
  const hex = (number: number) => number.toString(16).padStart(4, '0');
  return { slot, vendor: pciVendor(vendor), part: `${hex(vendor)}:${hex(product)}`, serial: null };
}

const unnamed = { vendor: null, part: null, serial: null };

/** Its physical slot, as the board's labels have it before the kernel's; of the nearest port above that has one. */
export function slotOf(topology: Topology, address: string): string | null {
  const { slots } = smbiosOf(topology);
  for (const at of ancestry(topology, address)) {
    const here = slots.filter(one => deviceOf(one.address) === deviceOf(at));
    const exact = here.filter(one => one.address === at);
    const [slot, ...others] = exact.length > 0 ? exact : here;
    if (slot !== undefined && others.length === 0) return slot.name;
    const named = tableGet(topology.hardware.pci_device, at)?.slot;
    if (named != null) return named;
  }
  return null;
}

/** The function and the ports above it, the nearest first. */
export function ancestry(topology: Topology, address: string): string[] {
  const chain: string[] = [];
  let at: string | null = address;
  while (at !== null && chain.length < DEPTH_MAX) {
    chain.push(at);
    at = tableGet(topology.hardware.pci_device, at)?.parent ?? null;
  }
  return chain;
}

const deviceOf = (address: string): string => address.replace(/\.[0-7]$/, '');

/** Of the one disk behind a function of its own; a host adapter has many. */
function identityBehind(topology: Topology, address: string): Omit<Fru, 'slot'> | null {
  const controllers = [...tableValues(topology.storage.disk)]
    .filter(one => one.pci === address)
    .map(one => controllerOf(one.disk));
  const [controller, ...others] = new Set(controllers);
  if (controller === undefined || others.length > 0 || !controller.startsWith('nvme')) return null;
  return identityOf(topology, controller);
}

// ---------------------------------------------------------------- disks

/** By the name of the block device (`sda`, `nvme0n1`) or of the controller (`nvme0`). */
export function diskFru(topology: Topology, name: string): Fru | null {
  const controller = controllerOf(name);
  const identity = identityOf(topology, name) ?? identityOf(topology, controller);
  const disk = [...tableValues(topology.storage.disk)].find(
    one => one.disk === name || controllerOf(one.disk) === controller,
  );
  const slot = disk?.pci == null ? null : slotOf(topology, disk.pci);
  if (identity !== null) return { slot, ...identity };
  return slot === null ? null : { slot, ...unnamed };
}

/** `nvme0n1` → `nvme0`, `nvme0c0n1` → `nvme0`; else the name itself. */
export const controllerOf = (disk: string): string => /^nvme\d+/.exec(disk)?.[0] ?? disk;

function identityOf(topology: Topology, subject: string): Omit<Fru, 'slot'> | null {
  const reading = tableGet(topology.hardware.reading, readingKey('smartctl', subject));
  if (reading === undefined) return null;
  const known = identities.get(reading);
  if (known !== undefined) return known;
  const read = smartIdentity(reading.output);
  const made = read && { vendor: read.vendor, part: read.model, serial: read.serial };
  identities.set(reading, made);
  return made;
}
const identities = new WeakMap<object, Omit<Fru, 'slot'> | null>();

// ---------------------------------------------------------------- power supplies

/** By its name: the kernel's (`AC0`), or the management controller's (`PSU1`, `PS1 Status`). */
export function supplyFru(topology: Topology, name: string): Fru | null {
  const known = tableGet(topology.hardware.power_supply, name);
  if (known?.model != null || known?.serial != null) {
    return { slot: name, vendor: null, part: known.model, serial: known.serial };
  }
  const told = tableGet(topology.hardware.reading, readingKey('ipmi-fru', 'bmc'));
  const units = told === undefined ? [] : ipmiUnits(told.output);
  const supplies = smbiosOf(topology).supplies;
  return (
    only(units, unit => [unit.name], name) ??
    only(
      supplies.map(({ fru, name: device }) => ({ ...fru, device })),
      ({ slot, device }) => [slot, device],
      name,
    )
  );
}

/** The one that has this name, else the one of the same number; null: none, or several. */
function only<T extends Fru>(
  units: readonly T[],
  namesOf: (unit: T) => (string | null)[],
  name: string,
): Fru | null {
  for (const form of [plain, numberOf]) {
    const wanted = form(name);
    if (wanted === null) continue;
    const found = units.filter(unit =>
      namesOf(unit).some(one => one !== null && form(one) === wanted),
    );
    if (found.length !== 1) continue;
    const { slot, vendor, part, serial } = found[0]!;
    return { slot, vendor, part, serial };
  }
  return null;
}

/** `PS1 Status`, `PSU 1`, `Pwr Supply 1`, `Power Supply 1` → 1. */
const numberOf = (name: string): string | null =>
  /^(?:PSU?|P(?:OWER|WR) ?SUPPLY)[ _#-]*(\d+)\b/i.exec(name)?.[1] ?? null;
