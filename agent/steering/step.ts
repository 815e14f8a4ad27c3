/**
 * When the helper is asked to take a leg out of use. It decides by itself whether it does: by its own probes, and by what its
 * root-owned configuration allows. This room only sees that it hears of the evidence at once, and not again and again.
 */
import type { Topology } from '../topology/state.ts';
import { tableGet } from '../topology/table.ts';
import type { Us } from '../types.ts';
import type { HelperRequest } from '../wire.ts';
import { evidenceOf } from './evidence.ts';

export type SteerRequest = Extract<HelperRequest, { type: 'steer' }>;

/** When it was asked by which evidence: `<group> <kind> <leg>`. */
export type SteeringState = Readonly<Record<string, Us>>;
export const notAsked: SteeringState = {};

/** The same evidence is put to the helper again after so long. */
export const AGAIN_US: Us = 1_000_000;

/** @param now µs CLOCK_MONOTONIC */
export function steeringStep(
  asked: SteeringState,
  topology: Topology,
  now: Us,
): [state: SteeringState, requests: SteerRequest[], wakeAt: Us | null] {
  const groups = topology.helper?.steering ?? [];
  if (groups.length === 0) return [notAsked, [], null];
  const recent = Object.entries(asked).filter(([, t]) => now < t + AGAIN_US);
  const next: Record<string, Us> = Object.fromEntries(recent);
  const requests: SteerRequest[] = [];
  const wakes: Us[] = [];
  for (const id of groups) {
    const group = tableGet(topology.groups, id);
    if (group === undefined) continue;
    const { evidence, wakeAt } = evidenceOf(topology, group, now);
    if (wakeAt !== null) wakes.push(wakeAt);
    if (evidence === null) continue;
    const { kind, leg, text } = evidence;
    const key = `${id} ${kind} ${leg.name}`;
    if (next[key] === undefined) {
      next[key] = now;
      const data = { group: id, action: 'leave', ifindex: leg.ifindex, reason: text } as const;
      requests.push({ type: 'steer', data });
    }
    wakes.push(next[key]! + AGAIN_US);
  }
  return [next, requests, wakes.length === 0 ? null : Math.min(...wakes)];
}
