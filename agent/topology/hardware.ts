/** What hardware there is, as the helper and the reader last told of it. Errors are events, and not kept here. */
import type { FrameOf } from '../wire.ts';
import { hardwareKinds } from './sources.ts';
import type { Topology } from './state.ts';
import { type Table, tableDelete, tableEntries, tableGet, tableMap, tableSet } from './table.ts';
import type { Hardware, HardwareKind } from './told.ts';

/** Each frame type is a kind of its own. */
export type HardwareFrame = FrameOf<HardwareKind>;

/** What it is known by. Of the host's processors and memory there is one. */
export function hardwareKey(frame: HardwareFrame): string {
  switch (frame.type) {
    case 'pci_device':
      return frame.data.device;
    case 'processors':
    case 'memory':
      return 'host';
    case 'md':
      return frame.data.array;
    case 'mount':
      return frame.data.point;
    case 'power_supply':
      return frame.data.supply;
    case 'watchdog':
      return frame.data.watchdog;
    case 'reading':
      return readingKey(frame.data.tool, frame.data.subject);
    case 'hwmon':
      return frame.data.chip;
    case 'edac':
      return frame.data.controller;
  }
}

export const readingKey = (tool: string, subject: string): string => `${tool} ${subject}`;

/** Keys by kind; null: not known. */
export function hardwareCensus({
  known,
  hardware,
}: Topology): Record<HardwareKind, string[] | null> {
  const keys = (kind: HardwareKind) =>
    known[kind]
      ? [...tableEntries(hardware[kind] as Table<string, unknown>)].map(([key]) => key).sort()
      : null;
  return Object.fromEntries(hardwareKinds.map(kind => [kind, keys(kind)])) as ReturnType<
    typeof hardwareCensus
  >;
}

/** With what the frame says. */
export function takeHardware(topology: Topology, frame: HardwareFrame): Topology {
  const key = hardwareKey(frame);
  const { boot_id: _b, epoch: _e, seq: _s, t_us: t, ...rest } = frame.data;
  const { gone = false, ...data } = { gone: false, ...rest };
  if (gone || isGone(frame)) return dropHardware(topology, frame.type, key);
  const table = tableSet(topology.hardware[frame.type] as Table<string, unknown>, key, {
    ...data,
    t,
    stale: false,
  });
  return touchHardware(withTable(topology, frame.type, table), frame.type, [key]);
}

const isGone = (frame: HardwareFrame): boolean =>
  frame.type === 'reading' && frame.data.outcome === 'gone';

/** Without it; it goes to the effect as it was. */
export function dropHardware(topology: Topology, kind: HardwareKind, key: string): Topology {
  const before = topology.hardware[kind] as Table<string, unknown>;
  const entry = tableGet(before, key);
  if (entry === undefined) return topology;
  const next = withTable(topology, kind, tableDelete(before, key));
  const { gone } = next.effect;
  const hardware = [...gone.hardware, { kind, key, entry } as (typeof gone.hardware)[number]];
  return { ...next, effect: { ...next.effect, gone: { ...gone, hardware } } };
}

/** A complete snapshot of this kind has named these. */
export function removeUnnamedHardware(
  topology: Topology,
  kind: HardwareKind,
  names: ReadonlySet<string | number>,
): Topology {
  let next = topology;
  for (const [key] of tableEntries(topology.hardware[kind] as Table<string, unknown>)) {
    if (!names.has(key)) next = dropHardware(next, kind, key);
  }
  return next;
}

export function staleHardware(topology: Topology, kind: HardwareKind, stale: boolean): Topology {
  const table = tableMap(topology.hardware[kind] as Hardware['md'], one => ({ ...one, stale }));
  return withTable(topology, kind, table);
}

/** These are to be read again. */
export function touchHardware(
  topology: Topology,
  kind: HardwareKind,
  keys: readonly string[],
): Topology {
  const { effect } = topology;
  const hardware = { ...effect.hardware, [kind]: [...effect.hardware[kind], ...keys] };
  return { ...topology, effect: { ...effect, hardware } };
}

export function touchAllHardware(topology: Topology, kinds: readonly HardwareKind[]): Topology {
  let next = topology;
  for (const kind of kinds) {
    const keys = [...tableEntries(topology.hardware[kind] as Table<string, unknown>)];
    next = touchHardware(
      next,
      kind,
      keys.map(([key]) => key),
    );
  }
  return next;
}

const withTable = (topology: Topology, kind: HardwareKind, table: unknown): Topology => ({
  ...topology,
  hardware: { ...topology.hardware, [kind]: table },
});
