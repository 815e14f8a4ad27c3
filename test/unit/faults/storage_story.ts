/** Observations of storage for a Story, in few words. */
import type { MultipathPath, Observation, Us } from '../../../agent/types.ts';
import { flow } from './story.ts';

type Of<P extends Observation['probe'], A> = Extract<Observation, { probe: P; aspect: A }>;

/** A flow that leaves and comes by these legs; one name: both ways. */
export function by(
  id: string,
  value: Parameters<typeof flow>[1],
  t: Us,
  legs: string,
  more: Parameters<typeof flow>[3] = {},
): Observation {
  const [leg_out = '', leg_in = leg_out] = legs.split(' ');
  return { ...flow(id, value, t, more), leg_out, leg_in } as Observation;
}

/** A leg's probe, asked each 100 ms. */
export const answers = (
  leg: string,
  value: Of<'leg_probe', 'answering'>['value'],
  t: Us,
): Observation => ({
  probe: 'leg_probe',
  aspect: 'answering',
  subject: `leg/${leg}`,
  value,
  t,
  since_us: t,
  uncertainty_us: 100_000,
  target: '10.0.1.1',
  method: 'icmp',
});

/** `iscsi:session1` to 10.0.0.2 by the group g, with the disk sdb. */
export const session = (
  value: Of<'storage_session', 'session'>['value'],
  t: Us,
  more: Partial<Of<'storage_session', 'session'>> = {},
): Observation => ({
  probe: 'storage_session',
  aspect: 'session',
  subject: 'session/iscsi:session1',
  value,
  t,
  protocol: 'iscsi',
  name: 'iqn.x:disk',
  target: '10.0.0.2',
  group: 'g',
  state: value === 'failed' ? 'FAILED' : 'LOGGED_IN',
  disks: ['sdb'],
  connected: true,
  ...more,
});

/** Its disk; a stall began 1 s before. */
export const io = (
  disk: string,
  value: Of<'block', 'io'>['value'],
  t: Us,
  more: Partial<Of<'block', 'io'>> = {},
): Observation => ({
  probe: 'block',
  aspect: 'io',
  subject: `disk/${disk}`,
  value,
  t,
  since_us: value === 'stalled' ? t - 1_000_000 : t,
  in_flight: 3,
  map: null,
  session: 'iscsi:session1',
  ...more,
});

export const ioErrors = (
  disk: string,
  t: Us,
  errors: number | 'unknown' | 'absent',
): Observation => ({
  probe: 'block',
  aspect: 'io-errors',
  subject: `disk/${disk}`,
  value: typeof errors === 'number' ? { errors, last: 'EIO' } : errors,
  t,
});

/** dm-0; paths as `sdb` (usable) and `sdc!` (failed), with `sdc!7` for how often it has failed; the nth is of session n. */
export function paths(t: Us, value: string[] | 'unknown' | 'absent'): Observation {
  return {
    probe: 'multipath',
    aspect: 'paths',
    subject: 'map/dm-0',
    driver: 'dm',
    name: 'mpatha',
    value: typeof value === 'string' ? value : { paths: value.map(path) },
    t,
  };
}

function path(text: string, i: number): MultipathPath {
  const [, disk = '', bang = '', failures = ''] = /^([a-z]+)(!?)(\d*)$/.exec(text) ?? [];
  return {
    disk,
    session: `iscsi:session${i + 1}`,
    usable: bang === '',
    state: bang === '' ? 'active' : 'failed',
    access: null,
    failures: failures === '' ? null : Number(failures),
  };
}
