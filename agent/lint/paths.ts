/** Path groups of a host as the linter judges them, and the storage connections that use each. */
import { aggregates } from '../drills/aggregates.ts';
import { type DrillGroup, groupsOf } from '../drills/groups.ts';
import { contains, parseAddress, parsePrefix } from '../topology/prefix.ts';
import { type Egress, egressOf, routeRtoMin, routesBy } from './egress.ts';
import type { Host } from './host.ts';
import type { Bond } from './settings/bonding.ts';
import type { Ceph } from './settings/ceph.ts';
import type { IscsiSession } from './settings/iscsi.ts';
import type { NfsMount } from './settings/nfs.ts';
import type { NvmeController } from './settings/nvme.ts';
import type { Team } from './settings/team.ts';
import { plain, type Value } from './value.ts';

/** A storage connection; `name` is what an operator calls it. */
export type Service = { name: string; egress: Egress } & (
  | { layer: 'iscsi'; session: IscsiSession }
  | { layer: 'nvme'; controller: NvmeController }
  | { layer: 'nfs'; mount: NfsMount }
  | { layer: 'ceph'; ceph: Ceph }
);

export type PathGroup = {
  id: string;
  targets: string[];
  /** Interfaces, or the connections that stand in for each other. */
  legs: string[];
  services: Service[];
  rto_min: Value<number>;
} & (
  | { kind: 'bond'; bond: Bond }
  | { kind: 'team'; team: Team }
  | { kind: 'ecmp' | 'nexthop_group'; hops: { ifname: string; gateway: string | null }[] }
  /** Storage connections with no path group below them. */
  | { kind: UpperKind }
);

export function pathsOf(host: Host): PathGroup[] {
  const services = servicesOf(host);
  const on = (id: string) => services.filter(s => s.egress.to === 'group' && s.egress.id === id);
  const lower = lowerGroups(host).map(group => ({
    ...group,
    services: on(group.id),
    rto_min: rtoMinOf(host, group.id, on(group.id)),
  }));
  const ids = new Set(lower.map(g => g.id));
  const isBare = ({ egress }: Service) => egress.to !== 'group' || !ids.has(egress.id);
  return [...lower, ...upperGroups(host, services, new Set(services.filter(isBare)))];
}

type Lower = Extract<PathGroup, { kind: 'bond' | 'team' | 'ecmp' | 'nexthop_group' }>;
type Bare<T> = T extends unknown ? Omit<T, 'services' | 'rto_min'> : never;

/** Bonds and teams with any number of legs: one with a single leg is what an operator has to be told of. */
function lowerGroups(host: Host): Bare<Lower>[] {
  const masters = aggregates(host.inventory).flatMap((master): Bare<Lower>[] => {
    const { id, targets } = master;
    const bond = host.bonds.find(b => id === `bond:${b.name}`);
    if (bond) return [{ kind: 'bond', id, targets, legs: bond.legs, bond }];
    const team = host.teams.find(t => id === `team:${t.name}`);
    return team ? [{ kind: 'team', id, targets, legs: team.legs, team }] : [];
  });
  const routed = groupsOf(host.inventory)
    .filter(isRouted)
    .map(({ kind, id, targets, legs }) => ({
      kind,
      id,
      targets,
      legs: legs.map(l => l.ifname),
      hops: legs.map(({ ifname, gateway }) => ({ ifname, gateway })),
    }));
  return [...masters, ...routed];
}

const isRouted = (group: DrillGroup): group is DrillGroup & { kind: 'ecmp' | 'nexthop_group' } =>
  group.kind === 'ecmp' || group.kind === 'nexthop_group';

function rtoMinOf(host: Host, id: string, services: readonly Service[]): Value<number> {
  const used = services.flatMap(s => (s.egress.to === 'group' ? [s.egress.rto_min] : []));
  const [first, ...rest] = used;
  if (!first) return routeRtoMin(host, routesBy(host, id));
  return rest.reduce((a, b) => ((plain(b) ?? 0) > (plain(a) ?? 0) ? b : a), first);
}

function servicesOf(host: Host): Service[] {
  const services: Service[] = [];
  const egress = (
    address: Value<string | null>,
    local: string | null,
    bound: string | null,
  ): Egress => {
    const target = plain(address);
    if (target === null) return { to: 'unknown', why: 'the address of the target is not known' };
    return egressOf(host, { address: target, local, interface: bound });
  };
  for (const session of plain(host.iscsi.sessions) ?? [])
    services.push({
      layer: 'iscsi',
      name: `${session.id} ${plain(session.address) ?? '?'}`,
      session,
      egress: egress(session.address, plain(session.local), null),
    });
  for (const controller of plain(host.nvme.controllers) ?? [])
    services.push({
      layer: 'nvme',
      name: `${controller.id} ${plain(controller.address) ?? '?'}`,
      controller,
      egress: egress(controller.address, controller.local, controller.interface),
    });
  for (const mount of plain(host.nfs) ?? [])
    services.push({
      layer: 'nfs',
      name: mount.mountpoint,
      mount,
      egress:
        mount.address === null
          ? { to: 'unknown', why: "the server's address is not among the mount options" }
          : egressOf(host, { address: mount.address, local: null, interface: null }),
    });
  const ceph = plain(host.ceph);
  if (ceph)
    for (const [name, way] of cephEgress(host, ceph))
      services.push({ layer: 'ceph', name, ceph, egress: way });
  return services.filter(s => s.egress.to !== 'self');
}

/** One for each way: the monitors, and each network that has an address on a link of this host. */
function cephEgress(host: Host, ceph: Ceph): [name: string, egress: Egress][] {
  const { inventory } = host;
  const ways = new Map<string, [name: string, egress: Egress]>();
  const add = (name: string, egress: Egress) => {
    const key = egress.to === 'group' ? egress.id : egress.to === 'nic' ? egress.ifname : name;
    if (!ways.has(key)) ways.set(key, [name, egress]);
  };
  for (const text of ceph.networks) {
    const prefix = parsePrefix(text);
    const own = inventory.addresses.find(a => {
      const address = parseAddress(a.address);
      return prefix !== null && address !== null && contains(prefix, address);
    });
    const link = inventory.links.find(l => l.ifindex === own?.ifindex);
    // An address of loopback is routed to by several ways; the monitors' addresses tell which.
    if (link && link.name !== 'lo' && link.kind !== 'dummy')
      add(text, egressOf(host, { address: elsewhere(text), local: null, interface: link.name }));
  }
  for (const address of ceph.monitors)
    add(address, egressOf(host, { address, local: null, interface: null }));
  if (ways.size === 0)
    add('ceph.conf', { to: 'unknown', why: 'it names no network or monitor by an address' });
  return [...ways.values()];
}

/** Some address of a network, for a question about its interface. */
const elsewhere = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/'));

/** Connections without a path group below: those that stand in for each other together, the rest alone. */
function upperGroups(host: Host, all: readonly Service[], bare: ReadonlySet<Service>): PathGroup[] {
  const groups: PathGroup[] = [];
  const { rto_min } = host.tcp;
  const taken = new Set<Service>();
  const add = (kind: UpperKind, id: string, services: Service[]) => {
    if (!services.some(s => bare.has(s))) return;
    for (const service of services) taken.add(service);
    const legs = [...new Set(services.map(legOf))];
    groups.push({ kind, id, targets: [], legs, services, rto_min });
  };
  for (const map of host.multipath.maps) {
    const sessions = new Set(map.paths.map(p => p.session));
    const isPath = (s: Service) => s.layer === 'iscsi' && sessions.has(s.session.id);
    add('multipath', `multipath:${map.name}`, all.filter(isPath));
  }
  const nqnOf = (s: Service) =>
    s.layer === 'nvme' ? (plain(s.controller.subsystem) ?? s.controller.id) : null;
  for (const nqn of new Set(all.map(nqnOf)))
    if (nqn !== null)
      add(
        'nvme',
        `nvme:${nqn}`,
        all.filter(s => nqnOf(s) === nqn),
      );
  for (const service of all) {
    if (taken.has(service)) continue;
    if (service.layer === 'iscsi') add('iscsi', `iscsi:${service.session.id}`, [service]);
    if (service.layer === 'nfs') add('nfs', `nfs:${service.mount.mountpoint}`, [service]);
    if (service.layer === 'ceph') add('ceph', `ceph:${service.name}`, [service]);
  }
  return groups;
}

type UpperKind = 'multipath' | 'nvme' | 'nfs' | 'iscsi' | 'ceph';

/** Two sessions by one NIC are one leg. */
function legOf({ name, egress }: Service): string {
  if (egress.to === 'nic') return egress.ifname;
  return egress.to === 'group' ? egress.id : name;
}
