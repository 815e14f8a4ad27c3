/**
 * Which alarms explain which. A fault names the faults that may explain it, nearest first or far; an alarm names the roots
 * of those that are there, however long the chain and in whatever order they came. A root names nothing.
 */
import type { Alarm, Fault, Us } from '../types.ts';
import { entryOf } from './catalogue.ts';
import type { AlarmState, Entry, Past, Root } from './state.ts';
import type { Turn } from './turn.ts';

/** A failover is judged up to 30 s after its cut; so long may what caused it have been over. */
const PAST_US = 60_000_000;

/**
 * An alarm names so many roots at most, those that came first. A thousand targets that stand still are a thousand roots of one
 * failover: each would be a change of its alarm, longer than the one before.
 */
export const ROOTS_MAX = 16;

/** What is over at once explains nothing that was there so long before. */
const BEFORE_US = 60_000_000;

type RootsByKey = Record<string, Root[]>;

export const naming = (
  roots: readonly Root[],
): Pick<Alarm, 'isRootCause' | 'correlatedAlarmIds'> => ({
  isRootCause: roots.length === 0,
  correlatedAlarmIds: roots.map(root => root.id),
});

/** Roots of a fault that becomes an alarm now, or whose alarm says something new. */
export function rootsOfFault(state: AlarmState, fault: Fault, known: Entry | null): Root[] {
  const now = current(state, fault.causes, rootsIn(state), known?.change.alarm ?? fault.t);
  if (now.length > 0) return now.slice(0, ROOTS_MAX);
  // A cause that has ended meanwhile is the cause still.
  return known === null ? pastRoots(state, fault) : known.roots;
}

/**
 * Whoever is explained by what was raised just now names its roots from now on. What repeats on the same object (a link
 * that flaps) is no news to those who have named it already: each loss would be a change of all that follows from it.
 */
export function correlate(turn: Turn, cause: string): void {
  const { state } = turn;
  const { id } = state.active[cause]!.change.alarm;
  const concerns = ({ causes, roots }: Entry) =>
    roots.some(root => root.id === id) || (roots.length < ROOTS_MAX && causes.includes(cause));
  if (!Object.values(state.active).some(concerns)) return;
  const roots = rootsIn(state);
  const live = new Map(Object.entries(state.active).map(([key, e]) => [e.change.alarm.id, key]));
  const explained = Object.entries(state.active).filter(
    ([, { causes, roots }]) => causes.length > 0 || roots.length > 0,
  );
  // Each pass takes a root one link further; no chain is longer than there are alarms.
  for (let pass = 0, moved = true; moved && pass <= explained.length; pass++) {
    moved = false;
    for (const [key, entry] of explained) {
      const next = renamed(state, entry, roots, live, roots[key]!);
      if (sameRoots(next, roots[key]!)) continue;
      roots[key] = next;
      moved = true;
    }
  }
  for (const [key, entry] of explained) {
    if (!sameRoots(entry.roots, roots[key]!)) {
      turn.change(key, naming(roots[key]!), { roots: roots[key]! });
    }
  }
}

const rootsIn = (state: AlarmState): RootsByKey =>
  Object.fromEntries(Object.entries(state.active).map(([key, entry]) => [key, entry.roots]));

const rootOf = ({ change: { alarm } }: Entry): Root => ({
  id: alarm.id,
  object: alarm.managedObjectId,
});

/** By the causes that are active. */
function current(
  state: AlarmState,
  causes: readonly string[],
  roots: RootsByKey,
  of: Alarm | Us,
): Root[] {
  const self = typeof of === 'number' ? undefined : of.id;
  const found = causes.flatMap(key => {
    const entry = state.active[key];
    if (entry === undefined || isTooLate(entry, of)) return [];
    return roots[key]!.length > 0 ? roots[key]! : [rootOf(entry)];
  });
  return unique(found.filter(root => root.id !== self));
}

function isTooLate({ change: { alarm } }: Entry, of: Alarm | Us): boolean {
  if (!entryOf(alarm.type).momentary) return false;
  const { boot_id, mono_us } = alarm.eventTime;
  if (typeof of === 'number') return mono_us > of + BEFORE_US;
  return boot_id !== of.eventTime.boot_id || mono_us > of.eventTime.mono_us + BEFORE_US;
}

function renamed(
  state: AlarmState,
  entry: Entry,
  roots: RootsByKey,
  live: ReadonlyMap<string, string>,
  named: readonly Root[],
): Root[] {
  const { alarm } = entry.change;
  const self = alarm.id;
  // One that was a root, and is explained itself by now, gives its place to what explains it.
  const kept = named.flatMap(root => {
    const key = live.get(root.id);
    return key === undefined || roots[key]!.length === 0 ? [root] : roots[key]!;
  });
  const ended = new Set(kept.filter(({ id }) => !live.has(id)).map(({ object }) => object));
  const found = current(state, entry.causes, roots, alarm).filter(root => !ended.has(root.object));
  const alive = new Set(found.filter(({ id }) => live.has(id)).map(({ object }) => object));
  const added = found.filter(root => live.has(root.id) || !alive.has(root.object));
  return unique([...kept, ...added].filter(root => root.id !== self)).slice(0, ROOTS_MAX);
}

const unique = (roots: readonly Root[]): Root[] => [
  ...new Map(roots.map(root => [root.id, root])).values(),
];

const sameRoots = (a: readonly Root[], b: readonly Root[]): boolean =>
  a.length === b.length && a.every((root, i) => root.id === b[i]!.id);

/** What stood when it happened, or belongs to the same failover, and is over by now. */
function pastRoots({ past }: AlarmState, fault: Fault): Root[] {
  const found = fault.causes.flatMap(key => {
    const was = past[key];
    if (was === undefined) return [];
    const stood = fault.t >= was.from && fault.t <= was.to;
    const same = fault.failover !== null && fault.failover === was.failover;
    if (!stood && !same) return [];
    return was.roots.length > 0 ? was.roots : [was.root];
  });
  return unique(found).slice(0, ROOTS_MAX);
}

/** Keeps in mind what is cleared now. to: when its condition ended. */
export function remember(turn: Turn, key: string, to: Us): void {
  const { change, roots } = turn.state.active[key]!;
  const { eventTime, failover } = change.alarm;
  const was: Past = {
    root: rootOf(turn.state.active[key]!),
    roots,
    failover,
    from: eventTime.mono_us,
    to,
    at: turn.now,
  };
  const recent = Object.entries(turn.state.past).filter(([, { at }]) => at > turn.now - PAST_US);
  turn.state = { ...turn.state, past: { ...Object.fromEntries(recent), [key]: was } };
}
