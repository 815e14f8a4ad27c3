/**
 * A stall that ended by itself, and a loss after it, are two things. A record that only stalls justify ends there, as what
 * it was, and the loss gets one of its own: its cut is not that of a host's stutter some seconds before.
 */
import { tableEntries, tableGet, tableSet } from '../topology/table.ts';
import type { Us } from '../types.ts';
import { cutOf, episodesOf } from './episodes.ts';
import type { Loss } from './facts.ts';
import { lossesSeen } from './scope.ts';
import type { Failovers, GroupFacts, OpenRecord } from './state.ts';

/** What was seen up to this is of the stalls; null: the record tells of one thing. */
export function splitAt(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
): { after_us: Us; seen_us: Us } | null {
  // Of what is open, most was begun by a loss: that is not looked at each time.
  if (open.cut !== null || (open.told !== null && open.told.cut.source !== 'last_progress')) {
    return null;
  }
  const all = lossesSeen(state, id, group, open);
  const losses = all.filter(one => one.key !== 'stall');
  if (losses.length === 0 || losses.length === all.length) return null;
  const { lo } = cutOf(episodesOf(losses, null));
  const stalls = all.filter(one => one.key === 'stall');
  const isOver = (one: Loss) => one.healed_us !== null && one.healed_us < lo;
  const over = stalls.filter(isOver);
  const after_us = Math.max(...over.map(one => one.seen_us));
  // A flow that has stood still all the while may have known of the loss before anybody else.
  if (over.length === 0 || stalls.some(one => !isOver(one) && one.seen_us <= after_us)) return null;
  return { after_us, seen_us: Math.max(...losses.map(one => one.seen_us)) };
}

/** Without what was seen later of this group's legs and flows. */
export function seenUntil(before: Failovers, id: string, t: Us): Failovers {
  const group = tableGet(before.groups, id)!;
  let { legs, flows } = before;
  for (const leg of group.legs) {
    const facts = tableGet(legs, leg);
    if (facts === undefined) continue;
    const losses = facts.losses.filter(one => one.seen_us <= t);
    legs = tableSet(legs, leg, { ...facts, losses });
  }
  for (const [name, flow] of [...tableEntries(flows)]) {
    if (flow.group !== id) continue;
    const pauses = flow.pauses.filter(one => one.seen_us <= t);
    flows = tableSet(flows, name, { ...flow, pauses });
  }
  const active = group.active.filter(at => at.t <= t);
  const switches = group.switches.filter(one => one.t <= t);
  const groups = tableSet(before.groups, id, { ...group, active, switches });
  return { ...before, legs, flows, groups };
}
