/** Where NICs and disks sit in the tree of PCI functions. */
import { ancestry } from '../../topology/fru.ts';
import { lowerLink } from '../../topology/links.ts';
import type { LinkEntry, Topology } from '../../topology/state.ts';

/** A link's function: its own, or that of the NIC under a VLAN. Null: it is behind none. */
export function functionOf(topology: Topology, link: LinkEntry): string | null {
  const lower = lowerLink(topology, link.ifindex) ?? link;
  return lower.pci ?? (lower.parent_bus === 'pci' ? lower.parent_dev : null);
}

/** Its function, and the ports above it; none: it is behind no function. */
export const placeOf = (topology: Topology, address: string | null): string[] =>
  address === null ? [] : ancestry(topology, address);
