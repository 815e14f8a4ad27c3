/** A component before its alarms are known. */
import type { Component, Fru, Us } from '../../types.ts';

export interface Part {
  id: string;
  kind: Component['kind'];
  name: string;
  fru: Fru | null;
  facts: Component['facts'];
  t: Us;
  /** Events were lost since it was told of. */
  stale: boolean;
  /** Objects of alarms that are about it, besides its id. */
  also?: readonly string[];
}

/** Without those that say nothing. */
export const facts = (
  ...all: readonly (readonly [name: string, value: string | number | null | undefined])[]
): Component['facts'] =>
  all.flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)]],
  );

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `16 GiB`, `1.5 TiB`. */
export function bytes(size: number): string {
  let [value, unit] = [size, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number(value.toFixed(1))} ${UNITS[unit]}`;
}
