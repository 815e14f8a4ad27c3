/** What sources last said of single devices: NICs and members of bonds, storage, hardware. */
import type { Us } from '../types.ts';
import type { FrameOf, FrameType } from '../wire.ts';
import type { hardwareKinds } from './sources.ts';
import type { Table } from './table.ts';

/** What a source last said of one device. */
type Told<T extends FrameType> = Omit<
  FrameOf<T>['data'],
  'boot_id' | 'epoch' | 'seq' | 't_us' | 'gone'
> & { t: Us; stale: boolean };

export type LacpEntry = Told<'lacp_port'>;
export type TeamEntry = Told<'team'>;
export type NicMode = Told<'nic_mode'>;
export type NicErrors = Told<'nic_errors'>;
export type NicModule = Told<'module_eeprom'>;

/** What is told of single devices, in tables by ifindex. */
export interface Devices {
  lacp: Table<number, LacpEntry>;
  team: Table<number, TeamEntry>;
  mode: Table<number, NicMode>;
  errors: Table<number, NicErrors>;
  module: Table<number, NicModule>;
}
export type DeviceKind = keyof Devices;

export interface SessionEntry extends Told<'session'> {
  /** The path group that its connection uses, or would use. */
  group: string | null;
  /** Is there a connection to its other end? null: none was ever seen. */
  connected: boolean | null;
}
export type DiskEntry = Told<'disk'>;
export type MapEntry = Told<'multipath'>;

/** How a disk's requests fare. */
export interface IoEntry {
  disk: string;
  stall: Pick<FrameOf<'io_stall'>['data'], 'since_us' | 'in_flight' | 'operation'> | null;
  /** End of the last stall, or when it was first told of. */
  moving_since: Us;
  errors: Pick<FrameOf<'io_errors'>['data'], 'errors' | 'last' | 'medium' | 'medium_sector'> | null;
  t: Us;
  stale: boolean;
}

/** What hardware there is, by `hardwareKey`. */
export type Hardware = { [K in HardwareKind]: Table<string, Told<K>> };
export type HardwareKind = (typeof hardwareKinds)[number];
export type HardwareEntry<K extends HardwareKind> = Told<K>;
/** One that is gone, as it was. */
export type GoneHardware = {
  [K in HardwareKind]: { kind: K; key: string; entry: Told<K> };
}[HardwareKind];

/** Storage that is no connection, by its names. */
export interface Storage {
  session: Table<string, SessionEntry>;
  disk: Table<string, DiskEntry>;
  io: Table<string, IoEntry>;
  map: Table<string, MapEntry>;
}
export type StorageKind = keyof Storage;
