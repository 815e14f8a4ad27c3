/**
 * Faults: what observations mean once damped and correlated. One pure step over all families.
 *
 * Promises: each fault that becomes active is cleared exactly once; `unknown` clears nothing; an absent subject clears
 * with the cause subject-gone; the same observation twice changes nothing the second time.
 */
import type { FaultChange, Tick, Us } from '../types.ts';
import { causesAsTold, tellBounded } from './beyond.ts';
import {
  type FamilyName,
  type FaultState,
  families,
  familyNames,
  initialFaults,
  isBounded,
} from './families.ts';
import { durableFaults, restoreFaults } from './restore.ts';
import { setScene } from './scene.ts';
import { applyJudgements, type Census, earliest, type FaultInput } from './set.ts';

export type { Census, FaultInput, FaultState };
export { durableFaults, initialFaults, restoreFaults };

/** @param now µs CLOCK_MONOTONIC, only for what waits; times of changes are those of the observations. */
export function faultStep(
  state: FaultState,
  input: FaultInput,
  now: Us,
): [state: FaultState, changes: FaultChange[], wakeAt: Us | null] {
  let next: FaultState = { ...state, scene: setScene(state.scene, input) };
  const changes: FaultChange[] = [];
  const wakes: Partial<Record<string, Us | null>> = { ...state.wakes };
  for (const name of familyNames) {
    const wakeAt = wakes[name];
    const due = wakeAt === undefined || (wakeAt !== null && wakeAt <= now);
    if (!due && !families[name].hears(input)) continue;
    const [after, judged, at] = run(name, next, input, now);
    const [beyond, told] = isBounded(name)
      ? tellBounded(next.beyond, next.active, after.active, judged)
      : [next.beyond, judged];
    next = { ...after, beyond };
    changes.push(...told.map(change => causesAsTold(beyond, change)));
    wakes[name] = at;
  }
  return [{ ...next, wakes }, changes, earliest(...familyNames.map(name => wakes[name] ?? null))];
}

function run<K extends FamilyName>(
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
