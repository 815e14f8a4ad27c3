/**
 * Of a type of fault so many are told one by one. What is beyond them is told together, as `<kind>/others` of the same type:
 * with its worst severity, how many there are, and a few by name. Nothing changes between the two while it lasts.
 */
import { type Fault, type FaultChange, faultKey, SEVERITY_RANK } from '../types.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  type ActiveSet,
  activeObjects,
  applyJudgements,
  clear,
  type Judgement,
  makeFault,
} from './set.ts';

export interface Beyond {
  /** Keys of active faults that are not told by their own names, in the order in which they came. */
  keys: Readonly<Record<string, true>>;
  /** What is told in their place. */
  others: ActiveSet;
}
export const nothingBeyond: Beyond = { keys: {}, others: {} };

const MAX = hardwareLimits.objects;
const NAMED = 4;

/** `disk/sda` → `disk/others`. */
export const othersOf = (object: string): string =>
  `${object.slice(0, object.indexOf('/'))}/others`;

/** What is told of `changes`, which are those from the faults `before` to those that are active `after`. */
export function tellBounded(
  beyond: Beyond,
  before: ActiveSet,
  after: ActiveSet,
  changes: readonly FaultChange[],
): [Beyond, FaultChange[]] {
  if (changes.length === 0) return [beyond, []];
  const keys: Record<string, true> = { ...beyond.keys };
  const own: FaultChange[] = [];
  const among = new Map<string, FaultChange>();
  const room = roomIn(before, keys);
  for (const change of changes) {
    const { type, object } = change.fault;
    const key = faultKey(change.fault);
    const left = room(type);
    if (change.kind === 'active' && (left.count === 0 || object === othersOf(object))) {
      keys[key] = true;
    }
    if (keys[key]) {
      among.set(faultKey({ type, object: othersOf(object) }), change);
      if (change.kind === 'cleared') delete keys[key];
      continue;
    }
    own.push(change);
    if (change.kind === 'active') left.count--;
    if (change.kind === 'cleared') left.count++;
  }
  if (among.size === 0) return [beyond, own];
  const members = Object.keys(keys).map(key => after[key]!);
  const judgements = [...among.values()].map(last => judge(members, last));
  const [others, told] = applyJudgements(beyond.others, judgements);
  return [{ keys, others }, [...own, ...told]];
}

/** How many more of each type may be told by their own names. */
function roomIn(active: ActiveSet, keys: Beyond['keys']): (type: string) => { count: number } {
  const rooms = new Map<string, { count: number }>();
  return type => {
    const known = rooms.get(type);
    if (known !== undefined) return known;
    const told = activeObjects(active, type).filter(object => !keys[faultKey({ type, object })]);
    const room = { count: Math.max(0, MAX - told.length) };
    rooms.set(type, room);
    return room;
  };
}

/** last: what has made it so. */
function judge(all: readonly Fault[], { fault: last, clearCause }: FaultChange): Judgement {
  const { type, t } = last;
  const object = othersOf(last.object);
  const members = all.filter(one => one.type === type && othersOf(one.object) === object);
  const [first] = members;
  if (first === undefined) return clear(type, object, t, clearCause ?? 'condition-ended');
  const names = members.slice(0, NAMED).map(one => one.object);
  const details = [
    `${atLeast(members.length)} or more, beyond the ${MAX} that are told one by one`,
    `among them ${names.join(', ')}`,
  ];
  const severity = members.map(one => one.severity).reduce(worse);
  // What explains all of them.
  const causes = first.causes.filter(key => members.every(one => one.causes.includes(key)));
  return { is: 'active', fault: makeFault({ type, object, t, details, severity, causes }) };
}

/** In powers of two: each further one would be news. */
const atLeast = (count: number): number => 2 ** Math.floor(Math.log2(count));

/** Null is the catalogue's own: MAJOR for those types that have it beside others. */
const rankOf = (severity: Fault['severity']): number => SEVERITY_RANK[severity ?? 'MAJOR'];

const worse = (a: Fault['severity'], b: Fault['severity']): Fault['severity'] =>
  rankOf(b) > rankOf(a) ? b : a;

/** With causes as they are told. */
export function causesAsTold({ keys }: Beyond, change: FaultChange): FaultChange {
  const { fault } = change;
  if (!fault.causes.some(key => keys[key])) return change;
  const told = fault.causes.map(key => (keys[key] ? othersOfKey(key) : key));
  const causes = [...new Set(told)].filter(key => key !== faultKey(fault));
  return { ...change, fault: { ...fault, causes } };
}

const othersOfKey = (key: string): string => {
  const at = key.indexOf(' ');
  return faultKey({ type: key.slice(0, at), object: othersOf(key.slice(at + 1)) });
};
