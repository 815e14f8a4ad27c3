/** What outlives the agent: the state of the faults as it is stored, and as it comes back. */
import type { Us } from '../types.ts';
import { noAnnouncements, withoutPending } from './announcement.ts';
import { nothingBeyond } from './beyond.ts';
import { levelsAlone } from './degraded.ts';
import { type FaultState, initialFaults } from './families.ts';
import { restoreHardware } from './hw_families.ts';
import { restoreLinks } from './link.ts';
import type { ActiveSet } from './set.ts';
import { restoreSight } from './sight.ts';
import { restorePaths, stalledAlone } from './storage_path.ts';

/** What is to be stored of the state: flows that move and counters are told again by the next snapshot. */
export const durableFaults = (state: FaultState): FaultState => ({
  ...state,
  storage_path: stalledAlone(state.storage_path),
  degraded: levelsAlone(state.degraded),
});

/**
 * The state of an earlier run, made fit for this one. After a reboot times and counts of before mean nothing: only the
 * active faults stay, as of now, to be cleared or confirmed by what is seen.
 */
export function restoreFaults(saved: FaultState, sameBoot: boolean, now: Us): FaultState {
  if (!sameBoot) {
    const asOfNow = (faults: ActiveSet): ActiveSet =>
      Object.fromEntries(Object.entries(faults).map(([key, fault]) => [key, { ...fault, t: now }]));
    const { keys, others } = saved.beyond ?? nothingBeyond;
    const hardware = restoreHardware(saved, false);
    const beyond = { keys, others: asOfNow(others) };
    return { ...initialFaults, ...hardware, active: asOfNow(saved.active), beyond };
  }
  return {
    // What an earlier version did not store.
    ...initialFaults,
    ...saved,
    ...restoreHardware(saved, true),
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
