/**
 * The frequency of this machine's time stamp counter, which the emulated one follows. A guest that measures it itself
 * while the host is busy may get it wrong, and then its clock with it.
 */
import { readFileSync } from 'node:fs';

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** In kHz; null when it cannot be told. */
export function tscKhz(
  cpuinfo = text('/proc/cpuinfo'),
  measured = text('/sys/devices/system/cpu/cpu0/tsc_freq_khz'),
): number | null {
  if (Number(measured) > 0) return Number(measured);
  // Under a hypervisor "cpu MHz" is the counter's; on bare metal it is the present clock of the core, and the nominal one
  // in the model's name is the counter's.
  const mhz = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)
    ? /^cpu MHz\s*:\s*([\d.]+)/m.exec(cpuinfo)
    : null;
  if (mhz) return Math.round(Number(mhz[1]) * 1000);
  const ghz = /^model name\s*:.*@ ([\d.]+)GHz/m.exec(cpuinfo);
  return ghz ? Math.round(Number(ghz[1]) * 1e6) : null;
}
