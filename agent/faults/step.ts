/**
 * Faults: what observations mean once damped and correlated. One pure step over all families.
 *
 * Promises: each fault that becomes active is cleared exactly once; `unknown` clears nothing; an absent subject clears
 * with the cause subject-gone; the same observation twice changes nothing the second time.
 */

import type { FaultChange, Us } from '../types.ts';
import { type FailoverState, failoverFamily, noFailovers } from './failover.ts';
import { type LinkState, linkFamily, noLinks, restoreLinks } from './link.ts';
import { noGroups, type RedundancyState, redundancyFamily } from './redundancy.ts';
import type { ActiveSet, Family, Scene } from './set.ts';
import { applyJudgements, type Census, earliest, type FaultInput } from './set.ts';
import { noSight, restoreSight, type SightState, sightFamily } from './sight.ts';
import { newSpool, type SpoolState, spoolFamily } from './spool.ts';
import { noFlows, type StoragePathState, storagePathFamily } from './storage_path.ts';

export type { Census, FaultInput };

/** Plain JSON: it is stored, and comes back with the next start. */
export interface FaultState {
  active: ActiveSet;
  scene: Scene;
  link: LinkState;
  redundancy: RedundancyState;
  storage_path: StoragePathState;
  failover: FailoverState;
  spool: SpoolState;
  sight: SightState;
}

export const initialFaults: FaultState = {
  active: {},
  scene: { groups: {}, failovers: {} },
  link: noLinks,
  redundancy: noGroups,
  storage_path: noFlows,
  failover: noFailovers,
  spool: newSpool,
  sight: noSight,
};

/** In this order: what a family clears or raises is seen by those after it. */
const families: { [K in keyof FaultState]?: Family<FaultState[K]> } = {
  link: linkFamily,
  redundancy: redundancyFamily,
  storage_path: storagePathFamily,
  failover: failoverFamily,
  spool: spoolFamily,
  sight: sightFamily,
};

/** @param now µs CLOCK_MONOTONIC, only for what waits; times of changes are those of the observations. */
export function faultStep(
  state: FaultState,
  input: FaultInput,
  now: Us,
): [state: FaultState, changes: FaultChange[], wakeAt: Us | null] {
  let next: FaultState = { ...state, scene: setScene(state.scene, input) };
  const changes: FaultChange[] = [];
  let wakeAt: Us | null = null;
  for (const name of Object.keys(families) as (keyof FaultState)[]) {
    const [after, told, at] = run(name, next, input, now);
    next = after;
    changes.push(...told);
    wakeAt = earliest(wakeAt, at);
  }
  return [next, changes, wakeAt];
}

function run<K extends keyof FaultState>(
  name: K,
  state: FaultState,
  input: FaultInput,
  now: Us,
): [FaultState, FaultChange[], Us | null] {
  const [own, judgements, wakeAt] = families[name]!(state[name], input, now, state);
  const [active, changes] = applyJudgements(state.active, judgements);
  const next: FaultState = { ...state, [name]: own, active };
  // What has just become active or cleared changes what there is to wait for.
  if (changes.length > 0 && input.probe !== 'tick') {
    const [settled, more, at] = run(name, next, { probe: 'tick' }, now);
    return [settled, [...changes, ...more], at];
  }
  return [next, changes, wakeAt];
}

function setScene(scene: Scene, input: FaultInput): Scene {
  if (input.probe === 'link' && input.aspect === 'legs') {
    const group = input.subject.slice('group/'.length);
    if (input.value === 'unknown') return scene;
    if (input.value === 'absent') return { ...scene, groups: without(scene.groups, group) };
    const legs = [...input.value.up, ...input.value.down, ...input.value.missing].sort();
    if (legs.join() === scene.groups[group]?.join()) return scene;
    return { ...scene, groups: { ...scene.groups, [group]: legs } };
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

/**
 * The state of an earlier run, made fit for this one. After a reboot times and counts of before mean nothing: only the
 * active faults stay, to be cleared or confirmed by what is seen now.
 */
export function restoreFaults(saved: FaultState, sameBoot: boolean, now: Us): FaultState {
  if (!sameBoot) return { ...initialFaults, active: saved.active };
  return {
    ...saved,
    scene: { ...saved.scene, failovers: {} },
    failover: Object.fromEntries(
      Object.entries(saved.failover).map(([name, group]) => [name, { ...group, open: null }]),
    ),
    link: restoreLinks(saved.link),
    sight: restoreSight(saved.sight, now),
  };
}
