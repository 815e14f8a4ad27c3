/**
 * Errors of PCI Express in a guest of scripts/vm. By the kernel's own injector: it answers for a device's and its port's
 * error registers until the error was handled. By QEMU's monitor: the emulated device sets the registers, and sends the
 * message to its root port.
 */
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { monitor } from '../vm-lab/monitor.ts';
import { run } from './run.ts';
import { nowUs } from './wait.ts';

const DEVICE = '/dev/aer_inject';
const PCI = '/sys/bus/pci/devices';
/** struct aer_error_inj of drivers/pci/pcie/aer_inject.c. */
const BYTES = 32;

/** Bits of the status registers (linux/pci_regs.h); which uncorrectable ones are fatal is the device's default. */
export const CORRECTED = { receiver: 0x1, badTlp: 0x40, badDllp: 0x80, replayTimer: 0x1000 };
export const NONFATAL = {
  poisonedTlp: 0x1000,
  completionTimeout: 0x4000,
  unexpectedCompletion: 0x10000,
};
export const FATAL = { dataLinkProtocol: 0x10, receiverOverflow: 0x20000, malformedTlp: 0x40000 };

export const prepareAer = () => run(['modprobe', 'aer_inject']);

/** `0000:01:00.0` of a NIC; '' if it is on none. */
export function pciOfNic(nic: string): string {
  // A virtio NIC's device is that of the virtio bus, below the PCI device.
  const path = realpathSync(`/sys/class/net/${nic}/device`).split('/');
  return path.findLast(name => /^[0-9a-f]{4}:/.test(name)) ?? '';
}

/** The port above a device. */
export const portOf = (address: string): string =>
  basename(dirname(realpathSync(join(PCI, address))));

/** So many corrected errors of it the kernel has handled. */
export const correctedErrors = (address: string): number =>
  Number(
    /^TOTAL_ERR_COR (\d+)$/m.exec(
      readFileSync(join(PCI, address, 'aer_dev_correctable'), 'utf8'),
    )?.[1],
  );

/** Addresses of the functions that can tell of errors. */
export const aerCapable = (): string[] =>
  readdirSync(PCI).filter(address => readdirSync(join(PCI, address)).includes('aer_dev_fatal'));

export interface AerError {
  corrected?: number;
  uncorrected?: number;
  header?: readonly [number, number, number, number];
}

function record(
  address: string,
  { corrected = 0, uncorrected = 0, header = [0, 0, 0, 0] }: AerError,
) {
  const [domain = 0, bus = 0, device = 0, fn = 0] = address
    .split(/[:.]/)
    .map(part => Number.parseInt(part, 16));
  const buffer = Buffer.alloc(BYTES);
  for (const [i, value] of [bus, device, fn].entries()) buffer.writeUInt8(value, i);
  for (const [i, value] of [uncorrected, corrected, ...header].entries())
    buffer.writeUInt32LE(value >>> 0, 4 + 4 * i);
  buffer.writeUInt32LE(domain, 28);
  return buffer;
}

/** µs of CLOCK_MONOTONIC just before. */
export function injectAer(address: string, error: AerError): number {
  const bytes = record(address, error);
  for (;;) {
    const t_us = nowUs();
    try {
      writeFileSync(DEVICE, bytes);
      return t_us;
    } catch (caught) {
      // Its port has not handled the last one's interrupt yet.
      if ((caught as NodeJS.ErrnoException).code !== 'EBUSY') throw caught;
    }
  }
}

/** id: of QEMU's device; error: POISON_TLP, COMP_TIME, DLP… Corrected ones do not arrive this way. */
export function monitorAer(id: string, error: string): number {
  const t_us = nowUs();
  monitor(`pcie_aer_inject_error ${id} ${error}`);
  return t_us;
}
