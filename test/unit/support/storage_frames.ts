/** Frames of sessions, disks and multipath devices in few words; the time in ms first, as support/frames.ts has it. */
import { type Fields, type Helper, us } from './frames.ts';

/** `iscsi:session1` with the lab's target and the disk sdb; logged in, unless `fields` say otherwise. */
export const sessionFields = (
  number = 1,
  fields: Partial<Fields<'session'>> = {},
): Fields<'session'> => ({
  session: `iscsi:session${number}`,
  protocol: 'iscsi',
  target: 'iqn.2026-03.example:disk',
  local: '10.77.9.1',
  remote: '10.77.9.2',
  remote_port: 3260,
  state: 'LOGGED_IN',
  usable: true,
  disks: ['sdb'],
  gone: false,
  ...fields,
});

export const session = (
  h: Helper,
  ms: number,
  number = 1,
  fields: Partial<Fields<'session'>> = {},
) => h.frame(ms, 'session', sessionFields(number, fields));

/** A disk of `iscsi:session1`, and no path of a multipath device. */
export function disk(h: Helper, ms: number, name = 'sdb', fields: Partial<Fields<'disk'>> = {}) {
  return h.frame(ms, 'disk', {
    disk: name,
    major: 8,
    minor: 16,
    kind: 'iscsi',
    session: 'iscsi:session1',
    map: null,
    pci: null,
    scsi: null,
    holders: [],
    gone: false,
    ...fields,
  });
}

export function ioStall(h: Helper, ms: number, name: string, sinceMs: number) {
  return h.frame(ms, 'io_stall', {
    disk: name,
    since_us: us(sinceMs),
    threshold_us: 1_000_000,
    in_flight: 3,
    operation: 'write',
  });
}

export function ioResume(h: Helper, ms: number, name: string, sinceMs: number) {
  return h.frame(ms, 'io_resume', { disk: name, since_us: us(sinceMs) });
}

export function ioErrors(h: Helper, ms: number, name: string, errors: number) {
  const of = { disk: name, last: 'EIO', medium: 0, medium_sector: null };
  return h.frame(ms, 'io_errors', { ...of, errors });
}

/** dm-0, with paths as `sdb` (usable) and `sdc!` (failed); the nth path is of the nth session. */
export function multipath(
  h: Helper,
  ms: number,
  paths: string[],
  fields: Partial<Fields<'multipath'>> = {},
) {
  return h.frame(ms, 'multipath', {
    map: 'dm-0',
    name: 'mpatha',
    kind: 'dm',
    paths: paths.map((path, i) => {
      const usable = !path.endsWith('!');
      return {
        disk: path.replace('!', ''),
        session: `iscsi:session${i + 1}`,
        usable,
        state: usable ? 'active' : 'failed',
        access: null,
        failures: 0,
      };
    }),
    gone: false,
    ...fields,
  });
}

export function flowStats(
  h: Helper,
  ms: number,
  flow: number,
  fields: Partial<Fields<'flow_stats'>> = {},
) {
  return h.frame(ms, 'flow_stats', {
    flow,
    srtt_us: 310,
    rttvar_us: 40,
    backoff: 0,
    retransmits: 2,
    unacked_segments: 1,
    progress_us: us(ms - 3),
    bytes_acked: 1000,
    bytes_received: 2000,
    out_ifindex: 31,
    in_ifindex: 31,
    member_ifindex: null,
    ...fields,
  });
}
