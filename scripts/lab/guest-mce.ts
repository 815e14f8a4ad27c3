/**
 * Machine checks in a guest of scripts/vm: through the kernel's own injector, which feeds a record to its decoding chain
 * as if a bank had been read.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { monitor } from '../vm-lab/monitor.ts';
import { run } from './run.ts';
import { nowUs } from './wait.ts';

const FOLDER = '/sys/kernel/debug/mce-inject';

/** Bits of MCi_STATUS (Intel SDM 3B, 15.3.2.2). */
const VALID = 1n << 63n;
const UNCORRECTED = 1n << 61n;
const ENABLED = 1n << 60n;
const MISC_VALID = 1n << 59n;
const ADDRESS_VALID = 1n << 58n;
/** Signalled, and software has to act on it: with uncorrected, and no processor context lost, an action optional error. */
const SIGNALLED = 1n << 56n;
const CORRECTED_ONE = 1n << 38n;
/** Compound codes, 15.9.2: a read error of memory channel 0; of data in a cache of level 1. */
const MEMORY_READ = 0x0090n;
const CACHE_READ = 0x0135n;

export const STATUS = {
  memoryCorrected: VALID | ENABLED | MISC_VALID | ADDRESS_VALID | CORRECTED_ONE | MEMORY_READ,
  memoryUncorrected:
    VALID | UNCORRECTED | ENABLED | MISC_VALID | ADDRESS_VALID | SIGNALLED | MEMORY_READ,
  cpuCorrected: VALID | ENABLED | ADDRESS_VALID | CORRECTED_ONE | CACHE_READ,
  cpuUncorrected: VALID | UNCORRECTED | ENABLED | ADDRESS_VALID | CACHE_READ,
};

export interface MachineCheck {
  status: bigint;
  cpu?: number;
  /** 0 to 9 in these guests. */
  bank: number;
  address?: number;
}

const ADDRESS = 0x12345000;
const hex = (value: bigint | number) => `0x${value.toString(16)}`;

/** Address of a byte, as MCi_MISC has it: a physical address, in units of a byte. */
const MISC_PHYSICAL = 0x80;

export const prepareMce = () => run(['modprobe', 'mce_inject']);

/** Takes effect at once; µs of CLOCK_MONOTONIC just before. */
export function injectMce(what: MachineCheck): number {
  const set = (name: string, value: string) => writeFileSync(join(FOLDER, name), value);
  set('flags', 'sw\n'); // it cuts off what is last
  set('cpu', `${what.cpu ?? 0}`);
  set('status', hex(what.status));
  set('addr', hex(what.address ?? ADDRESS));
  set('misc', hex(MISC_PHYSICAL));
  const t_us = nowUs();
  set('bank', `${what.bank}`);
  return t_us;
}

/** The same again and again for so long; how many. The kernel drops what its pool has no room for. */
export function stormMce(what: MachineCheck, ms: number): number {
  injectMce(what);
  // The injector forgets all but the flags when it has injected.
  const writes = [
    ['status', hex(what.status)],
    ['addr', hex(what.address ?? ADDRESS)],
    ['bank', `${what.bank}`],
  ].map(([name = '', value = '']) => ({ fd: openSync(join(FOLDER, name), 'w'), value }));
  const end = performance.now() + ms;
  let count = 1;
  try {
    for (; performance.now() < end; count++)
      for (const { fd, value } of writes) writeSync(fd, value);
  } finally {
    for (const { fd } of writes) closeSync(fd);
  }
  return count;
}

/**
 * A corrected error in a processor's real bank, as QEMU's monitor sets it. The kernel looks for them when it polls: at most
 * a second later after pollEverySecond.
 */
export function bankMce({ status, cpu = 0, bank, address = 0xdead2000 }: MachineCheck): number {
  const t_us = nowUs();
  const answer = monitor(`mce ${cpu} ${bank} ${hex(status)} 0 ${hex(address)} 0x8c`);
  if (answer !== '') throw new Error(`mce: ${answer}`);
  return t_us;
}

export const pollEverySecond = () =>
  writeFileSync('/sys/devices/system/machinecheck/machinecheck0/check_interval', '1');
