/**
 * Counters of the memory controller's driver against the errors that it has told of: what was counted and never told (a
 * driver that only polls, a kernel without the tracepoint) is an error all the same.
 */
import type { Observation, Us } from '../types.ts';
import { limits } from './limits.ts';

type Counters = Extract<Observation, { probe: 'hw_memory'; aspect: 'counters' }>;
type MemoryError = Extract<Observation, { probe: 'hw_memory'; aspect: 'error' }>;

interface Pair {
  corrected: number;
  uncorrected: number;
}

interface Dimm extends Pair {
  /** Told of since the last reading, or before it and not yet counted. */
  told: Pair;
}

export interface Counted {
  /** By object: as last read. */
  dimms: Readonly<Record<string, Dimm>>;
  missed: readonly (Pair & { due: Us; object: `dimm/${string}`; t: Us; fru: string | null })[];
}

export const noCounted: Counted = { dimms: {}, missed: [] };

const none: Pair = { corrected: 0, uncorrected: 0 };

/** A lower count is that of a driver that was loaded anew. The first one is of before our time. */
export function takeCounters(
  state: Counted,
  { subject: object, value, t, fru }: Counters,
): Counted {
  if (value === 'unknown') return state;
  const { [object]: known, ...others } = state.dimms;
  if (value === 'absent') return known === undefined ? state : { ...state, dimms: others };
  if (known === undefined) {
    return { ...state, dimms: { ...others, [object]: { ...value, told: none } } };
  }
  const anew = value.corrected < known.corrected || value.uncorrected < known.uncorrected;
  const rose = minus(value, anew ? none : known);
  const missed = minus(rose, known.told);
  const dimm = { ...value, told: minus(known.told, rose) };
  const next: Counted = { ...state, dimms: { ...others, [object]: dimm } };
  if (missed.corrected + missed.uncorrected === 0) return next;
  const due = t + limits.memory.counted_us;
  return { ...next, missed: [...state.missed, { ...missed, due, object, t, fru }] };
}

/** The driver has told of this one. */
export function takeEvent(state: Counted, { subject, value }: MemoryError): Counted {
  const kind = value.severity === 'corrected' ? 'corrected' : 'uncorrected';
  let left = value.count;
  const missed = state.missed.map(one => {
    if (one.object !== subject) return one;
    const taken = Math.min(left, one[kind]);
    left -= taken;
    return { ...one, [kind]: one[kind] - taken };
  });
  const dimm = state.dimms[subject];
  if (dimm === undefined) return state;
  const told = { ...dimm.told, [kind]: dimm.told[kind] + left };
  return {
    dimms: { ...state.dimms, [subject]: { ...dimm, told } },
    missed: missed.filter(({ corrected, uncorrected }) => corrected + uncorrected > 0),
  };
}

/** Of those that nobody has told of by now. */
export function countedErrors(state: Counted, reached: Us): [Counted, MemoryError[]] {
  const due = state.missed.filter(one => reached >= one.due);
  if (due.length === 0) return [state, []];
  const errors = due.flatMap(({ object, t, fru, ...counts }) =>
    (['corrected', 'uncorrected'] as const).flatMap((severity): MemoryError[] => {
      const count = counts[severity];
      if (count === 0) return [];
      const details = [`${count} ${severity} more by the driver's own count`];
      const value = { severity, count, first_us: t, details, fru, page: null };
      return [
        {
          probe: 'hw_memory',
          aspect: 'error',
          subject: object,
          t,
          value: { ...value, by: 'controller' },
        },
      ];
    }),
  );
  return [{ ...state, missed: state.missed.filter(one => reached < one.due) }, errors];
}

const minus = (a: Pair, b: Pair): Pair => ({
  corrected: Math.max(0, a.corrected - b.corrected),
  uncorrected: Math.max(0, a.uncorrected - b.uncorrected),
});
