/**
 * Leg or target? What the other flows of a group, and the probes of its legs, tell of flows that stand still.
 *
 * A flow that does not stand still may have had nothing to send, so one alone excuses no leg and no target: shares of
 * flows count.
 */
import type { FlowBelief, FlowBeliefs, LegAnswers } from './storage_flows.ts';

export type Finding = { leg: string; text: string } | { leg: null; text: string };

/** Of the flows by a leg that is named, so many must stand still. */
const SHARE = 0.5;

/** Why the flows to this target stand still; null: it cannot be told. */
export function attribute(object: string, flows: FlowBeliefs, answers: LegAnswers): Finding | null {
  const all = Object.values(flows);
  const own = all.filter(flow => flow.object === object);
  const stalled = own.filter(flow => flow.stalled);
  if (stalled.length === 0 || stalled.some(flow => flow.legs.length === 0)) return null;
  const group = stalled[0]!.group;
  const peers = all.filter(flow => flow.group === group);
  const common = stalled[0]!.legs.filter(leg => stalled.every(flow => flow.legs.includes(leg)));
  const found = common.flatMap(leg => suspect(leg, own, peers, answers) ?? []);
  // Of two legs that all of them use, each its own way, the flows alone cannot tell which.
  if (found.length === 1) return found[0]!;
  const silent = found.filter(({ leg }) => answers[leg]?.answering === false);
  if (silent.length === 1) return silent[0]!;
  return common.length > 0 ? null : blameTarget(own, stalled);
}

function suspect(
  leg: string,
  own: readonly FlowBelief[],
  peers: readonly FlowBelief[],
  answers: LegAnswers,
): { leg: string; text: string } | null {
  const by = peers.filter(flow => flow.legs.includes(leg));
  const others = peers.filter(flow => flow.legs.length > 0 && !flow.legs.includes(leg));
  const stalled = by.filter(flow => flow.stalled);
  const elsewhere = others.filter(flow => flow.stalled);
  const answer = answers[leg];
  const silent = answer?.answering === false;
  const alive = own.some(flow => !flow.stalled && flow.legs.length > 0 && !flow.legs.includes(leg));
  const several = new Set(stalled.map(flow => flow.object)).size > 1;
  const share = stalled.length >= by.length * SHARE && elsewhere.length < others.length * SHARE;
  if (!share || others.length === 0 || !(alive || several || silent)) return null;
  const words = [`${stalled.length} of ${by.length} flows by it stand still`];
  words.push(`${elsewhere.length} of ${others.length} by others`);
  if (silent) words.push('its probe has no answer');
  return { leg, text: `leg ${leg}: ${words.join(', ')}` };
}

/** They use no leg in common. */
function blameTarget(own: readonly FlowBelief[], stalled: readonly FlowBelief[]): Finding | null {
  if (stalled.length < own.length) return null;
  const legs = [...new Set(stalled.flatMap(flow => flow.legs))].sort();
  const text = `the target: all ${stalled.length} flows to it stand still, by ${legs.join(' and ')}`;
  return { leg: null, text };
}
