/** What sources say of single devices: how a NIC runs, its errors, its module, its LACP port, the ports of a team. */
import type { FrameOf } from '../wire.ts';
import { deviceKinds } from './sources.ts';
import type { LinkEntry, Topology } from './state.ts';
import { type Table, tableDelete, tableGet, tableMap, tableSet } from './table.ts';
import type { DeviceKind, Devices } from './told.ts';

type DeviceFrame = FrameOf<'lacp_port' | 'team' | 'nic_mode' | 'nic_errors' | 'module_eeprom'>;

const kindOf: Readonly<Record<DeviceFrame['type'], DeviceKind>> = {
  lacp_port: 'lacp',
  team: 'team',
  nic_mode: 'mode',
  nic_errors: 'errors',
  module_eeprom: 'module',
};

export const deviceKindOf = (frame: DeviceFrame): DeviceKind => kindOf[frame.type];

/** With what the frame says. */
export function takeDevice(topology: Topology, frame: DeviceFrame): Topology {
  const { boot_id: _b, epoch: _e, seq: _s, t_us: t, gone, ...data } = frame.data;
  const kind = deviceKindOf(frame);
  if (gone) return dropDevice(topology, kind, data.ifindex);
  const entry = { ...data, t, stale: false };
  const table = tableSet(topology.devices[kind] as Table<number, unknown>, data.ifindex, entry);
  return touchDevices(withTable(topology, kind, table), kind, [data.ifindex]);
}

/** Without it; it goes to the effect as one of `link`, which may be gone itself. */
export function dropDevice(
  topology: Topology,
  kind: DeviceKind,
  ifindex: number,
  link: LinkEntry | undefined = tableGet(topology.links, ifindex),
): Topology {
  const before = topology.devices[kind] as Table<number, unknown>;
  const table = tableDelete(before, ifindex);
  if (table === before) return topology;
  const next = withTable(topology, kind, table);
  if (link === undefined) return next;
  const { gone } = next.effect;
  const effect = { ...next.effect, gone: { ...gone, devices: [...gone.devices, { kind, link }] } };
  return { ...next, effect };
}

/** The device itself is gone, and all that was told of it. */
export function dropDevices(topology: Topology, link: LinkEntry): Topology {
  let next = topology;
  for (const kind of deviceKinds) next = dropDevice(next, kind, link.ifindex, link);
  return next;
}

export function staleDevices(topology: Topology, kind: DeviceKind, stale: boolean): Topology {
  const table = tableMap(topology.devices[kind] as Devices['mode'], one => ({ ...one, stale }));
  return withTable(topology, kind, table);
}

/** These are to be read again. */
export function touchDevices(
  topology: Topology,
  kind: DeviceKind,
  ifindexes: readonly number[],
): Topology {
  const { effect } = topology;
  const devices = { ...effect.devices, [kind]: [...effect.devices[kind], ...ifindexes] };
  return { ...topology, effect: { ...effect, devices } };
}

const withTable = (topology: Topology, kind: DeviceKind, table: unknown): Topology => ({
  ...topology,
  devices: { ...topology.devices, [kind]: table },
});
