/** What speaks for taking a leg out of use, and whether another one could carry its traffic. */
import { legOfDevice } from '../topology/flows.ts';
import { readLink } from '../topology/links.ts';
import { groupsKnown } from '../topology/selectors.ts';
import type { FlowEntry, GroupEntry, LegEntry, Topology } from '../topology/state.ts';
import { tableGet, tableValues } from '../topology/table.ts';
import type { Us } from '../types.ts';

export interface Evidence {
  kind: 'probe' | 'bfd' | 'stall';
  leg: LegEntry;
  /** For people. */
  text: string;
}

/** So long after its link came back a leg may be silent: neighbours are asked anew, a switch may not forward yet. */
export const SETTLE_US: Us = 2_000_000;

/**
 * `evidence` null: none, or none that could be acted on. wakeAt: when the same facts may be evidence.
 *
 * A silent leg is one whose probe gets no answer, or whose BFD session went down. Stalled flows are evidence against a leg when
 * all of the group's that stand still use it and have no other leg in common; how the leg itself answers is not waited for.
 */
export function evidenceOf(
  topology: Topology,
  group: GroupEntry,
  now: Us,
): { evidence: Evidence | null; wakeAt: Us | null } {
  let wakeAt: Us | null = null;
  if (!groupsKnown(topology)) return { evidence: null, wakeAt };
  const found = [...silences(topology, group), ...stalls(topology, group)];
  for (const evidence of found) {
    if (!isInUse(topology, group, evidence.leg)) continue;
    if (!group.legs.some(one => one !== evidence.leg && isProven(topology, group, one))) continue;
    const settled = linkSince(topology, evidence.leg) + SETTLE_US;
    if (settled <= now) return { evidence, wakeAt: null };
    wakeAt = Math.min(settled, wakeAt ?? settled);
  }
  return { evidence: null, wakeAt };
}

function silences(topology: Topology, group: GroupEntry): Evidence[] {
  return group.legs.flatMap((leg): Evidence[] => {
    const probe = tableGet(topology.probes, leg.ifindex);
    if (probe !== undefined && !probe.stale && !probe.answering) {
      return [{ kind: 'probe', leg, text: `${leg.name} does not answer (${probe.target})` }];
    }
    const lost = [...tableValues(topology.bfd)].find(
      ({ ifindex, stale, came_up, state, remote_state }) =>
        ifindex === leg.ifindex &&
        !stale &&
        came_up &&
        (state === 'down' || state === 'init') &&
        remote_state !== 'admin-down',
    );
    if (lost === undefined) return [];
    return [{ kind: 'bfd', leg, text: `BFD with ${lost.remote} on ${leg.name} is ${lost.state}` }];
  });
}

function stalls(topology: Topology, group: GroupEntry): Evidence[] {
  if (!topology.known.flow) return [];
  const stalled = [...tableValues(topology.flows)].filter(
    flow => flow.group === group.id && flow.stalled_since !== null && !flow.stale,
  );
  const ways = stalled.map(flow => legsOf(topology, flow));
  const [leg, ...others] = group.legs.filter(({ name }) => ways.every(way => way.has(name)));
  if (stalled.length === 0 || leg === undefined || others.length > 0) return [];
  const flows = stalled.length === 1 ? '1 flow stands' : `${stalled.length} flows stand`;
  return [{ kind: 'stall', leg, text: `${flows} still on ${leg.name}` }];
}

function legsOf(topology: Topology, flow: FlowEntry): Set<string> {
  const out = legOfDevice(topology, flow, flow.out_ifindex, 'out');
  const into = legOfDevice(topology, flow, flow.in_ifindex, 'in');
  return new Set([out, into].filter(leg => leg !== null));
}

/** Of members that share their load none can be left: which one a flow takes is the bond's hash, and no probe proves one. */
function isInUse(topology: Topology, group: GroupEntry, leg: LegEntry): boolean {
  const isBonded = group.kind === 'bond' || group.kind === 'team';
  if (isBonded && group.active !== leg.name) return false;
  return isUp(topology, leg) && !isLeft(topology, group, leg);
}

function isProven(topology: Topology, group: GroupEntry, leg: LegEntry): boolean {
  const probe = tableGet(topology.probes, leg.ifindex);
  if (probe === undefined || probe.stale || !probe.answering) return false;
  return isUp(topology, leg) && !isLeft(topology, group, leg);
}

const isLeft = ({ steered }: Topology, { id }: GroupEntry, { ifindex }: LegEntry): boolean =>
  tableGet(steered, id)?.ifindex === ifindex;

function isUp(topology: Topology, leg: LegEntry): boolean {
  const link = tableGet(topology.links, leg.ifindex);
  const reading = link === undefined ? null : readLink(topology, link);
  return leg.state === 'up' && reading !== null && reading.carrier && reading.admin_up;
}

/** Since when its link is as it is. */
function linkSince(topology: Topology, leg: LegEntry): Us {
  const link = tableGet(topology.links, leg.ifindex);
  return (link === undefined ? null : readLink(topology, link))?.since ?? 0;
}
