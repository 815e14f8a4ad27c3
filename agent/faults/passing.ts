/** Faults of what happens and is over at once: each stands until nothing of the kind has happened for so long. */
import { type Fault, faultKey, SEVERITY_RANK, type Us } from '../types.ts';
import { othersOf } from './beyond.ts';
import { COMPONENTS_MAX } from './corrected.ts';
import { activeObjects, type Context, clear, earliest, type Judgement } from './set.ts';

/** By object: when it happened last. */
export type Passing = Readonly<Record<string, Us>>;
export const nothingPassed: Passing = {};

/**
 * It has happened (again). What was said first stays, unless this is worse; more objects than are told apart become one,
 * `<kind>/others`.
 */
export function happened(
  state: Passing,
  fault: Fault,
  { active }: Context,
): [Passing, Judgement[]] {
  const { type, t } = fault;
  const full = Object.keys(state).length >= COMPONENTS_MAX && state[fault.object] === undefined;
  const object = full ? othersOf(fault.object) : fault.object;
  const next = { ...state, [object]: Math.max(t, state[object] ?? 0) };
  const known = active[faultKey({ type, object })];
  if (known !== undefined && rankOf(known) >= rankOf(fault)) return [next, []];
  return [next, [{ is: 'active', fault: { ...fault, object, t: known?.t ?? t } }]];
}

/** Of faults of one type, which say how severe they are or do not. */
const rankOf = ({ severity }: Fault): number => (severity === null ? 0 : SEVERITY_RANK[severity]);

/** What is over by `reached`. After a reboot its time itself is forgotten, and the alarm's stands for it. */
export function passed(
  type: string,
  clear_after_us: Us,
  state: Passing,
  reached: Us,
  { active }: Context,
): [Passing, Judgement[], Us | null] {
  const next: Record<string, Us> = {};
  const judgements: Judgement[] = [];
  const times: Us[] = [];
  for (const object of new Set([...Object.keys(state), ...activeObjects(active, type)])) {
    const known = active[faultKey({ type, object })];
    const end = (state[object] ?? known!.t) + clear_after_us;
    if (reached >= end) {
      if (known !== undefined) judgements.push(clear(type, object, end));
      continue;
    }
    if (state[object] !== undefined) next[object] = state[object];
    if (known !== undefined) times.push(end);
  }
  const same = Object.keys(next).length === Object.keys(state).length;
  return [same ? state : next, judgements, earliest(...times)];
}
