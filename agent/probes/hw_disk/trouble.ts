/** What a controller, or its driver, tells of at once: asynchronous events of NVMe, and what only the kernel's log says. */
import type { HwDiskObservation } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import { type KmsgPattern, matchKmsg } from '../kmsg_patterns.ts';

type Trouble = Extract<HwDiskObservation, { aspect: 'trouble' }>['value'];

/** A disk's name, and what is wrong with it; null: nothing that is told here. */
export function trouble(frame: Frame): { disk: string; value: Trouble } | null {
  if (frame.type === 'nvme_event') {
    const { controller, result } = frame.data;
    const value = ofEvent(Number(BigInt(result) & 0xffffffffn));
    return value === null ? null : { disk: controller, value };
  }
  if (frame.type !== 'kmsg') return null;
  const found = matchKmsg(PATTERNS, frame.data.text);
  const disk = found?.names.disk;
  if (found === null || disk === undefined) return null;
  return { disk, value: { what: found.what, failed: true } };
}

/** By type and information of completion dword 0 (NVM Express base 2.0, figures 145 to 147). */
const EVENTS: Readonly<Record<string, Trouble>> = {
  '0.2': { what: 'its own diagnostics failed', failed: true },
  '0.3': { what: 'persistent internal error', failed: true },
  '0.4': { what: 'transient internal error', failed: false },
  '1.0': { what: 'its reliability is degraded', failed: false },
  '1.2': { what: 'its spare blocks are below their limit', failed: false },
};

const ofEvent = (result: number): Trouble | null =>
  EVENTS[`${result & 0x7}.${(result >>> 8) & 0xff}`] ?? null;

/** Of drivers that give a disk up. */
const PATTERNS: readonly KmsgPattern[] = [
  {
    what: 'its driver gave it up: it did not come back from a reset',
    pattern: /^nvme (?<disk>nvme\d{1,5}): (?:Disabling device after reset failure|Removing after)/,
  },
  {
    what: 'its driver gave it up: the device is dead',
    pattern: /^nvme (?<disk>nvme\d{1,5}): Device not ready; aborting/,
  },
  {
    what: 'the kernel has taken it offline: it did not answer after a reset',
    pattern: /^(?:sd|scsi) (?<disk>\d{1,5}:\d{1,5}:\d{1,5}:\d{1,19}): Device offlined/,
  },
];
