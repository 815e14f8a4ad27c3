/**
 * Carrier and administrative state of every leg and NIC, and which legs the kernel has in each path group.
 *
 * Both link aspects are read together, from the source that is right (topology/links.ts): a late netlink message repeats
 * what is known instead of undoing it.
 */
import { type LinkReading, lastStatement, readLink } from '../../topology/links.ts';
import { groupsKnown, isWatched, legNames, noLongerWatched } from '../../topology/selectors.ts';
import type { GroupEntry, LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import type { Probe } from '../probe.ts';

/** net/core/link_watch.c lets one non-urgent carrier event per second through. */
const LINKWATCH_US = 1_000_000;
/** Setting a link down by hand is told at once; this is for the way through the socket. */
const NETLINK_US = 20_000;
/** The getlink strategy asks the busiest legs each interval, all others this often. */
const GETLINK_OTHERS_US = 500_000;
const GETLINK_BUSIEST = 8;

export const probe: Probe = {
  name: 'link',
  observe(frame, topology) {
    const t = frame.data.t_us;
    const { links, groups, gone } = topology.effect;
    const told = new Map<number, LinkEntry>();
    for (const ifindex of links) tell(told, tableGet(topology.links, ifindex));
    // A link becomes a leg by its group.
    for (const id of groups) {
      for (const leg of tableGet(topology.groups, id)?.legs ?? []) {
        tell(told, tableGet(topology.links, leg.ifindex));
      }
    }
    return [
      ...[...told.values()].flatMap(link => readings(topology, link, t)),
      ...noLongerWatched(topology).flatMap(link => absent(topology, link, t)),
      ...groups.flatMap(id => legs(topology, tableGet(topology.groups, id), frame)),
      ...gone.groups.map(group => legsObservation(group, t, 'absent')),
    ];
  },
};

function tell(told: Map<number, LinkEntry>, link: LinkEntry | undefined): void {
  if (link !== undefined) told.set(link.ifindex, link);
}

function readings(topology: Topology, link: LinkEntry, t: Us): Observation[] {
  if (!isWatched(topology, link)) return [];
  const reading = readLink(topology, link);
  if (reading !== null) {
    const { carrier, admin_up } = reading;
    return [
      observation(topology, link, 'carrier', reading, carrier ? 'up' : 'down'),
      observation(topology, link, 'admin', reading, admin_up ? 'up' : 'down'),
    ];
  }
  return both(topology, link, t, 'unknown');
}

const absent = (topology: Topology, link: LinkEntry, t: Us): Observation[] =>
  both(topology, link, t, 'absent');

function both(
  topology: Topology,
  link: LinkEntry,
  t: Us,
  value: 'unknown' | 'absent',
): Observation[] {
  const last = lastStatement(topology, link);
  if (last === null) return [];
  const reading = { ...last, t };
  return [
    observation(topology, link, 'carrier', reading, value),
    observation(topology, link, 'admin', reading, value),
  ];
}

function observation(
  topology: Topology,
  link: LinkEntry,
  aspect: 'carrier' | 'admin',
  { t, ups, downs, via, admin_up }: LinkReading,
  value: 'up' | 'down' | 'unknown' | 'absent',
): Observation {
  const uncertainty_us = uncertainty(topology, link, via, admin_up);
  return {
    probe: 'link',
    aspect,
    subject: `leg/${link.name}`,
    value,
    t,
    ups,
    downs,
    uncertainty_us,
    via,
  };
}

/** How much older than its reading a change can be. */
function uncertainty(topology: Topology, link: LinkEntry, via: string, admin_up: boolean): Us {
  // Seen as it happened.
  if (via === 'fentry') return 0;
  if (via === 'rtnl') return admin_up ? LINKWATCH_US : NETLINK_US;
  const interval = topology.helper?.interval_us ?? 0;
  if (via !== 'getlink') return interval;
  const legs = legNames(topology.groups);
  const busiest = legs.size <= GETLINK_BUSIEST && legs.has(link.name ?? '');
  return busiest ? interval : Math.max(interval, GETLINK_OTHERS_US);
}

function legs(topology: Topology, group: GroupEntry | undefined, frame: Frame): Observation[] {
  if (group === undefined) return [];
  if (!groupsKnown(topology)) {
    // While the first snapshot comes in, nothing is said: unknown it was before.
    if (frame.type !== 'lost' && frame.type !== 'hello') return [];
    return [legsObservation(group, frame.data.t_us, 'unknown')];
  }
  const names = (state: string) =>
    group.legs.filter(leg => leg.state === state).map(leg => leg.name);
  const value = { up: names('up'), down: names('down'), missing: names('missing') };
  return [legsObservation(group, frame.data.t_us, value)];
}

type Legs = Extract<Observation, { aspect: 'legs' }>;

const legsObservation = (group: GroupEntry, t: Us, value: Legs['value']): Observation => ({
  probe: 'link',
  aspect: 'legs',
  subject: `group/${group.id}`,
  value,
  t,
  kind: group.kind,
  active: group.active,
});
