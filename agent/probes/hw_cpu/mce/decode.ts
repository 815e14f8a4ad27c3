/** What a machine check bank's registers say, vendor's model-specific tables aside: as much as holds for each x86 processor. */
import { bit, bits, register } from './bits.ts';
import { type MceUnit, readCode } from './code.ts';
import { classify, isAmd, type MceClass, meaning, STATUS } from './severity.ts';

/** As the frame `mce` has them. */
export interface MceRegisters {
  vendor: number;
  bank: number;
  status: string;
  address: string;
  misc: string;
  mcg_status: string;
  mcg_cap: string;
  synd: string;
  ipid: string;
}

export interface Mce {
  class: MceClass;
  unit: MceUnit;
  /** It is memory that is to blame: its address is that of the bad data. */
  memory: boolean;
  /** Errors that the bank has corrected: 1 when it does not count. */
  corrected_count: number;
  /** Physical address; null: not valid, or another kind of address. */
  address: bigint | null;
  /** For people, the most important first. */
  details: string[];
}

/** Bits of IA32_MCG_CAP (Intel SDM volume 3B, 15.3.1.1). */
const MCG_CAP = { counts: 10, thresholds: 11, software_recovery: 24 } as const;

/** Address modes of IA32_MCi_MISC, bits 8:6 (table 15-3). */
const MODES = ['segment offset', 'linear', 'physical', 'memory'] as const;
const PHYSICAL = 2;
const MEMORY = 3;
const GENERIC = 7;

/** AMD's unified memory controller: MCA_IPID's hardware id 0x96 and type 0. Before: bank 4, extended code 8. */
const AMD_MEMORY = { hwid: 0x96, type: 0, ecc: 0, legacy_bank: 4, legacy_ecc: 8 } as const;

/** Table 15-16 and 15-18: memory scrubbing, the write back of the last cache, data load, instruction fetch. */
const RECOVERABLE_MEMORY = [0x17a, 0x134, 0x150];

/** Null: the bank's status is not valid, and says nothing. */
export function decodeMce(registers: MceRegisters): Mce | null {
  const { vendor } = registers;
  const status = register(registers.status);
  if (!bit(status, STATUS.valid)) return null;
  const mcg_cap = register(registers.mcg_cap);
  const kind = classify({ vendor, status, mcg_cap, mcg_status: register(registers.mcg_status) });
  const code = readCode(bits(status, 15, 0));
  const address = physicalAddress(registers, status, mcg_cap);
  const { name, action } = meaning[kind];
  const details = [
    `${code.text} (${name})`,
    action,
    ...(address === null ? [] : [`address 0x${address.toString(16)}`]),
    `bank ${registers.bank}, ${extendedCode(vendor, status)}, status ${registers.status}`,
    ...flagsOf(vendor, status, kind, registers),
  ];
  const corrected_count =
    kind === 'corrected' && !isAmd(vendor) && bit(mcg_cap, MCG_CAP.counts)
      ? Math.max(1, bits(status, 52, 38))
      : 1;
  const memory = isMemory(registers, status, code.unit, kind);
  return { class: kind, unit: code.unit, memory, corrected_count, address, details };
}

function isMemory(
  { vendor, bank, ipid }: MceRegisters,
  status: bigint,
  unit: MceUnit,
  kind: MceClass,
): boolean {
  if (isAmd(vendor)) {
    const id = register(ipid);
    if (id === 0n) {
      return bank === AMD_MEMORY.legacy_bank && bits(status, 20, 16) === AMD_MEMORY.legacy_ecc;
    }
    const { hwid, type, ecc } = AMD_MEMORY;
    return bits(id, 43, 32) === hwid && bits(id, 63, 48) === type && bits(status, 21, 16) === ecc;
  }
  if (unit === 'memory') return true;
  // What was read from memory was bad already, wherever on its way that was found.
  const recoverable = kind === 'action optional' || kind === 'action required';
  return recoverable && RECOVERABLE_MEMORY.includes(bits(status, 15, 0));
}

function physicalAddress(
  { vendor, address, misc }: MceRegisters,
  status: bigint,
  mcg_cap: bigint,
): bigint | null {
  if (!bit(status, STATUS.address_valid)) return null;
  const at = register(address);
  // Without MISC, or on a processor that does not say which kind it is, there is but one.
  if (isAmd(vendor) || !bit(mcg_cap, MCG_CAP.software_recovery)) return at;
  if (!bit(status, STATUS.misc_valid)) return at;
  const mode = bits(register(misc), 8, 6);
  if (mode !== PHYSICAL && mode !== MEMORY && mode !== GENERIC) return null;
  // Bits below the least significant valid one say nothing.
  const lsb = BigInt(bits(register(misc), 5, 0));
  return (at >> lsb) << lsb;
}

/** Bits above the error code that a model gives a meaning of its own. */
function extendedCode(vendor: number, status: bigint): string {
  if (isAmd(vendor)) return `extended code 0x${bits(status, 21, 16).toString(16)}`;
  return `model's code 0x${bits(status, 31, 16).toString(16).padStart(4, '0')}`;
}

function flagsOf(
  vendor: number,
  status: bigint,
  kind: MceClass,
  { mcg_cap, misc, synd, address }: MceRegisters,
): string[] {
  const has = (at: number) => bit(status, at);
  const flags: string[] = [];
  if (has(STATUS.overflow)) flags.push('others were lost meanwhile');
  if (!has(STATUS.enabled) && has(STATUS.uncorrected)) flags.push('its reporting is not enabled');
  if (isAmd(vendor)) {
    if (has(STATUS.amd_poison)) flags.push('data that had been marked as lost was used');
    if (has(STATUS.amd_task_corrupt) && has(STATUS.uncorrected)) {
      flags.push("the thread's state is lost");
    }
    if (has(STATUS.amd_syndrome_valid)) flags.push(`syndrome ${synd}`);
    return flags;
  }
  const cap = register(mcg_cap);
  // Threshold status, bits 54:53, of corrected errors (15.3.2.2.1).
  if (kind === 'corrected' && bit(cap, MCG_CAP.thresholds) && bits(status, 54, 53) === 2) {
    flags.push('above the threshold of the hardware itself');
  }
  const mode = bits(register(misc), 8, 6);
  const modal = bit(cap, MCG_CAP.software_recovery) && has(STATUS.misc_valid);
  if (has(STATUS.address_valid) && modal && mode < PHYSICAL) {
    flags.push(`${MODES[mode]} address ${address}`);
  }
  return flags;
}
