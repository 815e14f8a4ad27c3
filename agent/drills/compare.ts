/** Before and after a drill: does the kernel's state around a leg read as it did? */
import { aggregates } from './aggregates.ts';
import {
  type Inventory,
  type InventoryHop,
  type InventoryRoute,
  RTPROT_STATIC,
  TABLE_LOCAL,
} from './inventory.ts';

export interface Difference {
  kind: 'missing' | 'added';
  what: string;
}

/**
 * What concerns one leg, a line each, in the words of `ip`. Left out is what the kernel or a neighbour makes anew by
 * itself: learnt neighbours, automatic (link-local, temporary) addresses, and the routes of the local table, which
 * follow the addresses. Nor does it matter here what another leg is doing meanwhile, or which member a bond uses: that is
 * the bond's own choice.
 */
export function lines(inventory: Inventory, ifindex: number): Set<string> {
  const name = (index: number) =>
    inventory.links.find(l => l.ifindex === index)?.name ?? `if${index}`;
  const found = new Set<string>();
  for (const l of inventory.links)
    if (l.ifindex === ifindex) {
      const carrier = l.carrier ? 'carrier' : 'no carrier';
      const master = l.master === null ? '' : `, master ${name(l.master)}`;
      found.add(`link ${l.name} ${l.admin_up ? 'up' : 'down'}, ${carrier}${master}`);
    }
  for (const { id, legs } of aggregates(inventory))
    if (legs.some(l => l.ifindex === ifindex && l.healthy))
      found.add(`${MEMBER}${name(ifindex)} usable in ${id}`);
  for (const a of inventory.addresses)
    if (a.ifindex === ifindex && !a.automatic && !a.address.startsWith('fe80:'))
      found.add(`address ${a.address}/${a.prefix} dev ${name(a.ifindex)}`);
  const objects = new Set(nexthopIds(inventory, ifindex));
  for (const r of inventory.routes)
    if (r.table !== TABLE_LOCAL && !othersAffair(r) && touches(r, ifindex, objects))
      found.add(routeLine(r, ifindex, name));
  for (const n of inventory.nexthops)
    if (objects.has(n.id) && n.protocol <= RTPROT_STATIC)
      found.add(
        n.group
          ? `nexthop group ${n.id}: ${n.group.map(m => `${m.id},${m.weight}`).join('/')}`
          : `nexthop ${n.id}${via(n.gateway)} dev ${name(n.ifindex ?? 0)}`,
      );
  for (const n of inventory.neighbours)
    if (n.ifindex === ifindex && n.permanent)
      found.add(`neighbour ${n.address} lladdr ${n.lladdr} dev ${name(n.ifindex)}`);
  return found;
}

/** `missing` was there before and is not now. Empty: restored. A member that its bond uses again is no harm. */
export function compare(before: Set<string>, after: Set<string>): Difference[] {
  const added = [...after].filter(x => !before.has(x) && !isMembersLine(x));
  return [
    ...[...before].filter(x => !after.has(x)).map(what => ({ kind: 'missing' as const, what })),
    ...added.map(what => ({ kind: 'added' as const, what })),
  ];
}

const TABLE_MAIN = 254;

const MEMBER = 'member ';
/** Whether its bond or team would use the leg: it may take its own time until it does again. */
export const isMembersLine = (line: string): boolean => line.startsWith(MEMBER);

/** linux/rtnetlink.h. */
const RTN_MULTICAST = 5;

/**
 * ff00::/8 and fe80::/64, which the kernel adds for each IPv6 interface by itself; and the routes of routing daemons and
 * router advertisements (protocols above static), which those put back.
 */
const othersAffair = (r: InventoryRoute): boolean =>
  r.type === RTN_MULTICAST || r.dst.startsWith('fe80:') || r.protocol > RTPROT_STATIC;

/** Ids of the nexthop objects on a link, and of the groups that hold one of these. */
function nexthopIds(inventory: Inventory, ifindex: number): number[] {
  const single = inventory.nexthops.filter(n => n.ifindex === ifindex).map(n => n.id);
  const groups = inventory.nexthops.filter(n => n.group?.some(m => single.includes(m.id)));
  return [...single, ...groups.map(n => n.id)];
}

const touches = (r: InventoryRoute, ifindex: number, objects: Set<number>): boolean =>
  r.hops.some(h => h.ifindex === ifindex) || (r.nhid !== null && objects.has(r.nhid));

const via = (gateway: string | null): string => (gateway === null ? '' : ` via ${gateway}`);

function routeLine(r: InventoryRoute, ifindex: number, name: (index: number) => string): string {
  const hop = (h: InventoryHop) =>
    `${via(h.gateway)} dev ${name(h.ifindex)}${r.hops.length > 1 ? ` weight ${h.weight}` : ''}${h.dead && h.ifindex === ifindex ? ' dead' : ''}`;
  const parts = [`route ${r.dst}`];
  if (r.table !== TABLE_MAIN) parts.push(` table ${r.table}`);
  if (r.nhid !== null) parts.push(` nhid ${r.nhid}`);
  parts.push(r.hops.map(hop).join(' nexthop'));
  if (r.prefsrc) parts.push(` src ${r.prefsrc}`);
  if (r.metric) parts.push(` metric ${r.metric}`);
  if (r.tos) parts.push(` tos ${r.tos}`);
  parts.push(` proto ${r.protocol}`);
  if (r.metrics) parts.push(` metrics ${r.metrics}`);
  return parts.join('');
}
