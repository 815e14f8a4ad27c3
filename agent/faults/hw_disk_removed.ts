/**
 * disk-removed: a disk that something on this host uses is gone. One that nothing used was taken out, which is nobody's
 * loss. What uses disks lets go of one that is gone at once (an array does), so its last use counts.
 */
import type { HwDiskObservation, Observation, Us } from '../types.ts';
import { busCauses } from './hw_causes.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
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
  // In the same place, or under the same name: that it is back, or its spare is in.
  for (const other of activeObjects(context.active, REMOVED)) {
    const same = other === object || (pci !== null && state[other]?.pci === pci);
    if (same) judgements.push(clear(REMOVED, other, t));
  }
  if (known === undefined && Object.keys(state).length >= hardwareLimits.objects) return state;
  const isUsed = seen.users.length > 0;
  const users = isUsed ? seen.users : (known?.users ?? []);
  const released = isUsed ? null : (known?.released ?? t);
  const disk = {
    pci,
    fru: fru ?? known?.fru ?? null,
    users,
    released,
    needless_since: null,
    gone: false,
  };
  return { ...state, [object]: disk };
}

/** Those that it had until just now. */
const lastUsers = ({ users, released }: Disk, t: Us): readonly string[] =>
  released === null || t - released <= hardwareLimits.disk.used_before_us ? users : [];

function remove(
  state: DiskRemovedState,
  { subject: object, t, users: now, fru }: Seen,
  known: Disk,
  judgements: Judgement[],
  { scene }: Context,
): DiskRemovedState {
  const users = now.length > 0 ? now : lastUsers(known, t);
  if (users.length === 0) {
    const { [object]: _unused, ...rest } = state;
    return rest;
  }
  const named = fru ?? known.fru;
  const details = [`used by ${users.join(', ')}`, ...(named === null ? [] : [named])];
  const causes = busCauses(object.slice('disk/'.length), known.pci, scene);
  judgements.push({
    is: 'active',
    fault: makeFault({ type: REMOVED, object, t, details, causes }),
  });
  return { ...state, [object]: { ...known, users, gone: true } };
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
