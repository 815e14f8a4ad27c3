/** Everything that the linter reads of a host, once. */
import { groupsOf } from '../drills/groups.ts';
import type { Inventory } from '../drills/inventory.ts';
import { type Bfd, readBfd } from './settings/bfd.ts';
import { type Bond, readBond } from './settings/bonding.ts';
import { type Ceph, readCeph } from './settings/ceph.ts';
import { type Iscsi, readIscsi } from './settings/iscsi.ts';
import { readKernel } from './settings/kernel.ts';
import { type Multipath, readMultipath } from './settings/multipath.ts';
import { type NfsMount, readNfs } from './settings/nfs.ts';
import { type Nudge, readNudge } from './settings/nudge.ts';
import { type Nvme, readNvme } from './settings/nvme.ts';
import { type Routing, readRouting } from './settings/routing.ts';
import { readTcp, type Tcp } from './settings/tcp.ts';
import { readTeam, type Team } from './settings/team.ts';
import type { Tree } from './tree.ts';
import type { Value } from './value.ts';

export interface Host {
  kernel: Value<string>;
  inventory: Inventory;
  bonds: Bond[];
  teams: Team[];
  /** By path group. */
  routing: ReadonlyMap<string, Routing>;
  tcp: Tcp;
  nudge: Value<Nudge>;
  bfd: Value<Bfd>;
  iscsi: Iscsi;
  nvme: Nvme;
  multipath: Multipath;
  nfs: Value<NfsMount[]>;
  ceph: Value<Ceph>;
}

export function readHost(tree: Tree, inventory: Inventory): Host {
  const kernel = readKernel(tree);
  const { links } = inventory;
  const membersOf = (ifindex: number) => links.filter(l => l.master === ifindex).map(l => l.name);
  const aggregates = (kind: string) => links.filter(l => l.kind === kind);
  return {
    kernel,
    inventory,
    bonds: aggregates('bond').map(l => readBond(tree, l.name, membersOf(l.ifindex))),
    teams: aggregates('team').map(l => readTeam(tree, l.name, membersOf(l.ifindex))),
    routing: routingOf(tree, inventory, kernel),
    tcp: readTcp(tree),
    nudge: readNudge(tree, kernel),
    bfd: readBfd(tree),
    iscsi: readIscsi(tree),
    nvme: readNvme(tree),
    multipath: readMultipath(tree),
    nfs: readNfs(tree),
    ceph: readCeph(tree),
  };
}

/** By group. Many routes have the same legs, which are read once. */
function routingOf(
  tree: Tree,
  inventory: Inventory,
  kernel: Value<string>,
): ReadonlyMap<string, Routing> {
  const found = new Map<string, Routing>();
  const read = new Map<string, Routing>();
  for (const { id, kind, targets, legs } of groupsOf(inventory)) {
    if (kind !== 'ecmp' && kind !== 'nexthop_group') continue;
    const family = targets.some(t => t.includes(':')) ? 6 : 4;
    const names = legs.map(l => l.ifname);
    const key = [family, ...names].join(' ');
    const routing = read.get(key) ?? readRouting(tree, family, names, kernel);
    read.set(key, routing);
    found.set(id, routing);
  }
  return found;
}
