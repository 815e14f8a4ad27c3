/**
 * A stall that ended by itself, or a switch by hand, and a loss after it are two things. A record that nothing else
 * justifies ends there, as what it was, and the loss gets one of its own: its cut is not that of a host's stutter some
 * seconds before, and the switch before is no answer to it.
 */
import { tableEntries, tableGet, tableSet } from '../topology/table.ts';
import type { CutSource, Us } from '../types.ts';
import { cutOf, episodesOf } from './episodes.ts';
import type { ConditionKey, Loss } from './facts.ts';
import { lossesSeen } from './scope.ts';
import type { Failovers, GroupFacts, OpenRecord } from './state.ts';

/** What was seen up to this is of what came before; null: the record tells of one thing. */
export function splitAt(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
): { after_us: Us; seen_us: Us } | null {
  // Of what is open, most was begun by a loss: that is not looked at each time.
  if (open.cut !== null || (open.told !== null && !MILD_CUTS.includes(open.told.cut.source)))
    return null;
  const all = lossesSeen(state, id, group, open);
  // A move by hand to a leg by which nothing is answered is one thing.
  return partsOf(all, ['stall']) ?? partsOf(all, ['stall', 'switch', 'answering']);
}

/** A leg need not have been lost for them. */
const MILD_CUTS: readonly CutSource[] = ['last_progress', 'switch'];

/** `mild`: what may come before. */
function partsOf(all: readonly Loss[], mild: readonly ConditionKey[]) {
  const losses = all.filter(one => !mild.includes(one.key));
  if (losses.length === 0 || losses.length === all.length) return null;
  const { lo } = cutOf(episodesOf(losses, null));
  const before = all.filter(one => mild.includes(one.key));
  const isOver = ({ key, t, healed_us }: Loss) =>
    key === 'switch' ? t < lo : healed_us !== null && healed_us < lo;
  const over = before.filter(isOver);
  const after_us = Math.max(...over.map(one => one.seen_us));
  // A flow that has stood still all the while may have known of the loss before anybody else.
  if (over.length === 0 || before.some(one => !isOver(one) && one.seen_us <= after_us)) return null;
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
