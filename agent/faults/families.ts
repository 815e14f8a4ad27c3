/** Every family of faults: its state, and what it needs to be told. */
import type { Us } from '../types.ts';
import { type AnnouncementState, announcementFamily, noAnnouncements } from './announcement.ts';
import { type Beyond, nothingBeyond } from './beyond.ts';
import { type BfdState, bfdFamily, noSessions } from './bfd_session.ts';
import { type BlackholeState, blackholeFamily, noBlackholes } from './blackhole.ts';
import { bondMemberFamily } from './bond_member.ts';
import { noWiring, type WiringState, wiringFamily } from './bond_wiring.ts';
import { type CpuState, cpuFamily, noProcessors } from './cpu.ts';
import { type Levels, noLevels } from './damped.ts';
import { type DegradedState, degradedFamily, noErrors } from './degraded.ts';
import { type DeliveryState, deliveryFamily } from './delivery.ts';
import { type FailoverState, failoverFamily, noFailovers } from './failover.ts';
import { type HardwareFaults, hardwareFamilies, noHardwareFaults } from './hw_families.ts';
import { type IoState, ioFamily, noDisks } from './io.ts';
import { type IoErrorState, ioErrorFamily, noIoErrors } from './io_errors.ts';
import { noWarnings, type WarningState, warningFamily } from './kernel_warning.ts';
import { type LacpFaults, lacpFamily, noLacp } from './lacp.ts';
import { type LinkState, linkFamily, noLinks } from './link.ts';
import { type MemoryState, memoryFamily, noMemory } from './memory.ts';
import { type MultipathState, multipathFamily, noMaps } from './multipath.ts';
import { noOptics, type OpticsState, opticsFamily } from './optics.ts';
import { noPages, type PageState, pageFamily } from './page_failure.ts';
import { type FlappingState, flappingFamily, noPaths } from './path_flapping.ts';
import { type GoingState, nothingGoing, pciRemovedFamily } from './pci_removed.ts';
import { noPcie, type PcieState, pcieFamily } from './pcie.ts';
import { noGroups, type RedundancyState, redundancyFamily } from './redundancy.ts';
import { noRemoved, type RemovedState, removedFamily } from './removed.ts';
import type { ActiveSet, Family, FaultInput, Scene } from './set.ts';
import { noSight, type SightState, sightFamily } from './sight.ts';
import { noSpeeds, type SpeedState, speedFamily } from './speed.ts';
import { newSpool, type SpoolState, spoolFamily } from './spool.ts';
import { notSteered, type SteeredState, steeredFamily } from './steered.ts';
import { noFlows, type StoragePathState, storagePathFamily } from './storage_path.ts';
import { sessionFamily } from './storage_session.ts';
import { noTimeouts, type TimeoutState, timeoutFamily } from './tx_timeout.ts';

/** Plain JSON: it is stored, and comes back with the next start. */
export interface FaultState extends HardwareFaults {
  active: ActiveSet;
  /** Those of the active ones that are told together. */
  beyond: Beyond;
  scene: Scene;
  memory: MemoryState;
  page: PageState;
  cpu: CpuState;
  kernel_warning: WarningState;
  pcie: PcieState;
  pci_removed: GoingState;
  link: LinkState;
  removed: RemovedState;
  blackhole: BlackholeState;
  bfd: BfdState;
  steered: SteeredState;
  bond_member: Levels;
  lacp: LacpFaults;
  wiring: WiringState;
  announcement: AnnouncementState;
  speed: SpeedState;
  degraded: DegradedState;
  optics: OpticsState;
  tx_timeout: TimeoutState;
  redundancy: RedundancyState;
  storage_path: StoragePathState;
  session: Levels;
  multipath: MultipathState;
  path_flapping: FlappingState;
  io: IoState;
  io_errors: IoErrorState;
  failover: FailoverState;
  spool: SpoolState;
  delivery: DeliveryState;
  sight: SightState;
  /** When each family is to judge again; missing: at once. */
  wakes: Readonly<Partial<Record<string, Us | null>>>;
}

export const initialFaults: FaultState = {
  active: {},
  beyond: nothingBeyond,
  scene: { groups: {}, sessions: {}, failovers: {}, pci: {} },
  memory: noMemory,
  page: noPages,
  cpu: noProcessors,
  kernel_warning: noWarnings,
  pcie: noPcie,
  pci_removed: nothingGoing,
  ...noHardwareFaults,
  link: noLinks,
  removed: noRemoved,
  blackhole: noBlackholes,
  bfd: noSessions,
  steered: notSteered,
  bond_member: noLevels,
  lacp: noLacp,
  wiring: noWiring,
  announcement: noAnnouncements,
  speed: noSpeeds,
  degraded: noErrors,
  optics: noOptics,
  tx_timeout: noTimeouts,
  redundancy: noGroups,
  storage_path: noFlows,
  session: noLevels,
  multipath: noMaps,
  path_flapping: noPaths,
  io: noDisks,
  io_errors: noIoErrors,
  failover: noFailovers,
  spool: newSpool,
  delivery: null,
  sight: noSight,
  wakes: {},
};

export type FamilyName = Exclude<keyof FaultState, 'active' | 'beyond' | 'scene' | 'wakes'>;

/** In this order: what a family clears or raises is seen by those after it. `hears`: what it needs to be told. */
export const families: {
  [K in FamilyName]: { step: Family<FaultState[K]>; hears(input: FaultInput): boolean };
} = {
  // Hardware before what it takes with it.
  memory: { step: memoryFamily, hears: ({ probe }) => probe === 'hw_memory' },
  page: { step: pageFamily, hears: ({ probe }) => probe === 'hw_memory' },
  cpu: { step: cpuFamily, hears: ({ probe }) => probe === 'hw_cpu' },
  kernel_warning: {
    step: warningFamily,
    hears: ({ probe }) => probe === 'hw_cpu' || probe === 'hw_memory' || probe === 'hw_pci',
  },
  pcie: { step: pcieFamily, hears: ({ probe }) => probe === 'hw_pci' || probe === 'census' },
  pci_removed: { step: pciRemovedFamily, hears: ({ probe }) => probe === 'hw_pci' },
  ...hardwareFamilies,
  link: { step: linkFamily, hears: ({ probe }) => probe === 'link' || probe === 'census' },
  removed: {
    step: removedFamily,
    hears: input => isNic(input, 'presence') || isLegs(input) || input.probe === 'census',
  },
  blackhole: {
    step: blackholeFamily,
    hears: ({ probe }) =>
      probe === 'leg_probe' || probe === 'bfd' || probe === 'link' || probe === 'census',
  },
  bfd: { step: bfdFamily, hears: ({ probe }) => probe === 'bfd' || probe === 'census' },
  steered: {
    step: steeredFamily,
    hears: ({ probe }) => probe === 'steering' || probe === 'census',
  },
  bond_member: { step: bondMemberFamily, hears: hearsMembers },
  lacp: { step: lacpFamily, hears: hearsMembers },
  wiring: { step: wiringFamily, hears: hearsMembers },
  announcement: {
    step: announcementFamily,
    hears: input =>
      input.probe === 'bond' ||
      (input.probe === 'self' && (input.aspect === 'sight' || input.aspect === 'helper')) ||
      isLegs(input) ||
      input.probe === 'census',
  },
  speed: {
    step: speedFamily,
    hears: input => isNic(input, 'mode') || input.probe === 'link' || input.probe === 'census',
  },
  degraded: {
    step: degradedFamily,
    hears: input => isNic(input, 'errors') || input.probe === 'census',
  },
  optics: {
    step: opticsFamily,
    hears: input => isNic(input, 'optics') || input.probe === 'link' || input.probe === 'census',
  },
  tx_timeout: {
    step: timeoutFamily,
    hears: input =>
      isNic(input, 'tx-timeout') || input.probe === 'link' || input.probe === 'census',
  },
  redundancy: { step: redundancyFamily, hears: input => isLegs(input) || input.probe === 'census' },
  storage_path: {
    step: storagePathFamily,
    hears: ({ probe }) =>
      ['storage_flow', 'storage_session', 'leg_probe', 'census'].includes(probe),
  },
  session: {
    step: sessionFamily,
    hears: ({ probe }) => probe === 'storage_session' || probe === 'census',
  },
  multipath: { step: multipathFamily, hears: hearsMaps },
  path_flapping: { step: flappingFamily, hears: hearsMaps },
  io: { step: ioFamily, hears: hearsBlock },
  io_errors: { step: ioErrorFamily, hears: hearsBlock },
  failover: {
    step: failoverFamily,
    hears: input =>
      isLegs(input) ||
      input.probe === 'storage_flow' ||
      input.probe === 'census' ||
      (input.probe === 'self' && input.aspect === 'failover'),
  },
  spool: { step: spoolFamily, hears: ({ probe }) => probe === 'self' },
  delivery: { step: deliveryFamily, hears: ({ probe }) => probe === 'self' },
  sight: { step: sightFamily, hears: ({ probe }) => probe === 'self' },
};
export const familyNames = Object.keys(families) as FamilyName[];

/** Of these there may be hundreds at once, and the families themselves count none together. */
export const isBounded = (name: FamilyName): boolean =>
  name === 'pci_removed' || name in hardwareFamilies;

function isLegs(input: FaultInput): boolean {
  return input.probe === 'link' && input.aspect === 'legs';
}

function isNic(input: FaultInput, aspect: string): boolean {
  return input.probe === 'nic' && input.aspect === aspect;
}

function hearsMembers(input: FaultInput): boolean {
  return (input.probe === 'bond' && input.aspect === 'member') || input.probe === 'census';
}

function hearsMaps({ probe }: FaultInput): boolean {
  return probe === 'multipath' || probe === 'census';
}

function hearsBlock({ probe }: FaultInput): boolean {
  return probe === 'block' || probe === 'census';
}
