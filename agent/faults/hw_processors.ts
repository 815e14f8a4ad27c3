/**
 * processor-offline and memory-offline: what was in use since boot is not any more, by hand or because the kernel or firmware
 * has given it up. What never was in use (a sibling thread switched off at boot) is nobody's loss.
 */
import type { HwHostObservation, Us } from '../types.ts';
import { damp, dropLevel, type Levels, nextLevel, noLevels, setLevel } from './damped.ts';
import { hardwareLimits } from './hw_limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Processors = Extract<HwHostObservation, { aspect: 'processors' }>;
type Memory = Extract<HwHostObservation, { aspect: 'memory' }>;

export interface ProcessorState {
  /** Those that were online since boot, or since the threads' siblings were switched off. */
  seen: readonly number[];
  smt: string | null;
  levels: Levels;
}
export const noProcessors: ProcessorState = { seen: [], smt: null, levels: noLevels };

export interface MemoryState {
  /** The fewest blocks that were offline since boot; null: not told yet. */
  least: number | null;
  levels: Levels;
}
export const noMemory: MemoryState = { least: null, levels: noLevels };

const CPU = 'processor-offline';
const MEMORY = 'memory-offline';

/** More processors than this Linux does not have. */
const CPU_MAX = 8192;

export const processorFamily: Family<ProcessorState> = (state, input, now, context) => {
  let { seen, smt } = state;
  const [levels, judgements, wakeAt] = damp(CPU, state.levels, input, now, context, before => {
    const told = isProcessors(input) ? input : null;
    if (told === null || told.value === 'unknown') return [before, []];
    const online = told.value === 'absent' ? [] : numbersOf(told.value.online);
    const present = new Set(told.value === 'absent' ? [] : numbersOf(told.value.present));
    const now_off = told.value !== 'absent' && isOff(told.value.smt) && told.value.smt !== smt;
    seen = now_off ? online : [...new Set([...seen, ...online])];
    seen = seen.filter(one => present.has(one));
    smt = told.value === 'absent' ? null : told.value.smt;
    return observe(before, told.t, seen, new Set(online), context);
  });
  return [{ seen, smt, levels }, judgements, wakeAt];
};

const isOff = (smt: string | null): boolean => smt === 'off' || smt === 'forceoff';

const isProcessors = (input: FaultInput): input is Processors =>
  input.probe === 'hw_host' && input.aspect === 'processors';

function observe(
  levels: Levels,
  t: Us,
  seen: readonly number[],
  online: ReadonlySet<number>,
  context: Context,
): [Levels, Judgement[]] {
  const offline = new Set(seen.filter(one => !online.has(one)));
  // They may be thousands, and each copy of the levels costs that many.
  const next: Record<string, Levels[string]> = { ...levels };
  const judgements: Judgement[] = [];
  const alarmed = activeObjects(context.active, CPU).map(object => Number(object.slice(4)));
  for (const number of new Set([...offline, ...alarmed])) {
    const object = `cpu/${number}`;
    if (!offline.has(number) && !online.has(number)) {
      delete next[object];
      judgements.push(clear(CPU, object, t, 'subject-gone'));
      continue;
    }
    const bad = offline.has(number);
    const details = [`${online.size} processors are online`];
    const known = next[object]?.fault.details;
    const fault = makeFault({ type: CPU, object, t, details: known ?? details });
    const delay_us = bad ? 0 : hardwareLimits.processors.clear_after_us;
    next[object] = nextLevel(levels, fault, bad, delay_us);
  }
  return [next, judgements];
}

/** `0-3,8` → 0, 1, 2, 3, 8. */
export function numbersOf(list: string): number[] {
  const numbers: number[] = [];
  for (const part of list.split(',')) {
    const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined) continue;
    const end = Math.min(Number(last ?? first), CPU_MAX - 1);
    for (let at = Number(first); at <= end; at++) numbers.push(at);
  }
  return numbers;
}

export const memoryFamily: Family<MemoryState> = (state, input, now, context) => {
  let { least } = state;
  const [levels, judgements, wakeAt] = damp(MEMORY, state.levels, input, now, context, before => {
    const told = isMemory(input) ? input : null;
    if (told === null || told.value === 'unknown') return [before, []];
    if (told.value === 'absent') return dropLevel(before, MEMORY, 'host', told.t);
    const { offline, blocks } = told.value;
    least = Math.min(least ?? offline, offline);
    const bad = offline > least;
    const details = [`${offline} of ${blocks} blocks of memory are offline`];
    const fault = makeFault({ type: MEMORY, object: 'host', t: told.t, details });
    const delay = bad ? 0 : hardwareLimits.processors.clear_after_us;
    return [setLevel(before, fault, bad, delay), []];
  });
  return [{ least, levels }, judgements, wakeAt];
};

const isMemory = (input: FaultInput): input is Memory =>
  input.probe === 'hw_host' && input.aspect === 'memory';
