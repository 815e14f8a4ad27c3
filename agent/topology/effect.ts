/** What the last frame touched. */
import { hardwareKinds } from './sources.ts';
import type { BfdEntry, FlowEntry, GroupEntry, LinkEntry, ProbeEntry } from './state.ts';
import type {
  DeviceKind,
  DiskEntry,
  GoneHardware,
  HardwareKind,
  MapEntry,
  SessionEntry,
  StorageKind,
} from './told.ts';

/** What the last frame touched: the probes read it. Repeated readings count as touched. */
export interface Effect {
  links: readonly number[];
  /** Links that have a name since this frame, or another one. */
  named: readonly number[];
  groups: readonly string[];
  /** Links that are legs of a group since this frame. */
  joined: readonly number[];
  flows: readonly string[];
  probes: readonly number[];
  /** Keys of sessions; groups whose steering was told. */
  bfd: readonly string[];
  steering: readonly string[];
  /** Of what is told of single devices: ifindexes. */
  devices: Readonly<Record<DeviceKind, readonly number[]>>;
  /** Names. */
  storage: Readonly<Record<StorageKind, readonly string[]>>;
  /** Keys. */
  hardware: Readonly<Record<HardwareKind, readonly string[]>>;
  gone: {
    links: readonly LinkEntry[];
    /** Members that have left their bond, as they were. */
    members: readonly LinkEntry[];
    /** Of a link that may be gone as well. */
    devices: readonly { kind: DeviceKind; link: LinkEntry }[];
    groups: readonly GroupEntry[];
    flows: readonly FlowEntry[];
    probes: readonly ProbeEntry[];
    bfd: readonly BfdEntry[];
    /** Groups that are steered no more, as a snapshot says. */
    steering: readonly string[];
    sessions: readonly SessionEntry[];
    disks: readonly DiskEntry[];
    maps: readonly MapEntry[];
    hardware: readonly GoneHardware[];
  };
}

export const noEffect: Effect = {
  links: [],
  named: [],
  groups: [],
  joined: [],
  flows: [],
  probes: [],
  bfd: [],
  steering: [],
  devices: { lacp: [], team: [], mode: [], errors: [], module: [] },
  storage: { session: [], disk: [], io: [], map: [] },
  hardware: Object.fromEntries(hardwareKinds.map(kind => [kind, []])) as unknown as Record<
    HardwareKind,
    []
  >,
  gone: {
    links: [],
    members: [],
    devices: [],
    groups: [],
    flows: [],
    probes: [],
    bfd: [],
    steering: [],
    sessions: [],
    disks: [],
    maps: [],
    hardware: [],
  },
};
