/** Bonds and teams as path groups, out of the kernel's inventory. */
import { BOND_MODE } from './bonding.ts';
import type { DrillGroup } from './groups.ts';
import { type Inventory, type InventoryLink, RTN_UNICAST, TABLE_LOCAL } from './inventory.ts';

/** Every one of them, whatever number of members it has. */
export const aggregates = (inventory: Inventory): DrillGroup[] =>
  inventory.links
    .filter(l => l.kind === 'bond' || l.kind === 'team')
    .map(master => ({
      id: `${master.kind}:${master.name}`,
      kind: master.kind as 'bond' | 'team',
      targets: targetsOf(inventory, master.ifindex),
      legs: inventory.links
        .filter(l => l.master === master.ifindex)
        .map(l => ({
          ifname: l.name,
          ifindex: l.ifindex,
          gateway: null,
          healthy: isUsable(inventory, master, l),
        })),
      active: activeOf(inventory, master),
      rejoin_ms: rejoinMs(master),
      unrestorable: null,
    }));

/**
 * Up, with carrier, and its master would use it. The links' own state is asked as well: a bond without a monitor
 * (miimon 0, no ARP targets) takes each member for up for ever.
 */
export function isUsable(
  inventory: Inventory,
  master: InventoryLink,
  member: InventoryLink,
): boolean {
  if (!member.admin_up || !member.carrier) return false;
  if (master.kind === 'team')
    return (
      inventory.teams.find(t => t.ifindex === master.ifindex)?.linked.includes(member.ifindex) !==
      false
    );
  if (!member.member?.mii_up) return false;
  if (master.bond?.mode !== BOND_MODE.lacp) return true;
  return member.member.distributing && member.member.aggregator === master.bond.aggregator;
}

/** balance-tlb and -alb have an active member as well, but their connections leave by any. */
function activeOf(inventory: Inventory, master: InventoryLink): string | null {
  const index =
    master.kind === 'team'
      ? inventory.teams.find(t => t.ifindex === master.ifindex)?.active_ifindex
      : master.bond?.mode === BOND_MODE.activeBackup && master.bond.active_ifindex;
  return inventory.links.find(l => l.ifindex === index)?.name ?? null;
}

/**
 * Looks of the monitor until a member is believed to be up. Two LACP ports that have both lost their partner take it for a
 * slow one: up to 30 s until the next LACPDU (Slow_Periodic_Time, IEEE 802.1AX 6.4.4), whatever the rate.
 */
const LOOKS = 3;
const LACP_MS = 35_000;
/** teamd's own delays cannot be read from the kernel. */
const TEAM_MS = 10_000;

function rejoinMs({ bond }: InventoryLink): number {
  if (bond === null) return TEAM_MS;
  const monitor = LOOKS * Math.max(bond.miimon_ms, bond.arp_interval_ms);
  return monitor + bond.updelay_ms + (bond.mode === BOND_MODE.lacp ? LACP_MS : 0);
}

/** fe80::/64 is on every link. */
const isLinkLocal = (dst: string): boolean => dst.startsWith('fe80:');

/** Destinations whose route leaves by the master, by what is stacked on it, or by a bridge that it is a port of. */
function targetsOf(inventory: Inventory, master: number): string[] {
  const over = new Set([master]);
  for (let known = 0; known !== over.size; ) {
    known = over.size;
    for (const link of inventory.links) {
      if (link.lower !== null && over.has(link.lower)) over.add(link.ifindex);
      const bridge = inventory.links.find(b => b.ifindex === link.master && b.kind === 'bridge');
      if (bridge && over.has(link.ifindex)) over.add(bridge.ifindex);
    }
  }
  const routes = inventory.routes.filter(
    r =>
      r.type === RTN_UNICAST &&
      r.table !== TABLE_LOCAL &&
      !isLinkLocal(r.dst) &&
      r.hops.some(h => over.has(h.ifindex)),
  );
  return [...new Set(routes.map(r => r.dst))];
}
