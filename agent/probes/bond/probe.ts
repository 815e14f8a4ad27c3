/**
 * Members of bonds as the bond judges them, the switches of bonds and teams from one member to another, and how they
 * announce it.
 */
import { lowerLink } from '../../topology/links.ts';
import { bondMode, monitorUs, readMember } from '../../topology/members.ts';
import type { GroupEntry, LinkEntry, Topology } from '../../topology/state.ts';
import { tableGet, tableValues } from '../../topology/table.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { announceWithin } from './announcing.ts';

export const probe: Probe = {
  name: 'bond',
  observe(frame, topology) {
    const t = frame.data.t_us;
    return [
      ...formerMembers(topology).flatMap(link => absent(topology, link, t)),
      ...membersTouched(topology, frame).flatMap(link => member(topology, link, t)),
      ...event(topology, frame),
    ];
  },
};

function event(topology: Topology, frame: Frame): Observation[] {
  if (frame.type === 'active_member') return switched(topology, frame.data);
  if (frame.type !== 'announce') return [];
  const { t_us: t, kind, address } = frame.data;
  const group = groupAbove(topology, frame.data.ifindex);
  if (group === undefined) return [];
  const subject = `group/${group.id}` as const;
  return [{ probe: 'bond', aspect: 'announcement', subject, value: { kind, address }, t }];
}

function switched(topology: Topology, data: FrameOf<'active_member'>['data']): Observation[] {
  const master = tableGet(topology.links, data.ifindex);
  const group = master === undefined ? undefined : groupOf(topology, master);
  if (master === undefined || group === undefined) return [];
  const name = (ifindex: number | null) =>
    ifindex === null ? null : (tableGet(topology.links, ifindex)?.name ?? null);
  const value = { from: name(data.from_ifindex), to: name(data.to_ifindex) };
  return [
    {
      probe: 'bond',
      aspect: 'switch',
      subject: `group/${group.id}`,
      value,
      t: data.t_us,
      via: data.via,
      announce_within_us: announceWithin(topology, master, value),
    },
  ];
}

const groupOf = (topology: Topology, master: LinkEntry): GroupEntry | undefined =>
  tableGet(topology.groups, `${master.kind}:${master.name}`);

/** The bond or team that a device is, is built on, or is a member of. */
function groupAbove(topology: Topology, ifindex: number): GroupEntry | undefined {
  const lower = lowerLink(topology, ifindex);
  if (lower === undefined) return undefined;
  const master =
    lower.master_ifindex === null ? undefined : tableGet(topology.links, lower.master_ifindex);
  return groupOf(topology, lower) ?? (master && groupOf(topology, master));
}

/** By the member itself, by its bond, by its LACP port, or because its bond is a path group from now on. */
function membersTouched(topology: Topology, frame: Frame): LinkEntry[] {
  const { effect } = topology;
  const found = new Map<number, LinkEntry>();
  const add = (link: LinkEntry | undefined) => {
    if (link !== undefined && link.bond_member !== null) found.set(link.ifindex, link);
  };
  // Carrier is no word of the bond's.
  if (frame.type !== 'carrier') {
    const masters = new Set<number>();
    for (const ifindex of effect.links) {
      const link = tableGet(topology.links, ifindex);
      add(link);
      if (link?.kind === 'bond') masters.add(ifindex);
    }
    if (masters.size > 0) {
      for (const link of tableValues(topology.links)) {
        if (link.master_ifindex !== null && masters.has(link.master_ifindex)) add(link);
      }
    }
  }
  for (const ifindex of effect.joined) add(tableGet(topology.links, ifindex));
  for (const ifindex of effect.devices.lacp) add(tableGet(topology.links, ifindex));
  for (const { kind, link } of effect.gone.devices) {
    if (kind === 'lacp') add(tableGet(topology.links, link.ifindex));
  }
  return [...found.values()];
}

function member(topology: Topology, link: LinkEntry, t: Us): Observation[] {
  const value = readMember(topology, link);
  const told = link.by_netlink;
  if (value === null || told === null) return [];
  // Its LACP port is told on its own, and may be what is new.
  const port = tableGet(topology.devices.lacp, link.ifindex);
  const at = Math.max(told.t, port !== undefined && !port.stale ? port.t : 0);
  return told.stale
    ? observation(topology, link, t, 'unknown')
    : observation(topology, link, at, value);
}

/** Those that left their bond, and those whose bond is no path group any more. */
function formerMembers(topology: Topology): LinkEntry[] {
  const { gone } = topology.effect;
  const left = gone.groups
    .filter(group => group.kind === 'bond')
    .flatMap(group => group.legs)
    .flatMap(leg => tableGet(topology.links, leg.ifindex) ?? []);
  return [...new Set([...gone.members, ...left.filter(link => link.bond_member !== null)])];
}

function absent(topology: Topology, link: LinkEntry, t: Us): Observation[] {
  if (link.name === null) return [];
  const { gone } = topology.effect;
  const bond =
    tableGet(topology.links, link.master_ifindex ?? 0) ??
    gone.links.find(one => one.ifindex === link.master_ifindex);
  const mode = bondMode(bond);
  // What was never told needs no end.
  if (bond === undefined || mode === null) return [];
  const of = { group: `bond:${bond.name}`, mode, monitor_us: null, partner_systems: null };
  return [make(link.name, t, 'absent', of)];
}

type Member = Extract<Observation, { probe: 'bond'; aspect: 'member' }>;
type Bond = Pick<Member, 'group' | 'mode' | 'monitor_us' | 'partner_systems'>;

function observation(
  topology: Topology,
  link: LinkEntry,
  t: Us,
  value: Member['value'],
): Observation[] {
  const bond = tableGet(topology.links, link.master_ifindex ?? 0);
  const mode = bondMode(bond);
  if (bond === undefined || mode === null || link.name === null) return [];
  const group = groupOf(topology, bond);
  if (group === undefined) return [];
  const wanted = topology.options.bonds[bond.name ?? '']?.partner_systems ?? null;
  const of = { group: group.id, mode, monitor_us: monitorUs(bond), partner_systems: wanted };
  return [make(link.name, t, value, of)];
}

const make = (name: string, t: Us, value: Member['value'], of: Bond): Member => ({
  probe: 'bond',
  aspect: 'member',
  subject: `leg/${name}`,
  value,
  t,
  ...of,
});
