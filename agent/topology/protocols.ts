/** Which protocol a storage port stands for. */
import { STORAGE_PORTS } from '../config/schema.ts';
import type { StorageProtocol } from '../types.ts';
import type { TopologyOptions } from './state.ts';

/** What the names of ports begin with: `ceph-osd`, `iscsi-backup`. */
const NAMES: readonly [string, StorageProtocol][] = [
  ['iscsi', 'iscsi'],
  ['nvme', 'nvme-tcp'],
  ['ceph', 'ceph'],
  ['nfs', 'nfs'],
  ['gluster', 'gluster'],
  ['drbd', 'drbd'],
  ['nbd', 'nbd'],
];

/** By the name that the configuration gives the port; one that says nothing (`port-3260`) by the well-known number. */
export function protocolOfPort(
  { ports }: TopologyOptions['storage'],
  port: number,
): StorageProtocol {
  for (const known of [ports, STORAGE_PORTS]) {
    const entry = known.find(({ low, high }) => low <= port && port <= high);
    const found = NAMES.find(([name]) => entry?.name.startsWith(name));
    if (found !== undefined) return found[1];
  }
  return 'other';
}
