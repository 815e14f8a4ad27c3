/** Which leg of a group a drill cuts, and what the kernel's own state says against it. */
import type { Flow } from '../types.ts';
import type { DrillGroup, DrillLeg } from './groups.ts';

export interface ChosenLeg {
  leg: DrillLeg;
  /** Nobody knows what carries the flows: it is the first that may. */
  guessed: boolean;
}

/**
 * The leg in use now: the one that the kernel sends everything by; else the one by which most of the group's storage flows
 * leave, those that this host opened before those that it serves (as main/readiness.ts counts them). Which member of a bond
 * a flow leaves by is seen in a trace only, so there the first healthy one is a guess. Null: there is none.
 */
export function legInUse(group: DrillGroup, flows: Flow[]): ChosenLeg | null {
  const name = group.active ?? carryingLeg(flows.filter(f => f.group === group.id));
  const known = group.legs.find(l => l.ifname === name);
  if (known) return { leg: known, guessed: false };
  const aggregate = group.kind === 'bond' || group.kind === 'team';
  const first = aggregate ? group.legs.find(l => l.healthy) : undefined;
  return first ? { leg: first, guessed: true } : null;
}

function carryingLeg(flows: Flow[]): string | null {
  const clients = flows.filter(f => f.role === 'client');
  const counts = new Map<string, number>();
  for (const { leg_out } of clients.length > 0 ? clients : flows)
    if (leg_out !== null) counts.set(leg_out, (counts.get(leg_out) ?? 0) + 1);
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return most?.[0] ?? null;
}

/**
 * Why it would be unwise to cut this leg now; null: nothing speaks against it. The agent refuses the same in the same
 * words, from what it was told; this is what the kernel says at this moment.
 */
export const lastUsable = (group: DrillGroup, leg: DrillLeg): string | null =>
  group.legs.some(l => l.ifname !== leg.ifname && l.healthy)
    ? null
    : `no second healthy leg in ${group.id} beside ${leg.ifname}`;
