/** Subjects of rules as a well-configured host has them, for tests to change one thing. */
import type { Subjects } from '../../../agent/lint/rule.ts';
import type { Bond } from '../../../agent/lint/settings/bonding.ts';
import type { Ceph } from '../../../agent/lint/settings/ceph.ts';
import type { IscsiSession } from '../../../agent/lint/settings/iscsi.ts';
import type { Multipath } from '../../../agent/lint/settings/multipath.ts';
import type { NfsMount } from '../../../agent/lint/settings/nfs.ts';
import type { Nudge } from '../../../agent/lint/settings/nudge.ts';
import type { NvmeController } from '../../../agent/lint/settings/nvme.ts';
import type { RoutedLeg, Routing } from '../../../agent/lint/settings/routing.ts';
import type { TeamConfig, Watcher } from '../../../agent/lint/settings/team.ts';
import { absent, known, unknown, type Value } from '../../../agent/lint/value.ts';

export const is = <T>(value: T): Value<T> => known(value, '/somewhere');
export const hidden = unknown('/secret', 'may not be read', true);
export const none = absent('/nowhere');

type Plain<T> = { [K in keyof T]?: T[K] extends Value<infer V> ? V | Value<V> : T[K] };

/** Plain values become known ones. */
function filled<T extends object>(base: T, over: Plain<T>): T {
  const out: Record<string, unknown> = { ...(base as Record<string, unknown>) };
  for (const [key, value] of Object.entries(over)) {
    const wasValue = isValue(out[key]);
    out[key] = wasValue && !isValue(value) ? is(value) : value;
  }
  return out as T;
}

const isValue = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && 'state' in x && 'file' in x;

export const bond = (over: Plain<Bond> = {}): Bond =>
  filled(
    {
      name: 'bond0',
      legs: ['nic0', 'nic1'],
      mode: is<string>('active-backup'),
      miimon: is(100),
      updelay: is(0),
      downdelay: is(0),
      arp_interval: is(0),
      arp_missed_max: is(2),
      arp_targets: is<string[]>([]),
      lacp_rate: is<string>('slow'),
      min_links: is(0),
      fail_over_mac: is<string>('none'),
      num_grat_arp: is(1),
      peer_notif_delay: is(0),
    },
    over,
  );

export const watcher = (over: Partial<Watcher> = {}): Watcher => ({
  name: 'ethtool',
  delay_down: 0,
  interval: 1000,
  missed_max: 3,
  ...over,
});

export const team = (over: Partial<TeamConfig> = {}): Subjects['team'] => ({
  name: 'team0',
  legs: ['nic0', 'nic1'],
  config: is({
    runner: 'activebackup',
    fast_rate: false,
    hwaddr_policy: 'same_all',
    notify_peers: 1,
    watchers: { nic0: [watcher()], nic1: [watcher()] },
    ...over,
  }),
});

export const leg = (ifname: string, over: Plain<RoutedLeg> = {}): RoutedLeg =>
  filled(
    {
      ifname,
      ignores_linkdown: is(true),
      reachable_time: is(30_000),
      delay_first_probe: is(5),
      ucast_solicit: is(3),
      retrans_time: is(1000),
    },
    over,
  );

export const route = (
  over: Partial<Omit<Subjects['route'], 'routing'>> & { routing?: Plain<Routing> } = {},
): Subjects['route'] => {
  const { routing, ...more } = over;
  return {
    kind: 'ecmp',
    nudge: none,
    bfd: none,
    hops: [
      { ifname: 'nic0', gateway: '10.1.0.2' },
      { ifname: 'nic1', gateway: '10.2.0.2' },
    ],
    ...more,
    routing: filled<Routing>(
      {
        family: 4,
        legs: [leg('nic0'), leg('nic1')],
        use_neigh: is(0),
        hash_policy: is(1),
      },
      routing ?? {},
    ),
  };
};

export const nudge = (over: Partial<Nudge> = {}): Value<Nudge> =>
  is({ kind: 'ask', nudge: 'auto', carrier: 'auto', seen_ms: 10, ...over });

export const connection = (over: Plain<Subjects['connection']> = {}): Subjects['connection'] =>
  filled({ rto_min: is(200), retries2: is(15), elapsed_ms: 100 }, over);

export const iscsi = (over: Plain<IscsiSession> = {}): IscsiSession =>
  filled(
    {
      id: 'session1',
      target: is<string>('iqn.2026-01.org.example:s1'),
      address: is<string>('10.6.0.2'),
      local: none,
      noop_out_interval: is(5),
      noop_out_timeout: is(5),
      replacement_timeout: is(120),
    },
    over,
  );

export const nvme = (
  over: Plain<NvmeController> & { native?: Value<boolean> } = {},
): Subjects['nvme'] => {
  const { native = is(true), ...more } = over;
  const base: NvmeController = {
    id: 'nvme0',
    subsystem: is('s2'),
    address: is<string | null>('10.6.0.2'),
    local: null,
    interface: null,
    keep_alive_tmo: is(5),
    fast_io_fail_tmo: is(-1),
    ctrl_loss_tmo: is(600),
    reconnect_delay: is(10),
  };
  return { controller: filled(base, more as Plain<NvmeController>), native };
};

export const multipath = (over: Plain<Multipath> = {}): Subjects['multipath'] => ({
  disk_timeout: is(30),
  multipath: filled<Multipath>(
    {
      maps: [],
      polling_interval: is(5),
      max_polling_interval: is(20),
      checker_timeout: is<number | null>(null),
      fast_io_fail_tmo: is(5),
      dev_loss_tmo: is<number | null>(null),
      no_path_retry: is('fail'),
    },
    over,
  ),
});

export const nfs = (over: Plain<NfsMount> & { elapsed_ms?: number } = {}): Subjects['nfs'] => {
  const { elapsed_ms = 700, ...more } = over;
  const base: NfsMount = {
    mountpoint: '/mnt',
    address: '10.8.0.2',
    tcp: true,
    soft: false,
    timeo: is(600),
    retrans: is(2),
  };
  return { mount: filled(base, more as Plain<NfsMount>), elapsed_ms };
};

export const ceph = (over: Plain<Ceph> = {}): Ceph =>
  filled({ heartbeat_interval: is(6), heartbeat_grace: is(20), networks: [], monitors: [] }, over);
