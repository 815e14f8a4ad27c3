/** What is behind PCI functions, by the places that are remembered: what has gone with it is named as well. */
import type { Scene } from './set.ts';

/** So many are named; of a controller with more disks the rest is counted. */
const NAMED_MAX = 8;

/** `behind it: interface c-a, disk nvme0n1`; nothing where there is nothing. */
export function behindText(addresses: readonly string[], { pci }: Scene): string[] {
  const all = Object.keys(pci)
    .filter(subject => pci[subject]!.some(address => addresses.includes(address)))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(subject => subject.replace(/^leg\//, 'interface ').replace(/^disk\//, 'disk '));
  if (all.length === 0) return [];
  const named = all.slice(0, NAMED_MAX);
  if (all.length > NAMED_MAX) named.push(`${all.length - NAMED_MAX} more`);
  return [`behind it: ${named.join(', ')}`];
}

const rank = (subject: string): number => (subject.startsWith('leg/') ? 0 : 1);
