/** Our own addresses on each link, and which of them belongs to a gateway. */
import type { FrameOf } from '../wire.ts';
import { contains, parseAddress, parsePrefix } from './prefix.ts';
import type { AddressEntry, Topology } from './state.ts';
import { tableDelete, tableGet, tableSet } from './table.ts';

/** The same topology when it was known already. */
export function putAddress(topology: Topology, data: FrameOf<'address'>['data']): Topology {
  const { ifindex, address, prefix_len } = data;
  const before = tableGet(topology.addresses, ifindex) ?? [];
  const others = before.filter(one => one.address !== address);
  if (others.length < before.length && before.some(one => isSame(one, address, prefix_len))) {
    return topology;
  }
  const after = [...others, { address, prefix_len }];
  return { ...topology, addresses: tableSet(topology.addresses, ifindex, after) };
}

export function dropAddress(topology: Topology, ifindex: number, address: string): Topology {
  const before = tableGet(topology.addresses, ifindex) ?? [];
  const after = before.filter(one => one.address !== address);
  if (after.length === before.length) return topology;
  const addresses =
    after.length === 0
      ? tableDelete(topology.addresses, ifindex)
      : tableSet(topology.addresses, ifindex, after);
  return { ...topology, addresses };
}

/** The link's own address in the target's subnet; null: none, or no target. */
export function sourceTowards(
  topology: Topology,
  ifindex: number,
  target: string | null,
): string | null {
  const to = target === null ? null : parseAddress(target);
  if (to === null) return null;
  for (const { address, prefix_len } of tableGet(topology.addresses, ifindex) ?? []) {
    const subnet = parsePrefix(`${address}/${prefix_len}`);
    if (subnet !== null && contains(subnet, to)) return address;
  }
  return null;
}

const isSame = (entry: AddressEntry, address: string, prefix_len: number): boolean =>
  entry.address === address && entry.prefix_len === prefix_len;
