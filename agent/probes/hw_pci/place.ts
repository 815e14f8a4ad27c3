/** Where NICs and disks sit in the tree of PCI functions. */
import { ancestry } from '../../topology/fru.ts';
import { lowerLink } from '../../topology/links.ts';
import type { LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';

/** A link's function: its own, or that of the NIC under a VLAN. Null: it is behind none. */
export function functionOf(topology: Topology, link: LinkEntry): string | null {
  const lower = lowerLink(topology, link.ifindex) ?? link;
  return lower.pci ?? (lower.parent_bus === 'pci' ? lower.parent_dev : null);
}

/** Its function, of a virtual one the physical one, and the ports above; none: it is behind no function. */
export function placeOf(topology: Topology, address: string | null): string[] {
  if (address === null) return [];
  const [own, ...above] = ancestry(topology, address);
  const physical = tableGet(topology.hardware.pci_device, address)?.physical ?? null;
  return [own!, ...(physical === null ? [] : [physical]), ...above];
}
