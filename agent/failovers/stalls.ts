/** Stalled flows as accounts of a loss: of the leg that is known to be lost, else of the one by which the flow leaves. */
import type { Us } from '../types.ts';
import { type FlowFacts, type Loss, legAt, type Pause } from './facts.ts';
import { limits } from './limits.ts';

/**
 * The stalls of these flows that were told after `after_us`, each as a loss; none of a flow whose legs are not known.
 * healed_us: when all legs that were lost had healed, null: they have not. What began about then belongs to the way back.
 */
export function stallLosses(
  flows: readonly FlowFacts[],
  losses: readonly Loss[],
  after_us: Us,
  healed_us: Us | null,
): Loss[] {
  return flows.flatMap(flow =>
    flow.pauses
      .filter(pause => pause.kind === 'stall' && pause.seen_us > after_us)
      .flatMap(pause => stallLoss(flow, pause, losses, healed_us) ?? []),
  );
}

function stallLoss(
  flow: FlowFacts,
  pause: Pause,
  losses: readonly Loss[],
  healed_us: Us | null,
): Loss | null {
  if (healed_us !== null && pause.from >= healed_us) return null;
  const explained = explainedBy(flow, pause, losses);
  // Its last progress was just before the heal, by a leg that was well.
  const comesBack = healed_us !== null && pause.from + limits.stall_us >= healed_us;
  if (explained === undefined && comesBack) return null;
  const leg = explained?.leg ?? carriedBy(flow, pause);
  if (leg === null) return null;
  // The last progress or the first lost packet, whichever is later: the cut is as near as the flow's packets are dense.
  const spacing = flow.accounts.at(-1)?.spacing_us ?? 0;
  const near = spacing > 0 ? Math.min(spacing, limits.stall_us) : limits.stall_us;
  return {
    leg,
    key: 'stall',
    group: null,
    source: 'last_progress',
    t: pause.from,
    lo: pause.from - near,
    hi: pause.from + near,
    seen_us: pause.seen_us,
    healed_us: pause.to,
  };
}

/** A loss of a leg that the flow used while it stood still, in force at some time of it before it was told. */
function explainedBy(flow: FlowFacts, pause: Pause, losses: readonly Loss[]): Loss | undefined {
  const used = legsUsed(flow, pause);
  return losses.find(
    loss =>
      used.has(loss.leg) &&
      loss.lo <= pause.seen_us &&
      (loss.healed_us === null || loss.healed_us >= pause.from),
  );
}

function legsUsed(flow: FlowFacts, { from, seen_us }: Pause): Set<string | null> {
  const used = new Set<string | null>();
  for (const history of [flow.out, flow.in]) {
    used.add(legAt(history, from));
    for (const at of history) if (at.t >= from && at.t <= seen_us) used.add(at.leg);
  }
  return used;
}

function carriedBy(flow: FlowFacts, { from, seen_us }: Pause): string | null {
  const at = (t: Us) => legAt(flow.out, t) ?? legAt(flow.in, t);
  return at(from) ?? at(seen_us);
}
