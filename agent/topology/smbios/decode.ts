/** What the structures of SMBIOS say of parts that can be replaced (DMTF DSP0134 3.7, 7). */
import type { Fru } from '../../types.ts';
import { type Structure, structuresOf } from './structures.ts';

export interface Smbios {
  firmware: { vendor: string | null; version: string | null; date: string | null } | null;
  system: Fru | null;
  board: Fru | null;
  chassis: Fru | null;
  /** Sockets in the order of the table, the empty ones, too. */
  processors: SmbiosProcessor[];
  /** Slots for memory that hold a module. */
  dimms: SmbiosDimm[];
  slots: SmbiosSlot[];
  supplies: SmbiosSupply[];
  /** How main memory is protected against errors; null: it is not told. */
  ecc: 'none' | 'parity' | 'single-bit' | 'multi-bit' | 'crc' | null;
}

export interface SmbiosProcessor {
  fru: Fru;
  populated: boolean;
  cores: number | null;
  threads: number | null;
}

export interface SmbiosDimm {
  fru: Fru;
  /** Bank locator: the channel, the node, or what else the vendor found useful. */
  bank: string | null;
  size_mib: number | null;
  /** DDR4, DDR5…; null: another one. */
  kind: string | null;
  /** As configured, MT/s. */
  speed: number | null;
}

export interface SmbiosSlot {
  name: string;
  /** Of what is in it, `0000:03:00.0`. */
  address: string;
  /** Soldered onto the board. */
  onboard: boolean;
}

export interface SmbiosSupply {
  fru: Fru;
  /** Device name. */
  name: string | null;
  watts: number | null;
}

/** Never throws: what cannot be right is left out. */
export function decodeSmbios(table: Uint8Array): Smbios {
  const all = structuresOf(table);
  const of = (type: number) => all.filter(one => one.type === type);
  const bios = of(0)[0];
  return {
    firmware: bios
      ? { vendor: bios.text(0x04), version: bios.text(0x05), date: bios.text(0x08) }
      : null,
    system: unit(of(1)[0], null, 0x04, 0x05, 0x07),
    board: unit(of(2)[0], null, 0x04, 0x05, 0x07),
    chassis: unit(of(3)[0], null, 0x04, null, 0x07),
    processors: of(4).flatMap(processor),
    dimms: of(17).flatMap(dimm),
    slots: [...of(9).flatMap(slot), ...of(41).flatMap(onboard)],
    supplies: of(39).flatMap(supply),
    ecc:
      ECC[
        of(16)
          .find(one => one.byte(0x05) === SYSTEM_MEMORY)
          ?.byte(0x06) ?? 0
      ] ?? null,
  };
}

/** Type 16: use, and error correction. */
const SYSTEM_MEMORY = 3;
const ECC: Readonly<Record<number, Exclude<Smbios['ecc'], null>>> = {
  3: 'none',
  4: 'parity',
  5: 'single-bit',
  6: 'multi-bit',
  7: 'crc',
};

function unit(
  from: Structure | undefined,
  slot: number | null,
  vendor: number,
  part: number | null,
  serial: number,
): Fru | null {
  if (from === undefined) return null;
  const at = (offset: number | null) => (offset === null ? null : from.text(offset));
  return { slot: at(slot), vendor: at(vendor), part: at(part), serial: at(serial) };
}

const CENTRAL = 3;
const POPULATED = 0x40;

function processor(from: Structure): SmbiosProcessor[] {
  if (from.byte(0x05) !== CENTRAL) return [];
  const fru = unit(from, 0x04, 0x07, 0x10, 0x20)!;
  const populated = ((from.byte(0x18) ?? 0) & POPULATED) !== 0;
  return [{ fru, populated, cores: number(from, 0x23, 0x2a), threads: number(from, 0x25, 0x2e) }];
}

/** A byte, and a word for what does not fit: 0xff says so. 0 is unknown. */
function number(from: Structure, short: number, long: number): number | null {
  const value = from.byte(short);
  return (value === 0xff ? (from.word(long) ?? value) : value) || null;
}

/** Table 79, memory device types. */
const MEMORY: Readonly<Record<number, string>> = {
  18: 'DDR',
  19: 'DDR2',
  24: 'DDR3',
  26: 'DDR4',
  27: 'LPDDR',
  28: 'LPDDR2',
  29: 'LPDDR3',
  30: 'LPDDR4',
  31: 'NVDIMM',
  32: 'HBM',
  33: 'HBM2',
  34: 'DDR5',
  35: 'LPDDR5',
  36: 'HBM3',
};

function dimm(from: Structure): SmbiosDimm[] {
  const size = from.word(0x0c);
  if (size === null || size === 0) return [];
  const speed = from.word(0x20) || from.word(0x15) || null;
  return [
    {
      fru: unit(from, 0x10, 0x17, 0x1a, 0x18)!,
      bank: from.text(0x11),
      size_mib: sizeOf(from, size),
      kind: MEMORY[from.byte(0x12) ?? 0] ?? null,
      speed: speed === 0xffff ? null : speed,
    },
  ];
}

function sizeOf(from: Structure, size: number): number | null {
  if (size === 0xffff) return null;
  // Too much for the word; bit 31 is reserved.
  if (size === 0x7fff) return (from.dword(0x1c) ?? 0) & 0x7fffffff || null;
  return size & 0x8000 ? Math.round((size & 0x7fff) / 1024) : size;
}

function slot(from: Structure): SmbiosSlot[] {
  return placed(from.text(0x04), from.word(0x0d), from.byte(0x0f), from.byte(0x10), false);
}

/** Type 41, onboard devices extended. */
function onboard(from: Structure): SmbiosSlot[] {
  return placed(from.text(0x04), from.word(0x07), from.byte(0x09), from.byte(0x0a), true);
}

function placed(
  name: string | null,
  segment: number | null,
  bus: number | null,
  devfn: number | null,
  onboard: boolean,
): SmbiosSlot[] {
  if (name === null || segment === null || bus === null || devfn === null) return [];
  // It is not on a bus, or empty.
  if (segment === 0xffff || (bus === 0xff && devfn === 0xff)) return [];
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const address = `${hex(segment, 4)}:${hex(bus, 2)}:${hex(devfn >> 3, 2)}.${devfn & 7}`;
  return [{ name, address, onboard }];
}

const PRESENT = 0x02;

function supply(from: Structure): SmbiosSupply[] {
  if (((from.word(0x0e) ?? PRESENT) & PRESENT) === 0) return [];
  const watts = from.word(0x0c);
  return [
    {
      fru: unit(from, 0x05, 0x07, 0x0a, 0x08)!,
      name: from.text(0x06),
      watts: watts === 0x8000 ? null : watts || null,
    },
  ];
}
