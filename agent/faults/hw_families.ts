/** Families of the faults of hardware, as families.ts has those of the others. */
import type { Levels } from './damped.ts';
import { noLevels } from './damped.ts';
import { type Events, noEvents } from './events.ts';
import { arrayFamily } from './hw_array.ts';
import { type BmcState, bmcFamily, noLog } from './hw_bmc.ts';
import { type DiskHealthState, diskHealthFamily, noDiskHealth } from './hw_disk_health.ts';
import { type MediaState, mediaFamily, noMedia } from './hw_disk_media.ts';
import { type DiskRemovedState, diskRemovedFamily, noDisksRemoved } from './hw_disk_removed.ts';
import { type FilesystemState, filesystemFamily, noFilesystems } from './hw_filesystem.ts';
import { type KernelState, kernelFamily, noKernel } from './hw_kernel.ts';
import {
  type MemoryState,
  memoryFamily,
  noMemory,
  noProcessors,
  type ProcessorState,
  processorFamily,
} from './hw_processors.ts';
import {
  fanFamily,
  hearsSensor,
  noSensors,
  type SensorState,
  supplyFamily,
  temperatureFamily,
  thresholdFamily,
} from './hw_sensors.ts';
import { tripFamily } from './hw_trips.ts';
import type { Family, FaultInput } from './set.ts';

export interface HardwareFaults {
  disk_health: DiskHealthState;
  disk_media: MediaState;
  disk_removed: DiskRemovedState;
  array: Levels;
  filesystem: FilesystemState;
  processors: ProcessorState;
  memory_offline: MemoryState;
  kernel: KernelState;
  temperature: SensorState;
  fan: SensorState;
  supply: SensorState;
  threshold: SensorState;
  trip: Events;
  bmc: BmcState;
}

export const noHardwareFaults: HardwareFaults = {
  disk_health: noDiskHealth,
  disk_media: noMedia,
  disk_removed: noDisksRemoved,
  array: noLevels,
  filesystem: noFilesystems,
  processors: noProcessors,
  memory_offline: noMemory,
  kernel: noKernel,
  temperature: noSensors,
  fan: noSensors,
  supply: noSensors,
  threshold: noSensors,
  trip: noEvents,
  bmc: noLog,
};

/** In this order: a disk before what it carries. */
export const hardwareFamilies: {
  [K in keyof HardwareFaults]: {
    step: Family<HardwareFaults[K]>;
    hears(input: FaultInput): boolean;
  };
} = {
  disk_removed: {
    step: diskRemovedFamily,
    hears: input =>
      isOf(input, 'hw_disk', 'disk') ||
      isOf(input, 'hw_disk', 'array') ||
      isOf(input, 'hw_host', 'filesystem') ||
      input.probe === 'census',
  },
  disk_health: {
    step: diskHealthFamily,
    hears: input => input.probe === 'hw_disk' || input.probe === 'census',
  },
  disk_media: {
    step: mediaFamily,
    hears: input =>
      isOf(input, 'hw_disk', 'medium') ||
      isOf(input, 'hw_disk', 'health') ||
      input.probe === 'census',
  },
  array: {
    step: arrayFamily,
    hears: input => isOf(input, 'hw_disk', 'array') || input.probe === 'census',
  },
  filesystem: {
    step: filesystemFamily,
    hears: input =>
      isOf(input, 'hw_host', 'filesystem') ||
      isOf(input, 'hw_host', 'kernel') ||
      input.probe === 'census',
  },
  processors: { step: processorFamily, hears: input => isOf(input, 'hw_host', 'processors') },
  memory_offline: { step: memoryFamily, hears: input => isOf(input, 'hw_host', 'memory') },
  kernel: {
    step: kernelFamily,
    hears: input => isOf(input, 'hw_host', 'kernel') || isOf(input, 'hw_host', 'watchdog'),
  },
  temperature: { step: temperatureFamily, hears: input => hearsSensor('temperature', input) },
  fan: { step: fanFamily, hears: input => hearsSensor('fan', input) },
  supply: { step: supplyFamily, hears: input => hearsSensor('supply', input) },
  threshold: { step: thresholdFamily, hears: input => hearsSensor('other', input) },
  trip: { step: tripFamily, hears: input => isOf(input, 'hw_environment', 'trip') },
  bmc: { step: bmcFamily, hears: input => isOf(input, 'hw_environment', 'log') },
};

function isOf(input: FaultInput, probe: FaultInput['probe'], aspect: string): boolean {
  return input.probe === probe && 'aspect' in input && input.aspect === aspect;
}

/** After a restart of the agent. What the management controller's log said last outlives a reboot: its numbers do, too. */
export function restoreHardware(saved: Partial<HardwareFaults>, sameBoot: boolean): HardwareFaults {
  const all = { ...noHardwareFaults, ...saved };
  if (!sameBoot) return { ...noHardwareFaults, bmc: { ...noLog, last: all.bmc.last } };
  const anew = (state: SensorState): SensorState => ({ ...state, heard: {} });
  return {
    ...all,
    temperature: anew(all.temperature),
    fan: anew(all.fan),
    supply: anew(all.supply),
    threshold: anew(all.threshold),
  };
}
