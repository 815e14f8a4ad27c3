/** Is a bond to announce a switch, and can that be seen? */
import { lowerLink } from '../../topology/links.ts';
import { bondMode } from '../../topology/members.ts';
import type { LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet, tableValues } from '../../topology/table.ts';
import type { Us } from '../../types.ts';

/** The helper's source that tells of announcements. */
const SOURCE = 'bond';

/**
 * Null: none is to come, or nobody would see it. The kernel sends the first one as it switches, or, while linkwatch has
 * still to hear of the new member, from its monitor (bond_should_notify_peers of bond_main.c): at its next turn, or the
 * one after.
 */
export function announceWithin(
  topology: Topology,
  master: LinkEntry,
  { from, to }: { from: string | null; to: string | null },
): Us | null {
  const { bond } = master;
  // With no member before there was nothing to move, and the bond itself had no carrier to announce by.
  if (bond === null || from === null || to === null) return null;
  if (bondMode(master) !== 'active-backup' || bond.peer_notify_count === 0) return null;
  if (!seesAnnouncements(topology) || !hasAddress(topology, master)) return null;
  const monitor_ms = Math.max(bond.miimon_ms, bond.arp_interval_ms);
  return (2 * monitor_ms + bond.peer_notify_delay_ms) * 1000;
}

function seesAnnouncements({ helper }: Topology): boolean {
  const source = helper?.sources.find(one => one.name === SOURCE);
  if (source === undefined || source.state === 'absent') return false;
  return source.state === 'ok' || !/announce/i.test(source.reason ?? '');
}

/** Of its own or of a VLAN's above it; a link-local one is no reason: a bond that only carries a bridge has that, too. */
function hasAddress(topology: Topology, master: LinkEntry): boolean {
  for (const link of tableValues(topology.links)) {
    if (lowerLink(topology, link.ifindex) !== master) continue;
    const addresses = tableGet(topology.addresses, link.ifindex) ?? [];
    if (addresses.some(({ address }) => !/^fe[89ab]/i.test(address))) return true;
  }
  return false;
}
