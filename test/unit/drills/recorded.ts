/**
 * Netlink payloads recorded from Linux 6.18: a host with two veth legs c-a (31) and c-b (32), IPv4 and IPv6 multipath
 * routes, a group of nexthop objects, a point-to-point address and a permanent neighbour; and after `c-a` went down.
 *
 * aggregates.json is of Linux 6.1 with teamd: bond0 (active-backup, miimon 100, updelay 200) of b-a and b-b with the VLAN
 * bond0.20, bond1 (802.3ad) of l-a and l-b, team0 (activebackup) of t-a and t-b. Its links are without their statistics.
 */
import { readFileSync } from 'node:fs';
import { decode, type Inventory } from '../../../agent/drills/inventory.ts';
import type { Payloads } from '../../../agent/drills/rtnetlink.ts';
import { decodeTeam } from '../../../agent/drills/teams.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./recorded/${name}.json`, import.meta.url), 'utf8'));

export const payloads = (state: 'up' | 'down'): Payloads => fromHex(read(state));

function fromHex(hex: Record<string, string[]>): Payloads {
  return Object.fromEntries(
    Object.entries(hex).map(([name, all]) => [name, all.map(h => Buffer.from(h, 'hex'))]),
  ) as Payloads;
}

export const recorded = (state: 'up' | 'down'): Inventory => decode(payloads(state));

/** What generic netlink said of team0. */
export function teamAnswers(): { ifindex: number; options: Buffer[]; ports: Buffer[] } {
  const { ifindex, options, ports } = read('aggregates').team;
  const bytes = (all: string[]) => all.map(h => Buffer.from(h, 'hex'));
  return { ifindex, options: bytes(options), ports: bytes(ports) };
}

export function recordedAggregates(): Inventory {
  const { team: _, ...hex } = read('aggregates');
  const { ifindex, options, ports } = teamAnswers();
  return decode(fromHex(hex), [decodeTeam(ifindex, options, ports)]);
}
