/**
 * Netlink payloads recorded from Linux 6.18: a host with two veth legs c-a (31) and c-b (32), IPv4 and IPv6 multipath
 * routes, a group of nexthop objects, a point-to-point address and a permanent neighbour; and after `c-a` went down.
 */
import { readFileSync } from 'node:fs';
import { decode, type Inventory } from '../../../agent/drills/inventory.ts';
import type { Payloads } from '../../../agent/drills/rtnetlink.ts';

export function payloads(state: 'up' | 'down'): Payloads {
  const file = new URL(`./recorded/${state}.json`, import.meta.url);
  const hex: Record<string, string[]> = JSON.parse(readFileSync(file, 'utf8'));
  return Object.fromEntries(
    Object.entries(hex).map(([name, all]) => [name, all.map(h => Buffer.from(h, 'hex'))]),
  ) as Payloads;
}

export const recorded = (state: 'up' | 'down'): Inventory => decode(payloads(state));
