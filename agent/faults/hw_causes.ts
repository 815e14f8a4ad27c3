/** What explains the faults of hardware: what it sits on. Keys, as in causes.ts. */
import { controllerOf } from '../topology/fru.ts';
import { faultKey } from '../types.ts';
import { addressCauses } from './causes.ts';
import type { Scene } from './set.ts';

const DISK_FAULTS = ['disk-removed', 'disk-failed', 'disk-failing', 'disk-media-errors'] as const;

/** Errors of what a disk, or the disks of a controller, are behind. pci: the function, where it is known. */
export function busCauses(disk: string, pci: string | null, scene: Scene): string[] {
  const own = Object.keys(scene.pci).filter(object => {
    const name = object.startsWith('disk/') ? object.slice('disk/'.length) : '';
    return name === disk || controllerOf(name) === disk;
  });
  const above = own.flatMap(object => scene.pci[object]!);
  return addressCauses([...new Set([...(pci === null ? [] : [pci]), ...above])]);
}

/** All that is wrong with a disk, or with its controller. */
export const diskCauses = (disk: string): string[] =>
  [...new Set([disk, controllerOf(disk)])].flatMap(name =>
    DISK_FAULTS.map(type => faultKey({ type, object: `disk/${name}` })),
  );

/** The disk that a partition is on: sda1, nvme0n1p2. */
export const wholeDisk = (device: string): string =>
  /^(nvme\d+n\d+)p\d+$/.exec(device)?.[1] ??
  /^((?:sd|vd|hd|xvd)[a-z]+)\d+$/.exec(device)?.[1] ??
  device;
