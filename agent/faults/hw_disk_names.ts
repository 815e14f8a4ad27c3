/** Disks by their names, as their families know them. */
import type { Census } from './set.ts';

/** `disk/sda` → `sda`. */
export const diskName = (object: string): string => object.slice('disk/'.length);

/** All disks and controllers that anybody tells of; null: not everybody has told. */
export function disksTold({ storage, hardware }: Census): string[] | null {
  const [disks, readings] = [storage?.disks, hardware?.reading];
  if (disks == null || readings == null) return null;
  return [...disks, ...readings.map(key => key.slice(key.indexOf(' ') + 1))];
}
