/**
 * The nouns that pass between the rooms, in the order in which they pass:
 *
 *   Frame (wire.ts) -> Observation -> Fault -> Alarm -> Notice, and FailoverRecord beside them.
 *
 * Data only. Times named `_us` are µs of CLOCK_MONOTONIC within one boot; `Stamp` is what is stored or sent away.
 */
import type { BondObservation } from './types/bond.ts';
import type { FlowObservation } from './types/flow.ts';
import type { CpuObservation } from './types/hw_cpu.ts';
import type { HwDiskObservation } from './types/hw_disk.ts';
import type { HwEnvironmentObservation } from './types/hw_environment.ts';
import type { HwHostObservation } from './types/hw_host.ts';
import type { MemoryObservation } from './types/hw_memory.ts';
import type { PciObservation } from './types/hw_pci.ts';
import type { LinkObservation } from './types/link.ts';
import type { NicObservation } from './types/nic.ts';
import type { BfdObservation, LegProbeObservation } from './types/probing.ts';
import type { SelfObservation } from './types/self.ts';
import type { SteeringObservation } from './types/steering.ts';
import type {
  BlockObservation,
  MultipathObservation,
  SessionObservation,
} from './types/storage.ts';

export type * from './types/alarm.ts';
export type * from './types/base.ts';
export * from './types/bond.ts';
export type * from './types/failover.ts';
export * from './types/fault.ts';
export type * from './types/flow.ts';
export type * from './types/group.ts';
export type * from './types/hardware.ts';
export type * from './types/hw_cpu.ts';
export type * from './types/hw_disk.ts';
export type * from './types/hw_environment.ts';
export type * from './types/hw_host.ts';
export type * from './types/hw_memory.ts';
export type * from './types/hw_pci.ts';
export type * from './types/link.ts';
export type * from './types/nic.ts';
export type * from './types/notice.ts';
export type * from './types/probing.ts';
export type * from './types/self.ts';
export * from './types/severity.ts';
export type * from './types/steering.ts';
export type * from './types/storage.ts';

/** A probe's reading of one subject: a level, not an edge. Applying the same twice changes nothing. */
export type Observation =
  | LinkObservation
  | BondObservation
  | NicObservation
  | FlowObservation
  | LegProbeObservation
  | BfdObservation
  | SessionObservation
  | BlockObservation
  | MultipathObservation
  | MemoryObservation
  | CpuObservation
  | PciObservation
  | HwDiskObservation
  | HwEnvironmentObservation
  | HwHostObservation
  | SteeringObservation
  | SelfObservation;
