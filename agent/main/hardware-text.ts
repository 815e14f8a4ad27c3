/** Observations of hardware as a person reads them: `hw_host:host processors present=0-3 online=0-2`. */
import type { Observation } from '../types.ts';

type Hardware = Extract<
  Observation,
  {
    probe: 'hw_memory' | 'hw_cpu' | 'hw_pci' | 'hw_disk' | 'hw_environment' | 'hw_host';
  }
>;

/** What moves with each look, or repeats what is known. */
const QUIET: readonly Hardware['aspect'][] = [
  'counters',
  'health',
  'sensor',
  'sensors',
  'log',
  'disk',
];

/** Longer values are cut. */
const VALUE_MAX = 200;

/** Null: nothing that a person would want to see pass. */
export function hardwareText(seen: Hardware): string | null {
  const { probe, aspect, subject, value } = seen;
  const name = `${probe}:${subject}`;
  // Of each function one, at the start.
  if (probe === 'hw_pci' && (aspect === 'place' || value === 'present')) return null;
  if (typeof value === 'string') return `${name} ${aspect}=${value}`;
  if (QUIET.includes(aspect) && probe !== 'hw_pci') return null;
  const fields = Object.entries(value).map(([field, it]) => `${field}=${wordsOf(it)}`);
  return `${name} ${aspect} ${fields.join(' ')}`.slice(0, name.length + VALUE_MAX);
}

const wordsOf = (it: unknown): string =>
  typeof it === 'object' && it !== null ? JSON.stringify(it) : String(it);
