/**
 * A management controller in a guest of scripts/vm with IPMI options: QEMU's simulation of one, at the kernel's own
 * /dev/ipmi0. It has one sensor, its watchdog; entries of its log (SEL) are added by the tool, as firmware adds them.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { run } from './run.ts';
import { nowUs, until } from './wait.ts';

const ENTRIES = '/run/sel.txt';

/** Event message format, sensor type, sensor number, direction and type, three bytes of data (IPMI 2.0, 32.1). */
export const SEL = {
  /** Power supply 0x51: failure detected. */
  supplyFailed: '0x04 0x08 0x51 0x6f 0x01 0xff 0xff',
  supplyMended: '0x04 0x08 0x51 0xef 0x01 0xff 0xff',
};

export async function prepareIpmi(): Promise<void> {
  await run(['modprobe', '-a', 'ipmi_si', 'ipmi_devintf']);
  await until('/dev/ipmi0', () => existsSync('/dev/ipmi0'), 60_000);
}

/** µs of CLOCK_MONOTONIC before and after: the tool itself takes its time. */
export async function addSel(entry: string): Promise<{ from_us: number; to_us: number }> {
  writeFileSync(ENTRIES, `${entry}\n`);
  const from_us = nowUs();
  await run(['ipmitool', 'sel', 'add', ENTRIES]);
  return { from_us, to_us: nowUs() };
}
