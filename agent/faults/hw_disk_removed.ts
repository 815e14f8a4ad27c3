/**
 * disk-removed: a disk of this host is gone. What uses it is not always known (Ceph, LVM, a virtual machine); where it is, it
 * is worse. A volume that was lent to the host, and that nothing is known to have used, was given back. What uses disks lets
 * go of one that is gone at once (an array does), so its last use counts.
 */
import type { HwDiskObservation, Observation, Us } from '../types.ts';
import { busCauses } from './hw_causes.ts';
import { diskName } from './hw_disk_names.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
  type Census,
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Seen = Extract<HwDiskObservation, { aspect: 'disk' }>;

interface Disk {
  pci: string | null;
  fru: string | null;
  physical: boolean;
  users: readonly string[];
  /** Since when it has none any more; null: it has. */
  released: Us | null;
  /** Since when it is gone and none of its users needs it; null: it is there, or needed. */
  needless_since: Us | null;
  gone: boolean;
}

/** By object. */
export type DiskRemovedState = Readonly<Record<string, Disk>>;
export const noDisksRemoved: DiskRemovedState = {};

const REMOVED = 'disk-removed';

export const diskRemovedFamily: Family<DiskRemovedState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements: Judgement[] = [];
  const held = letsGo(input) ? without(state, input.subject) : state;
  let next = forgotten(review(held, reached, context), reached, judgements);
  if (input.probe === 'hw_disk' && input.aspect === 'disk') {
    next = observe(next, input, judgements, context);
  } else if (input.probe === 'census' && input.storage?.disks != null) {
    next = missing(next, input.storage.disks, input.t, judgements, context);
    next = still(next, input);
  }
  const ends = Object.values(next).map(({ needless_since }) => endOf(needless_since));
  return [
    next,
    judgements,
    earliest(...ends.map(end => (end !== null && end > reached ? end : null))),
  ];
};

function observe(
  state: DiskRemovedState,
  seen: Seen,
  judgements: Judgement[],
  context: Context,
): DiskRemovedState {
  const { subject: object, value, t, pci, fru } = seen;
  if (value === 'unknown') return state;
  const known = state[object];
  if (value === 'absent')
    return known === undefined ? state : remove(state, seen, known, judgements, context);
  const isNew = known === undefined || known.gone;
  // In the same place, or under the same name: that it is back, or its spare is in.
  for (const other of activeObjects(context.active, REMOVED)) {
    const replaced = isNew && sharesNothing(object) && state[other]?.pci === pci;
    if (other === object || replaced) judgements.push(clear(REMOVED, other, t));
  }
  const isUsed = seen.users.length > 0;
  const users = isUsed ? seen.users : (known?.users ?? []);
  const released = isUsed ? null : (known?.released ?? t);
  const physical = seen.physical || (known?.physical ?? false);
  const disk = {
    pci,
    physical,
    fru: fru ?? known?.fru ?? null,
    users,
    released,
    needless_since: null,
    gone: false,
  };
  return { ...state, [object]: disk };
}

/** An NVMe disk has a PCI function of its own; a host adapter has many disks. */
const sharesNothing = (object: string): boolean => object.startsWith('disk/nvme');

/** Those that it had until just now. */
const lastUsers = ({ users, released }: Disk, t: Us): readonly string[] =>
  released === null || t - released <= hardwareLimits.disk.used_before_us ? users : [];

function remove(
  state: DiskRemovedState,
  { subject: object, t, users: now, fru }: Pick<Seen, 'subject' | 't' | 'users' | 'fru'>,
  known: Disk,
  judgements: Judgement[],
  { scene, active }: Context,
): DiskRemovedState {
  const users = now.length > 0 ? now : lastUsers(known, t);
  if (users.length === 0 && !known.physical) {
    const { [object]: _unused, ...rest } = state;
    return rest;
  }
  const named = known.fru ?? fru;
  const use = users.length > 0 ? `used by ${users.join(', ')}` : 'nothing is known to have used it';
  const details = [use, ...(named === null ? [] : [named])];
  const severity = users.length > 0 ? null : 'MINOR';
  const causes = busCauses(diskName(object), known.pci, scene);
  judgements.push({
    is: 'active',
    fault: makeFault({ type: REMOVED, object, t, details, causes, severity }),
  });
  // What has let go of it needs it no more, but for an array that it is missing from.
  const isNeeded = (user: string) =>
    now.includes(user) || known.released === null || active[`array-degraded ${user}`] !== undefined;
  const gone = { ...known, users: users.filter(isNeeded), gone: true };
  return { ...state, [object]: gone };
}

/** They went away while the agent was not there. */
function missing(
  state: DiskRemovedState,
  disks: readonly string[],
  t: Us,
  judgements: Judgement[],
  context: Context,
): DiskRemovedState {
  let next = state;
  for (const [object, disk] of Object.entries(state)) {
    const subject = object as Seen['subject'];
    if (disk.gone || disks.includes(diskName(subject))) continue;
    next = remove(next, { subject, t, users: [], fru: null }, disk, judgements, context);
  }
  return next;
}

/** Those of its users that are there. */
function still(state: DiskRemovedState, { hardware }: Census): DiskRemovedState {
  const here = (user: string): boolean => {
    const [, kind, name] = /^(filesystem|array)\/(.*)$/s.exec(user) ?? [];
    const names = kind === 'array' ? hardware?.md : hardware?.mount;
    return kind === undefined || names == null || names.includes(name!);
  };
  const gone = Object.values(state).some(one => one.gone && !one.users.every(here));
  if (!gone) return state;
  const kept = (disk: Disk) => (disk.gone ? { ...disk, users: disk.users.filter(here) } : disk);
  return Object.fromEntries(Object.entries(state).map(([object, disk]) => [object, kept(disk)]));
}

type User = Extract<Observation, { aspect: 'filesystem' | 'array' }>;

/** It is mounted no more; the array is gone, or whole without it. */
function letsGo(input: FaultInput): input is User {
  if (input.probe === 'hw_host') return input.aspect === 'filesystem' && input.value === 'absent';
  if (input.probe !== 'hw_disk' || input.aspect !== 'array') return false;
  const { value } = input;
  return value === 'absent' || (typeof value !== 'string' && value.degraded === 0);
}

const without = (state: DiskRemovedState, user: string): DiskRemovedState =>
  Object.fromEntries(
    Object.entries(state).map(([object, disk]) => [
      object,
      disk.gone ? { ...disk, users: disk.users.filter(one => one !== user) } : disk,
    ]),
  );

/** A file system stays mounted on what is gone, an array stays degraded. */
function review(state: DiskRemovedState, reached: Us, context: Context): DiskRemovedState {
  let next = state;
  const isActive = (object: string) => context.active[`${REMOVED} ${object}`] !== undefined;
  for (const [object, disk] of Object.entries(state)) {
    if (!disk.gone) continue;
    if (!isActive(object)) {
      const { [object]: _cleared, ...rest } = next;
      next = rest;
      continue;
    }
    const needed = disk.users.some(user => /^(filesystem|array)\//.test(user));
    const needless_since = needed ? null : (disk.needless_since ?? reached);
    if (needless_since !== disk.needless_since) {
      next = { ...next, [object]: { ...disk, needless_since } };
    }
  }
  // Of an earlier run: nobody remembers what used it.
  for (const object of activeObjects(context.active, REMOVED)) {
    if (next[object] !== undefined) continue;
    const disk = {
      pci: null,
      fru: null,
      physical: false,
      users: [],
      released: reached,
      needless_since: reached,
      gone: true,
    };
    next = { ...next, [object]: disk };
  }
  return next;
}

const endOf = (needless_since: Us | null): Us | null =>
  needless_since === null ? null : needless_since + hardwareLimits.disk.forget_after_us;

function forgotten(
  state: DiskRemovedState,
  reached: Us,
  judgements: Judgement[],
): DiskRemovedState {
  let next = state;
  for (const [object, { needless_since }] of Object.entries(state)) {
    const end = endOf(needless_since);
    if (end === null || reached < end) continue;
    judgements.push(clear(REMOVED, object, end, 'subject-gone'));
    const { [object]: _forgotten, ...rest } = next;
    next = rest;
  }
  return next;
}
