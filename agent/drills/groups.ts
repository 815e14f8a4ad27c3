/** Path groups and their legs, out of the kernel's inventory. Ids are those that the agent uses (types.ts, Group). */
import type { GroupKind } from '../types.ts';
import { aggregates } from './aggregates.ts';
import {
  type Inventory,
  type InventoryHop,
  type InventoryNexthop,
  RTN_UNICAST,
  RTPROT_STATIC,
  TABLE_LOCAL,
} from './inventory.ts';

export interface DrillLeg {
  ifname: string;
  ifindex: number;
  gateway: string | null;
  /** Administratively up, with carrier, and used by the kernel. */
  healthy: boolean;
}

export interface DrillGroup {
  id: string;
  kind: GroupKind;
  targets: string[];
  legs: DrillLeg[];
  /** The one leg that carries everything now (active-backup), by interface name; null: there is no such leg. */
  active: string | null;
  /** How long after its link is back the group's own timers may keep a leg out, ms; 0: it is used at once. */
  rejoin_ms: number;
  /** Why its state could not be put back after a link was lost; null: it can. */
  unrestorable: string | null;
}

/** Groups with two legs or more: multipath routes, groups of nexthop objects, bonds and teams. */
export function groupsOf(inventory: Inventory): DrillGroup[] {
  return [...ecmp(inventory), ...nexthopGroups(inventory), ...aggregates(inventory)].filter(
    g => g.legs.length >= 2,
  );
}

function ecmp(inventory: Inventory): DrillGroup[] {
  const groups = new Map<string, DrillGroup>();
  for (const route of inventory.routes) {
    if (route.nhid !== null || route.type !== RTN_UNICAST || route.table === TABLE_LOCAL) continue;
    if (route.hops.length < 2) continue;
    const id = `ecmp:${route.dst}`;
    const group = groups.get(id) ?? routed(id, 'ecmp', [route.dst]);
    groups.set(id, group);
    for (const hop of route.hops) addLeg(group, inventory, hop);
  }
  return [...groups.values()];
}

function nexthopGroups(inventory: Inventory): DrillGroup[] {
  return inventory.nexthops
    .filter(n => n.group !== null)
    .map(n => {
      const targets = inventory.routes.filter(r => r.nhid === n.id).map(r => r.dst);
      const group = routed(`nhg:${n.id}`, 'nexthop_group', targets);
      const members = inventory.nexthops.filter(x => n.group?.some(m => m.id === x.id));
      for (const hop of members)
        if (hop.ifindex) addLeg(group, inventory, { ...hop, ifindex: hop.ifindex, weight: 1 });
      return { ...group, unrestorable: foreign([n, ...members]) };
    });
}

const routed = (id: string, kind: GroupKind, targets: string[]): DrillGroup => ({
  id,
  kind,
  targets,
  legs: [],
  active: null,
  rejoin_ms: 0,
  unrestorable: null,
});

/** The kernel deletes nexthop objects with their link. The guard makes an operator's again, and leaves a daemon's alone. */
function foreign(objects: InventoryNexthop[]): string | null {
  const first = objects.find(n => n.protocol > RTPROT_STATIC);
  return first === undefined
    ? null
    : `nexthop object ${first.id}, which the kernel would delete, is of protocol ${first.protocol}: a routing daemon's, ` +
        'not ours to put back';
}

function addLeg(group: DrillGroup, inventory: Inventory, hop: InventoryHop): void {
  const link = inventory.links.find(l => l.ifindex === hop.ifindex);
  if (!link || group.legs.some(l => l.ifindex === hop.ifindex)) return;
  group.legs.push({
    ifname: link.name,
    ifindex: link.ifindex,
    gateway: hop.gateway,
    healthy: link.admin_up && link.carrier && !hop.dead,
  });
}
