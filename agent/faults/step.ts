/**
 * Faults: what observations mean once damped and correlated. One pure step over all families.
 *
 * Promises: each fault that becomes active is cleared exactly once; `unknown` clears nothing; an absent subject clears
 * with the cause subject-gone; the same observation twice changes nothing the second time.
 */

import type { FaultChange, Tick, Us } from '../types.ts';
import {
  type AnnouncementState,
  announcementFamily,
  noAnnouncements,
  withoutPending,
} from './announcement.ts';
import { type BfdState, bfdFamily, noSessions } from './bfd_session.ts';
import { type BlackholeState, blackholeFamily, noBlackholes } from './blackhole.ts';
import { bondMemberFamily } from './bond_member.ts';
import { noWiring, type WiringState, wiringFamily } from './bond_wiring.ts';
import { type Levels, noLevels } from './damped.ts';
import { type DegradedState, degradedFamily, levelsAlone, noErrors } from './degraded.ts';
import { type DeliveryState, deliveryFamily } from './delivery.ts';
import { type FailoverState, failoverFamily, noFailovers } from './failover.ts';
import { type IoState, ioFamily, noDisks } from './io.ts';
import { type IoErrorState, ioErrorFamily, noIoErrors } from './io_errors.ts';
import { type LacpFaults, lacpFamily, noLacp } from './lacp.ts';
import { type LinkState, linkFamily, noLinks, restoreLinks } from './link.ts';
import { type MultipathState, multipathFamily, noMaps } from './multipath.ts';
import { noOptics, type OpticsState, opticsFamily } from './optics.ts';
import { type FlappingState, flappingFamily, noPaths } from './path_flapping.ts';
import { noGroups, type RedundancyState, redundancyFamily } from './redundancy.ts';
import { noRemoved, type RemovedState, removedFamily } from './removed.ts';
import type { ActiveSet, Family, Scene } from './set.ts';
import { applyJudgements, type Census, earliest, type FaultInput } from './set.ts';
import { noSight, restoreSight, type SightState, sightFamily } from './sight.ts';
import { noSpeeds, type SpeedState, speedFamily } from './speed.ts';
import { newSpool, type SpoolState, spoolFamily } from './spool.ts';
import { notSteered, type SteeredState, steeredFamily } from './steered.ts';
import {
  noFlows,
  restorePaths,
  type StoragePathState,
  stalledAlone,
  storagePathFamily,
} from './storage_path.ts';
import { sessionFamily } from './storage_session.ts';
import { noTimeouts, type TimeoutState, timeoutFamily } from './tx_timeout.ts';

export type { Census, FaultInput };

/** Plain JSON: it is stored, and comes back with the next start. */
export interface FaultState {
  active: ActiveSet;
  scene: Scene;
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
  scene: { groups: {}, sessions: {}, failovers: {} },
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

type Name = Exclude<keyof FaultState, 'active' | 'scene' | 'wakes'>;

/** In this order: what a family clears or raises is seen by those after it. `hears`: what it needs to be told. */
const families: {
  [K in Name]: { step: Family<FaultState[K]>; hears(input: FaultInput): boolean };
} = {
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
const names = Object.keys(families) as Name[];

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

/** @param now µs CLOCK_MONOTONIC, only for what waits; times of changes are those of the observations. */
export function faultStep(
  state: FaultState,
  input: FaultInput,
  now: Us,
): [state: FaultState, changes: FaultChange[], wakeAt: Us | null] {
  let next: FaultState = { ...state, scene: setScene(state.scene, input) };
  const changes: FaultChange[] = [];
  const wakes: Partial<Record<string, Us | null>> = { ...state.wakes };
  for (const name of names) {
    const wakeAt = wakes[name];
    const due = wakeAt === undefined || (wakeAt !== null && wakeAt <= now);
    if (!due && !families[name].hears(input)) continue;
    const [after, told, at] = run(name, next, input, now);
    next = after;
    changes.push(...told);
    wakes[name] = at;
  }
  return [{ ...next, wakes }, changes, earliest(...names.map(name => wakes[name] ?? null))];
}

function run<K extends Name>(
  name: K,
  state: FaultState,
  input: FaultInput,
  now: Us,
  again = false,
): [FaultState, FaultChange[], Us | null] {
  const heard = families[name].hears(input) ? input : TICK;
  const [own, judgements, wakeAt] = families[name].step(state[name], heard, now, state);
  const [active, changes] = applyJudgements(state.active, judgements);
  const next: FaultState = { ...state, [name]: own, active };
  // What has just become active or cleared changes what there is to wait for.
  if (changes.length > 0 && !again) {
    const [settled, more, at] = run(name, next, TICK, now, true);
    return [settled, [...changes, ...more], at];
  }
  return [next, changes, wakeAt];
}

const TICK: Tick = { probe: 'tick' };

function setScene(scene: Scene, input: FaultInput): Scene {
  if (input.probe === 'link' && input.aspect === 'legs') {
    const group = input.subject.slice('group/'.length);
    if (input.value === 'unknown') return scene;
    if (input.value === 'absent') return { ...scene, groups: without(scene.groups, group) };
    const legs = [...input.value.up, ...input.value.down, ...input.value.missing].sort();
    if (legs.join() === scene.groups[group]?.join()) return scene;
    return { ...scene, groups: { ...scene.groups, [group]: legs } };
  }
  if (input.probe === 'storage_session') {
    const session = input.subject.slice('session/'.length);
    if (input.value === 'unknown') return scene;
    if (input.value === 'absent') return { ...scene, sessions: without(scene.sessions, session) };
    const { group, target } = input;
    const known = scene.sessions[session];
    if (known?.group === group && known.target === target) return scene;
    return { ...scene, sessions: { ...scene.sessions, [session]: { group, target } } };
  }
  if (input.probe === 'self' && input.aspect === 'failover') {
    const { id, group, drill, state } = input.record;
    if (state !== 'open') return { ...scene, failovers: without(scene.failovers, group) };
    if (scene.failovers[group]?.id === id) return scene;
    return { ...scene, failovers: { ...scene.failovers, [group]: { id, drill } } };
  }
  if (input.probe === 'census' && input.groups !== null) {
    const { groups } = input;
    const kept = Object.entries(scene.groups).filter(([group]) => groups.includes(group));
    return { ...scene, groups: Object.fromEntries(kept) };
  }
  return scene;
}

function without<T>(from: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _gone, ...rest } = from;
  return rest;
}

/** What is to be stored of the state: flows that move and counters are told again by the next snapshot. */
export const durableFaults = (state: FaultState): FaultState => ({
  ...state,
  storage_path: stalledAlone(state.storage_path),
  degraded: levelsAlone(state.degraded),
});

/**
 * The state of an earlier run, made fit for this one. After a reboot times and counts of before mean nothing: only the
 * active faults stay, to be cleared or confirmed by what is seen now.
 */
export function restoreFaults(saved: FaultState, sameBoot: boolean, now: Us): FaultState {
  if (!sameBoot) return { ...initialFaults, active: saved.active };
  return {
    // What an earlier version did not store.
    ...initialFaults,
    ...saved,
    scene: { ...initialFaults.scene, ...saved.scene, failovers: {} },
    announcement: withoutPending(saved.announcement ?? noAnnouncements),
    failover: Object.fromEntries(
      Object.entries(saved.failover).map(([name, group]) => [name, { ...group, open: null }]),
    ),
    storage_path: restorePaths(saved.storage_path),
    link: restoreLinks(saved.link),
    sight: restoreSight(saved.sight, now),
    wakes: {},
  };
}
