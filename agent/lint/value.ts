/** What the linter knows of a setting, and the arithmetic of times that may be unknown or without end. */

/**
 * effective: what the kernel or a daemon uses now. configured: a file that it reads at its start. default: nobody says,
 * so it is what the documentation named by the rule says.
 */
export type Origin = 'effective' | 'configured' | 'default';

export type Value<T> =
  | { state: 'known'; value: T; file: string; origin: Origin }
  /** There, and not to be read or understood: never a pass. */
  | { state: 'unknown'; file: string; why: string; needs_root: boolean }
  /** This host has no such thing. */
  | { state: 'absent'; file: string };

export const known = <T>(value: T, file: string, origin: Origin = 'effective'): Value<T> => ({
  state: 'known',
  value,
  file,
  origin,
});

export const unknown = (file: string, why: string, needs_root = false): Value<never> => ({
  state: 'unknown',
  file,
  why,
  needs_root,
});

export const absent = (file: string): Value<never> => ({ state: 'absent', file });

/** The value where there is none of its own: what the tool or kernel then takes. */
export const orDefault = <T>(value: Value<T>, fallback: T): Value<T> =>
  value.state === 'absent' ? known(fallback, value.file, 'default') : value;

/** The first that is there; the last one when none is. */
export const firstOf = <T>(...values: [Value<T>, ...Value<T>[]]): Value<T> =>
  values.find(v => v.state !== 'absent') ?? (values.at(-1) as Value<T>);

export const mapValue = <T, U>(value: Value<T>, of: (value: T) => U): Value<U> =>
  value.state === 'known' ? { ...value, value: of(value.value) } : value;

/** The value when it is known, else null. */
export const plain = <T>(value: Value<T>): T | null =>
  value.state === 'known' ? value.value : null;

/** A time in ms; `never`: it takes no end; `unknown`: what it depends on cannot be read. */
export type Ms = number | 'never' | 'unknown';

/** One after the other. What never ends makes the rest unimportant, even where that is unknown. */
export function sumMs(all: readonly Ms[]): Ms {
  if (all.includes('never')) return 'never';
  if (all.includes('unknown')) return 'unknown';
  return (all as readonly number[]).reduce((a, b) => a + b, 0);
}

/** Whichever is last: the worst of several that may happen. */
export function worstMs(all: readonly Ms[]): Ms {
  if (all.includes('never')) return 'never';
  if (all.includes('unknown')) return 'unknown';
  return Math.max(0, ...(all as readonly number[]));
}
