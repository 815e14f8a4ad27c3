/** A host out of a few words: links, addresses, routes, and whatever settings a test sets. */
import type { Inventory, InventoryLink, InventoryRoute } from '../../../agent/drills/inventory.ts';
import { type Host, readHost } from '../../../agent/lint/host.ts';
import { openTree } from '../../../agent/lint/tree.ts';

export const EMPTY: Inventory = {
  links: [],
  addresses: [],
  routes: [],
  nexthops: [],
  neighbours: [],
  teams: [],
};

export const link = (
  ifindex: number,
  name: string,
  more: Partial<InventoryLink> = {},
): InventoryLink => ({
  ifindex,
  name,
  kind: null,
  master: null,
  lower: null,
  admin_up: true,
  carrier: true,
  bond: null,
  member: null,
  ...more,
});

/** `10.2.0.2@3` is a next hop by the link with index 3; `@3` one without a gateway. */
export const route = (
  dst: string,
  hops: string[],
  more: Partial<InventoryRoute> = {},
): InventoryRoute => ({
  family: dst.includes(':') ? 6 : 4,
  dst,
  table: 254,
  protocol: 4,
  type: 1,
  scope: 0,
  tos: 0,
  metric: 0,
  prefsrc: null,
  nhid: null,
  metrics: null,
  hops: hops.map(text => {
    const [gateway, ifindex] = text.split('@');
    return { ifindex: Number(ifindex), gateway: gateway || null, weight: 1, dead: false };
  }),
  ...more,
});

export const address = (ifindex: number, text: string) => {
  const [ip = '', prefix] = text.split('/');
  return { ifindex, address: ip, prefix: Number(prefix), automatic: false };
};

/** No setting is there. */
export const hostOf = (inventory: Partial<Inventory>, over: Partial<Host> = {}): Host => ({
  ...readHost(openTree('/nonexistent'), { ...EMPTY, ...inventory }),
  ...over,
});
