/** The host as a whole: what of its processors, memory and file systems is in use, its watchdogs, and its kernel's log. */

import type { Topology } from '../../topology/state.ts';
import { tableGet, tableValues } from '../../topology/table.ts';
import type { HardwareEntry, HardwareKind } from '../../topology/told.ts';
import type { HwHostObservation, Us } from '../../types.ts';
import type { FrameOf } from '../../wire.ts';
import { type KmsgPattern, matchKmsg } from '../kmsg_patterns.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'hw_host',
  observe(frame, topology) {
    const t = frame.data.t_us;
    return [
      ...levels(topology, t, 'processors', processors),
      ...levels(topology, t, 'memory', memory),
      ...levels(topology, t, 'mount', filesystem),
      ...levels(topology, t, 'watchdog', watchdog),
      ...(frame.type === 'kmsg' ? kernel(topology, frame.data) : []),
    ];
  },
};

type Of<A> = Extract<HwHostObservation, { aspect: A }>;

/** What is gone, unknown, or as told, of one kind of hardware. */
function levels<K extends HardwareKind>(
  topology: Topology,
  t: Us,
  kind: K,
  make: (entry: HardwareEntry<K>, t: Us, instead: 'unknown' | 'absent' | null) => HwHostObservation,
): HwHostObservation[] {
  const { hardware, gone } = topology.effect;
  const left = gone.hardware.flatMap(one =>
    one.kind === kind ? [make(one.entry as unknown as HardwareEntry<K>, t, 'absent')] : [],
  );
  const told = [...new Set(hardware[kind])].flatMap(key => {
    const one = tableGet(topology.hardware[kind], key) as HardwareEntry<K> | undefined;
    if (one === undefined) return [];
    return [one.stale ? make(one, t, 'unknown') : make(one, one.t, null)];
  });
  return [...left, ...told];
}

const processors = (
  { present, online, smt }: HardwareEntry<'processors'>,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'processors'> => ({
  probe: 'hw_host',
  aspect: 'processors',
  subject: 'host',
  value: instead ?? { present, online, smt },
  t,
});

const memory = (
  { blocks, offline_blocks: offline }: HardwareEntry<'memory'>,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'memory'> => ({
  probe: 'hw_host',
  aspect: 'memory',
  subject: 'host',
  value: instead ?? { blocks, offline },
  t,
});

function filesystem(
  told: HardwareEntry<'mount'>,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'filesystem'> {
  const { point, source, filesystem: kind, read_only, super_read_only } = told;
  // Those that cannot be written at all are so without anybody's doing.
  const by = !super_read_only
    ? 'writable'
    : read_only || NEVER_WRITTEN.includes(kind)
      ? 'read-only'
      : 'by-error';
  return {
    probe: 'hw_host',
    aspect: 'filesystem',
    subject: `filesystem/${point}`,
    value: instead ?? by,
    t,
    filesystem: kind,
    source,
  };
}

const NEVER_WRITTEN: readonly string[] = ['squashfs', 'erofs', 'iso9660', 'udf', 'cramfs', 'romfs'];

/** WDIOF_CARDRESET of linux/watchdog.h: the last reset was its doing. */
const CARD_RESET = 0x20;

const watchdog = (
  { watchdog: name, identity, boot_status }: HardwareEntry<'watchdog'>,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'watchdog'> => ({
  probe: 'hw_host',
  aspect: 'watchdog',
  subject: `watchdog/${name}`,
  value: instead ?? { identity, has_reset: (boot_status & CARD_RESET) !== 0 },
  t,
});

/** What no frame of a structured source tells. */
const PATTERNS: readonly KmsgPattern[] = [
  {
    what: 'task-hung',
    pattern:
      /^INFO: task (?<text>.{1,40}:\d{1,10} blocked (?:in I\/O wait )?for more than \d{1,9} seconds)/,
  },
  {
    what: 'cpu-lockup',
    pattern: /^(?:watchdog: )?(?:BUG: )?(?<text>soft lockup - CPU#\d{1,5} stuck for \d{1,9}s)/,
  },
  {
    what: 'cpu-lockup',
    pattern: /(?<text>Watchdog detected hard LOCKUP on cpu \d{1,5})/,
  },
  {
    what: 'cpu-lockup',
    pattern: /^rcu: INFO: (?<text>rcu_\w{1,20} (?:self-)?detected (?:expedited )?stalls?\b.{0,60})/,
  },
  {
    what: 'read-only',
    pattern: /^EXT4-fs \((?<device>[^)]{1,32})\): (?<text>Remounting filesystem read-only)/,
  },
  {
    what: 'read-only',
    pattern: /^BTRFS.{0,24}\(device (?<device>[^):\s]{1,32}).{0,40}\): (?<text>forced readonly)/,
  },
  {
    what: 'read-only',
    pattern:
      /^XFS \((?<device>[^)]{1,32})\): (?<text>.{0,80}(?:[Ss]hutting down filesystem|Filesystem has been shut down|Unmount and run xfs_repair))/,
  },
];

function kernel(topology: Topology, { text, t_us: t }: FrameOf<'kmsg'>['data']): Of<'kernel'>[] {
  const found = matchKmsg(PATTERNS, text);
  if (found === null) return [];
  const what = found.what as Of<'kernel'>['value']['what'];
  const value = { what, text: found.names.text ?? '' };
  const made = { probe: 'hw_host', aspect: 'kernel', value, t } as const;
  if (what !== 'read-only') return [{ ...made, subject: 'host' }];
  return pointsOf(topology, found.names.device ?? '').map(point => ({
    ...made,
    subject: `filesystem/${point}` as const,
  }));
}

/** Where the file system of this block device is mounted. */
function pointsOf({ hardware }: Topology, device: string): string[] {
  return [...tableValues(hardware.mount)]
    .filter(({ source }) => source === device || source === `/dev/${device}`)
    .map(({ point }) => point)
    .sort();
}
