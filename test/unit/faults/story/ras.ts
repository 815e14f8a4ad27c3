/** Observations of memory, processors and PCI functions. */
import type { Observation, Us } from '../../../../agent/types.ts';

type Of<P extends string, A extends string> = Extract<Observation, { probe: P; aspect: A }>;
type MemoryError = Of<'hw_memory', 'error'>['value'];

export const dimm = (label: string, t: Us, fields: Partial<MemoryError> = {}): Observation => ({
  probe: 'hw_memory',
  aspect: 'error',
  subject: `dimm/${label}`,
  t,
  value: {
    severity: 'corrected',
    count: 1,
    first_us: t,
    details: ['memory read error'],
    fru: null,
    by: 'controller',
    page: null,
    ...fields,
  },
});

export const dimmCounters = (
  label: string,
  t: Us,
  value: Of<'hw_memory', 'counters'>['value'],
): Observation => ({
  probe: 'hw_memory',
  aspect: 'counters',
  subject: `dimm/${label}`,
  t,
  value,
  fru: null,
});

export const victim = (
  t: Us,
  fields: Partial<Of<'hw_memory', 'page-victim'>['value']> = {},
): Observation => ({
  probe: 'hw_memory',
  aspect: 'page-victim',
  subject: 'host',
  t,
  value: {
    pid: 4711,
    comm: 'qemu',
    vm: { name: 'vm1', uuid: null },
    action: 'required',
    ...fields,
  },
});

export const pageFailure = (
  t: Us,
  result: Of<'hw_memory', 'page-failure'>['value']['result'] = 'recovered',
  page = '0x12345',
): Observation => ({
  probe: 'hw_memory',
  aspect: 'page-failure',
  subject: 'host',
  t,
  value: { page, kind: 'dirty_lru', result },
});

export const machineCheck = (
  socket: number,
  t: Us,
  fields: Partial<Of<'hw_cpu', 'error'>['value']> = {},
): Observation => ({
  probe: 'hw_cpu',
  aspect: 'error',
  subject: `cpu/${socket}`,
  t,
  value: {
    severity: 'corrected',
    count: 1,
    first_us: t,
    details: ['cache error (CE)'],
    fru: null,
    by: 'mce',
    ...fields,
  },
});

export const kernelSays = (
  what: string,
  t: Us,
  told_by: readonly `hw_${string}`[] = [],
): Observation => ({
  probe: 'hw_cpu',
  aspect: 'warning',
  subject: 'host',
  t,
  value: { what, told_by, text: `a record of ${what}` },
});

export const PORT = '0000:3a:00.0';
export const NIC = '0000:3b:00.0';
const above = (address: string): string[] => (address === PORT ? [] : [PORT]);

export const aer = (
  address: string,
  t: Us,
  severity: Of<'hw_pci', 'error'>['value']['severity'],
  fields: Partial<Of<'hw_pci', 'error'>['value']> = {},
): Observation => ({
  probe: 'hw_pci',
  aspect: 'error',
  subject: `pci/${address}`,
  t,
  value: {
    severity,
    count: 1,
    first_us: t,
    errors: ['Data Link Protocol Error'],
    details: [],
    fru: null,
    above: above(address),
    ...fields,
  },
});

export const deviceHealth = (address: string, t: Us): Observation => ({
  probe: 'hw_pci',
  aspect: 'health',
  subject: `pci/${address}`,
  t,
  value: { reporter: 'fw_fatal', message: 'ill', details: [], fru: null, above: above(address) },
});

export const pciPresence = (
  address: string,
  t: Us,
  value: Of<'hw_pci', 'presence'>['value'],
  fields: Partial<Of<'hw_pci', 'presence'>> = {},
): Observation => ({
  probe: 'hw_pci',
  aspect: 'presence',
  subject: `pci/${address}`,
  t,
  value,
  above: above(address),
  virtual: false,
  details: [],
  fru: null,
  ...fields,
});

export const place = (
  subject: `leg/${string}` | `disk/${string}`,
  t: Us,
  value: string[] = [NIC, PORT],
): Observation => ({ probe: 'hw_pci', aspect: 'place', subject, t, value });
