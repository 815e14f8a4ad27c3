/** How bad a machine check is, and what follows from it. */
import { bit } from './bits.ts';

/** X86_VENDOR_* of asm/processor.h. */
export const VENDOR = { intel: 0, amd: 2, hygon: 9, zhaoxin: 10 } as const;
export const isAmd = (vendor: number): boolean => vendor === VENDOR.amd || vendor === VENDOR.hygon;

/** Bits of MCi_STATUS: Intel SDM volume 3B, 15.3.2.2; AMD64 APM volume 2, 9.3.2.1. */
export const STATUS = {
  valid: 63,
  overflow: 62,
  uncorrected: 61,
  enabled: 60,
  misc_valid: 59,
  address_valid: 58,
  context_corrupt: 57,
  /** Intel: signaled by a machine check, and action required. */
  signaled: 56,
  action_required: 55,
  /** AMD: this thread's state alone is lost; a syndrome is there; data was marked; it was used. */
  amd_task_corrupt: 55,
  amd_syndrome_valid: 53,
  amd_deferred: 44,
  amd_poison: 43,
} as const;

/** Bits of IA32_MCG_STATUS and IA32_MCG_CAP (15.3.1). */
const MCG_STATUS = { restart: 0, address: 1, in_progress: 2 } as const;
const MCG_CAP = { software_recovery: 24 } as const;

/** As the SDM names them (15.6.3); deferred: AMD's word for what is found and not used yet. */
export type MceClass =
  | 'corrected'
  | 'deferred'
  | 'no action'
  | 'action optional'
  | 'action required'
  | 'uncorrected'
  | 'fatal';

interface Meaning {
  severity: 'corrected' | 'deferred' | 'uncorrected' | 'fatal';
  /** The class's own abbreviation. */
  name: string;
  /** What follows. */
  action: string;
}

export const meaning: Readonly<Record<MceClass, Meaning>> = {
  corrected: {
    severity: 'corrected',
    name: 'CE',
    action: 'corrected by hardware, nothing is lost',
  },
  deferred: {
    severity: 'deferred',
    name: 'deferred',
    action: 'the data is lost, and marked: whoever uses it is stopped',
  },
  'no action': {
    severity: 'deferred',
    name: 'UCNA',
    action: 'not corrected, and not used so far: no action is required',
  },
  'action optional': {
    severity: 'uncorrected',
    name: 'SRAO',
    action: 'not corrected, and found before its use: the kernel gives the page up',
  },
  'action required': {
    severity: 'uncorrected',
    name: 'SRAR',
    action: 'it was about to be used: the kernel gives the page up and stops who used it',
  },
  uncorrected: { severity: 'uncorrected', name: 'UC', action: 'not corrected' },
  fatal: {
    severity: 'fatal',
    name: 'fatal',
    action: 'the state of the processor is lost: the kernel cannot go on',
  },
};

/** What decides: vendor, and the registers. */
export interface MceState {
  vendor: number;
  status: bigint;
  mcg_status: bigint;
  mcg_cap: bigint;
}

/** Of one whose status is valid. */
export function classify({ vendor, status, mcg_status, mcg_cap }: MceState): MceClass {
  const has = (at: number) => bit(status, at);
  if (!has(STATUS.uncorrected)) {
    return isAmd(vendor) && has(STATUS.amd_deferred) ? 'deferred' : 'corrected';
  }
  if (has(STATUS.context_corrupt)) return 'fatal';
  const handling = bit(mcg_status, MCG_STATUS.in_progress);
  const restart = bit(mcg_status, MCG_STATUS.restart);
  if (isAmd(vendor)) return handling && !restart ? 'fatal' : 'uncorrected';
  // Without software recovery S and AR mean nothing; who cannot go on does not.
  if (!bit(mcg_cap, MCG_CAP.software_recovery)) {
    return handling && !restart && !bit(mcg_status, MCG_STATUS.address) ? 'fatal' : 'uncorrected';
  }
  if (!has(STATUS.signaled)) return 'no action';
  if (!has(STATUS.action_required)) return 'action optional';
  // An earlier one, of which nobody knows any more, was overwritten (15.6.3.2); or there is no way back to the thread.
  return has(STATUS.overflow) || (handling && !restart) ? 'fatal' : 'action required';
}
