/**
 * Levels of one type of fault, by object, each told only when it has lasted: what most families need.
 * Only what is bad, or is alarmed still, is kept.
 */
import type { Fault, Us } from '../types.ts';
import {
  activeObjects,
  applyJudgements,
  type Context,
  clear,
  earliest,
  type FaultInput,
  type Judgement,
} from './set.ts';

interface Level {
  bad: boolean;
  /** Since when it is, or is not. */
  since: Us;
  /** So long must it stay so. */
  delay_us: Us;
  /** As it is raised. */
  fault: Fault;
}

export type Levels = Readonly<Record<string, Level>>;
export const noLevels: Levels = {};

/** The object of `fault` is bad, or is not, from `fault.t` on. delay_us: until that is told. */
export const setLevel = (levels: Levels, fault: Fault, bad: boolean, delay_us: Us): Levels => ({
  ...levels,
  [fault.object]: nextLevel(levels, fault, bad, delay_us),
});

/** The level that setLevel() sets. */
export function nextLevel(levels: Levels, fault: Fault, bad: boolean, delay_us: Us): Level {
  const known = levels[fault.object];
  const since = known?.bad === bad ? known.since : fault.t;
  return { bad, since, delay_us, fault: { ...fault, t: since } };
}

export const isBad = (levels: Levels, object: string): boolean => levels[object]?.bad ?? false;

/** It is gone: that clears at once. */
export function dropLevel(
  levels: Levels,
  type: string,
  object: string,
  t: Us,
): [Levels, Judgement[]] {
  const { [object]: _gone, ...rest } = levels;
  return [rest, [clear(type, object, t, 'subject-gone')]];
}

/** Drops those whose subject (the object without its `leg/` or `group/`) is not among those present. */
export function dropMissing(
  levels: Levels,
  type: string,
  present: readonly string[],
  t: Us,
  context: Context,
): [Levels, Judgement[]] {
  let next = levels;
  const judgements: Judgement[] = [];
  for (const object of new Set([...Object.keys(levels), ...activeObjects(context.active, type)])) {
    if (present.includes(object.slice(object.indexOf('/') + 1))) continue;
    const [rest, told] = dropLevel(next, type, object, t);
    next = rest;
    judgements.push(...told);
  }
  return [next, judgements];
}

/**
 * What was due before the input, then what `observe` makes of it, then what is due by now: however late a tick comes, it
 * is told in the order in which it happened.
 */
export function damp(
  type: string,
  levels: Levels,
  input: FaultInput,
  now: Us,
  context: Context,
  observe: (levels: Levels, context: Context) => [Levels, Judgement[]],
): [Levels, Judgement[], Us | null] {
  const reached = input.probe === 'tick' ? now : input.t;
  const [due] = judge(type, levels, reached, context);
  const [active] = applyJudgements(context.active, due);
  const then: Context = { ...context, active };
  const [next, told] = observe(levels, then);
  const [judgements, wakeAt] = judge(type, next, reached, then);
  return [kept(type, next, then), [...due, ...told, ...judgements], wakeAt];
}

function judge(
  type: string,
  levels: Levels,
  reached: Us,
  context: Context,
): [Judgement[], Us | null] {
  const judgements: Judgement[] = [];
  const times: (Us | null)[] = [];
  for (const [object, { bad, since, delay_us, fault }] of Object.entries(levels)) {
    const active = isActive(type, object, context);
    if (!bad && !active) continue;
    const due = since + delay_us;
    if (reached < due) times.push(due);
    else judgements.push(bad ? { is: 'active', fault } : clear(type, object, since));
  }
  return [judgements, earliest(...times)];
}

function kept(type: string, levels: Levels, context: Context): Levels {
  const all = Object.entries(levels);
  const some = all.filter(([object, { bad }]) => bad || isActive(type, object, context));
  return some.length === all.length ? levels : Object.fromEntries(some);
}

const isActive = (type: string, object: string, { active }: Context): boolean =>
  active[`${type} ${object}`] !== undefined;
