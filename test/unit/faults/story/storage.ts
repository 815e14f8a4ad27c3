/** The kernel’s sessions, disks and multipath devices. */
import type { MultipathPath, Observation, Us } from '../../../../agent/types.ts';
import type { Of } from './base.ts';

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
