/**
 * disk-failing: a disk predicts its own failure, or its counters do. disk-failed: it says that it has failed, or its driver
 * gave it up; that takes the place of disk-failing.
 */
import { type Fault, faultKey, type HwDiskObservation, SEVERITY_RANK, type Us } from '../types.ts';
import { busCauses } from './hw_causes.ts';
import { diskName, disksTold } from './hw_disk_names.ts';
import { failedSigns, failingSigns, follow, type Sign, type Trends } from './hw_disk_signs.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
  type Census,
  type Context,
  clear,
  earliest,
  type Family,
  type Judgement,
  makeFault,
} from './set.ts';

type Of<A> = Extract<HwDiskObservation, { aspect: A }>;

interface Trouble {
  what: string;
  failed: boolean;
  t: Us;
}

interface Disk {
  trends: Trends;
  /** By its own last word; null: it has said nothing. */
  said: { failing: readonly Sign[]; failed: readonly string[] } | null;
  /** What its controller or the kernel's log has told since. */
  trouble: Trouble | null;
  /** Requests that timed out lately. */
  timeouts: readonly Us[];
  pci: string | null;
  fru: string | null;
}

/** By object. */
export type DiskHealthState = Readonly<Record<string, Disk>>;
export const noDiskHealth: DiskHealthState = {};

const FAILING = 'disk-failing';
const FAILED = 'disk-failed';

const newDisk: Disk = {
  trends: {},
  said: null,
  trouble: null,
  timeouts: [],
  pci: null,
  fru: null,
};

export const diskHealthFamily: Family<DiskHealthState> = (state, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements: Judgement[] = [];
  let next = ended(state, reached, judgements, context);
  if (input.probe === 'hw_disk') next = observe(next, input, judgements, context);
  if (input.probe === 'census') next = present(next, input, judgements, context);
  return [next, judgements, earliest(...Object.values(next).map(one => endOf(one)))];
};

function observe(
  state: DiskHealthState,
  seen: HwDiskObservation,
  judgements: Judgement[],
  context: Context,
): DiskHealthState {
  const { subject: object, t } = seen;
  const known = state[object] ?? newDisk;
  switch (seen.aspect) {
    case 'health': {
      if (seen.value === 'unknown') return state;
      if (seen.value === 'absent') return drop(state, object, t, judgements);
      return tell(state, object, heard(known, seen, seen.value), t, judgements, context);
    }
    case 'trouble': {
      const disk = { ...known, trouble: { ...seen.value, t }, ...placeOf(known, seen) };
      return tell(state, object, disk, t, judgements, context);
    }
    case 'timeout':
      return tell(state, object, timedOut(known, seen), t, judgements, context);
    case 'disk':
      return seen.value === 'absent' ? drop(state, object, t, judgements) : state;
    default:
      return state;
  }
}

/** Its own word is later than what was told of it before: that is over if it says so. */
function heard(
  known: Disk,
  seen: Of<'health'>,
  health: Exclude<Of<'health'>['value'], string>,
): Disk {
  const { t } = seen;
  const trends = follow(known.trends, health.counters, t);
  const said = { failing: failingSigns(health, trends, t), failed: failedSigns(health) };
  return { ...known, trends, said, trouble: null, ...placeOf(known, seen) };
}

const placeOf = (known: Disk, seen: Of<'health' | 'trouble'>): Pick<Disk, 'pci' | 'fru'> => ({
  pci: seen.pci ?? known.pci,
  fru: seen.fru ?? known.fru,
});

function timedOut(known: Disk, { t, value }: Of<'timeout'>): Disk {
  const { timeouts, timeouts_window_us } = hardwareLimits.disk;
  const more = Array.from({ length: Math.min(value.count, timeouts) }, () => t);
  const late = [...known.timeouts, ...more].filter(at => at > t - timeouts_window_us);
  return { ...known, timeouts: late.slice(-timeouts) };
}

function signsOf({ said, trouble, timeouts }: Disk): { failing: Sign[]; failed: string[] } {
  const failing = [...(said?.failing ?? [])];
  const failed = [...(said?.failed ?? [])];
  if (trouble?.failed) failed.push(trouble.what);
  else if (trouble) failing.push({ what: trouble.what, severity: 'MAJOR' });
  if (timeouts.length >= hardwareLimits.disk.timeouts) {
    failing.push({
      what: `${timeouts.length} requests were not answered in time`,
      severity: 'WARNING',
    });
  }
  return { failing, failed };
}

function tell(
  state: DiskHealthState,
  object: string,
  disk: Disk,
  t: Us,
  judgements: Judgement[],
  context: Context,
): DiskHealthState {
  const { failing, failed } = signsOf(disk);
  const fault = (type: string, signs: readonly string[], severity: Fault['severity']): Fault =>
    makeFault({
      type,
      object,
      t,
      details: [...signs, ...(disk.fru === null ? [] : [disk.fru])],
      severity,
      causes: busCauses(diskName(object), disk.pci, context.scene),
    });
  if (failed.length > 0) {
    judgements.push(clear(FAILING, object, t, 'superseded'));
    judgements.push({ is: 'active', fault: fault(FAILED, failed, null) });
  } else {
    judgements.push(clear(FAILED, object, t));
    if (failing.length === 0) judgements.push(clear(FAILING, object, t));
    else {
      const what = failing.map(one => stable(context, object, one.what));
      judgements.push({ is: 'active', fault: fault(FAILING, what, worst(failing)) });
    }
  }
  if (saysNothing(disk)) return without(state, object);
  return { ...state, [object]: disk };
}

/** As if nobody had ever told of it. */
const saysNothing = ({ said, trouble, timeouts }: Disk): boolean =>
  said === null && trouble === null && timeouts.length === 0;

function without(state: DiskHealthState, object: string): DiskHealthState {
  const { [object]: _gone, ...rest } = state;
  return rest;
}

/** A count that rises further is no news. */
function stable({ active }: Context, object: string, what: string): string {
  const [name] = what.split(' rose from ');
  const known = active[faultKey({ type: FAILING, object })]?.details ?? [];
  return name === what ? what : (known.find(one => one.startsWith(`${name} rose`)) ?? what);
}

const worst = (signs: readonly Sign[]): Sign['severity'] =>
  signs.map(one => one.severity).reduce((a, b) => (SEVERITY_RANK[b] > SEVERITY_RANK[a] ? b : a));

function drop(
  state: DiskHealthState,
  object: string,
  t: Us,
  judgements: Judgement[],
): DiskHealthState {
  for (const type of [FAILING, FAILED]) judgements.push(clear(type, object, t, 'subject-gone'));
  return without(state, object);
}

/** When what was told of it, and its time-outs, are over. */
function endOf({ trouble, timeouts }: Disk): Us | null {
  const { trouble_us, timeouts_window_us } = hardwareLimits.disk;
  const last = timeouts.at(-1);
  return earliest(
    trouble === null ? null : trouble.t + trouble_us,
    last === undefined ? null : last + timeouts_window_us,
  );
}

function ended(
  state: DiskHealthState,
  reached: Us,
  judgements: Judgement[],
  context: Context,
): DiskHealthState {
  let next = state;
  for (const [object, disk] of Object.entries(state)) {
    const end = endOf(disk);
    if (end === null || reached < end) continue;
    const { trouble_us, timeouts_window_us } = hardwareLimits.disk;
    const { trouble, timeouts } = disk;
    const still: Disk = {
      ...disk,
      trouble: trouble !== null && reached < trouble.t + trouble_us ? trouble : null,
      timeouts: timeouts.filter(at => reached < at + timeouts_window_us),
    };
    next = tell(next, object, still, end, judgements, context);
  }
  return next;
}

/** A disk is there as long as anybody tells of it. */
function present(
  state: DiskHealthState,
  census: Census,
  judgements: Judgement[],
  context: Context,
): DiskHealthState {
  const names = disksTold(census);
  if (names === null) return state;
  const here = (object: string) => {
    const name = diskName(object);
    return names.some(one => one === name || one.startsWith(`${name}n`)) || name.includes(':');
  };
  let next = state;
  const known = [...Object.keys(state), ...activeObjects(context.active, FAILING, FAILED)];
  for (const object of new Set(known)) {
    if (!here(object)) next = drop(next, object, census.t, judgements);
  }
  return next;
}
