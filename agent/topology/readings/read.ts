/** What a reader's output comes to. Everything in it is from outside: nothing throws, nothing is taken for granted. */
import { OUTPUT_MAX } from '../../wire.ts';

export type Read<T> =
  | { is: 'value'; value: T }
  /** It works and has nothing to say: the disk sleeps, or does not have what was asked for. */
  | { is: 'nothing'; reason: string }
  /** It cannot be understood. */
  | { is: 'garbage'; reason: string };

export const value = <T>(it: T): Read<T> => ({ is: 'value', value: it });
export const nothing = (reason: string): Read<never> => ({ is: 'nothing', reason });
export const garbage = (reason: string): Read<never> => ({ is: 'garbage', reason });

export type Fields = Readonly<Record<string, unknown>>;

const isFields = (it: unknown): it is Fields =>
  typeof it === 'object' && it !== null && !Array.isArray(it);

/** The JSON object that the output is; null: it is none. */
export function fieldsOf(output: string): Fields | null {
  if (output.length > OUTPUT_MAX) return null;
  try {
    const all: unknown = JSON.parse(output);
    return isFields(all) ? all : null;
  } catch {
    return null;
  }
}

/** The object of this name; empty if there is none. */
export const within = (fields: Fields, name: string): Fields => {
  const it = own(fields, name);
  return isFields(it) ? it : {};
};

/** Objects of the list of this name, so many at most. */
export function listOf(fields: Fields, name: string, max: number): Fields[] {
  const it = own(fields, name);
  return Array.isArray(it) ? it.slice(0, max).filter(isFields) : [];
}

/** A whole number from 0 on of the first of these names that has one. Large ones are cut: no counter needs them. */
export function countOf(fields: Fields, ...names: string[]): number | null {
  for (const name of names) {
    const it = own(fields, name);
    const number = typeof it === 'string' && /^\d{1,20}$/.test(it) ? Number(it) : it;
    if (typeof number === 'number' && number >= 0) {
      return Math.min(Math.floor(number), Number.MAX_SAFE_INTEGER);
    }
  }
  return null;
}

/** A number that may be below nothing; what is far from any reading is none. */
export function numberOf(fields: Fields, name: string): number | null {
  const it = own(fields, name);
  return typeof it === 'number' && Math.abs(it) < 1e9 ? it : null;
}

export function flagOf(fields: Fields, name: string): boolean | null {
  const it = own(fields, name);
  return typeof it === 'boolean' ? it : null;
}

/** Printable, and cut; null: there is none. */
export function wordsOf(fields: Fields, name: string, max = 64): string | null {
  const it = own(fields, name);
  return typeof it === 'string' ? printable(it, max) : null;
}

/** null: nothing is left. */
export function printable(text: string, max = 64): string | null {
  const kept = text
    .slice(0, 4 * max)
    .replace(/[^\x20-\x7e\u00a0-\ufffc]/g, '')
    .trim()
    .slice(0, max);
  return kept === '' ? null : kept;
}

/** `constructor` is no field of an output. */
const own = (fields: Fields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;
