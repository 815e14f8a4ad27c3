/** For every rule: subjects, and what it has to say of them. `null`: it does not apply. Times as the formula says them. */
import type { Loss, Subjects } from '../../../agent/lint/rule.ts';
import type { Ms } from '../../../agent/lint/value.ts';
import {
  bond,
  ceph,
  connection,
  hidden,
  is,
  iscsi,
  leg,
  multipath,
  nfs,
  none,
  nudge,
  nvme,
  route,
  team,
  watcher,
} from './subjects.ts';

export interface Vector {
  of: Subjects[keyof Subjects];
  ms: Ms | null;
  loss?: Loss;
  warns?: boolean;
}

const LATE = 1.125;
const lacp = { mode: '802.3ad' };
const arp = { miimon: 0, arp_interval: 100, arp_targets: ['10.1.0.2'] };
const fast = { multiplier: 3, receive: 100, transmit: 50 };
const bfd = (...addresses: string[]) => is({ watched: new Map(addresses.map(a => [a, fast])) });

export const vectors: Record<string, Vector[]> = {
  'one-leg': [
    { of: { legs: ['nic0', 'nic1'] }, ms: null },
    { of: { legs: ['nic0'] }, ms: 'never' },
    { of: { legs: [] }, ms: 'never' },
  ],
  egress: [
    { of: { name: 'session1', egress: { to: 'unknown', why: 'no route' } }, ms: 'unknown' },
    { of: { name: 'session1', egress: { to: 'nic', ifname: 'nic0', rto_min: is(200) } }, ms: null },
  ],
  'bond-mii': [
    { of: bond(), ms: 100 * LATE },
    { of: bond({ miimon: 50, downdelay: 120 }), ms: 150 * LATE },
    { of: bond({ miimon: 500, downdelay: 1000 }), ms: 1500 * LATE },
    { of: bond({ miimon: 0 }), ms: 'never' },
    { of: bond({ miimon: hidden }), ms: 'unknown' },
    { of: bond({ mode: 'broadcast' }), ms: null },
  ],
  'bond-arp': [
    { of: bond(arp), ms: 350 * LATE, loss: 'silent' },
    { of: bond({ ...arp, arp_missed_max: 5 }), ms: 650 * LATE, loss: 'carrier' },
    { of: bond({ ...arp, arp_targets: [] }), ms: 'never' },
    { of: bond({ arp_interval: 0 }), ms: 'never' },
    { of: bond({ ...arp, mode: 'balance-alb' }), ms: 'never' },
    { of: bond({ ...arp, arp_targets: hidden }), ms: 'unknown' },
    { of: bond(lacp), ms: null },
  ],
  'bond-lacp': [
    { of: bond({ mode: hidden }), ms: 'unknown' },
    { of: bond({ ...lacp, lacp_rate: 'fast' }), ms: 3100 * LATE, loss: 'silent' },
    { of: bond(lacp), ms: 90_100 * LATE, loss: 'silent' },
    { of: bond(), ms: null, loss: 'silent' },
  ],
  'bond-broadcast': [
    { of: bond({ mode: hidden }), ms: 'unknown' },
    { of: bond({ mode: 'broadcast' }), ms: 0 },
    { of: bond(), ms: null },
  ],
  'bond-min-links': [
    { of: bond({ mode: hidden }), ms: 'unknown' },
    { of: bond({ ...lacp, min_links: 1 }), ms: 0 },
    { of: bond({ ...lacp, min_links: 2 }), ms: 'never' },
    { of: bond({ ...lacp, min_links: 2, legs: ['a', 'b', 'c'] }), ms: 0 },
    { of: bond({ min_links: 2 }), ms: null },
  ],
  'bond-announce': [
    { of: bond({ mode: hidden }), ms: 'unknown' },
    { of: bond(), ms: 0 },
    { of: bond({ num_grat_arp: 0 }), ms: 0 },
    { of: bond({ num_grat_arp: 0, fail_over_mac: 'active' }), ms: 'never' },
    { of: bond({ fail_over_mac: 'active' }), ms: 0 },
    { of: bond({ num_grat_arp: hidden }), ms: 'unknown' },
    { of: bond(lacp), ms: null },
  ],
  'bond-alb-learn': [
    { of: bond({ mode: hidden }), ms: 'unknown' },
    { of: bond({ mode: 'balance-alb' }), ms: 100 * LATE },
    { of: bond(), ms: null },
  ],
  'bond-announce-again': [
    { of: bond({ num_grat_arp: 3, peer_notif_delay: 200 }), ms: 400, warns: false },
    { of: bond({ num_grat_arp: 3 }), ms: 200, warns: false },
    { of: bond({ num_grat_arp: 2, peer_notif_delay: 5000 }), ms: 5000, warns: true },
    { of: bond(), ms: 0, warns: false },
    { of: bond({ fail_over_mac: 'active' }), ms: 0, warns: true },
    { of: bond({ num_grat_arp: 0 }), ms: 0, warns: true },
    { of: bond(lacp), ms: null },
  ],
  'bond-updelay': [
    { of: bond(), ms: 0 },
    { of: bond({ updelay: 2050 }), ms: 2100 },
    { of: bond({ miimon: 0, updelay: 2000 }), ms: 0 },
  ],
  'team-watch': [
    { of: team(), ms: 0, loss: 'carrier' },
    { of: team(), ms: 'never', loss: 'silent' },
    {
      of: team({ watchers: { a: [watcher()], b: [watcher({ delay_down: 1000 })] } }),
      ms: 1000,
      loss: 'carrier',
    },
    {
      of: team({ watchers: { a: [watcher({ name: 'arp_ping', interval: 100, missed_max: 2 })] } }),
      ms: 400,
      loss: 'silent',
    },
    // A leg is down only when all its watchers say so.
    {
      of: team({ watchers: { a: [watcher(), watcher({ name: 'arp_ping' })] } }),
      ms: 'never',
      loss: 'silent',
    },
    { of: { ...team(), config: hidden }, ms: 'unknown' },
    { of: { ...team(), config: none }, ms: 'unknown' },
  ],
  'team-lacp': [
    { of: team({ runner: 'lacp', fast_rate: true }), ms: 3000, loss: 'silent' },
    { of: team({ runner: 'lacp' }), ms: 90_000, loss: 'silent' },
    { of: team(), ms: null, loss: 'silent' },
  ],
  'team-announce': [
    { of: team(), ms: 0 },
    { of: team({ notify_peers: 0 }), ms: 0 },
    { of: team({ notify_peers: 0, hwaddr_policy: 'by_active' }), ms: 'never' },
    { of: team({ runner: 'lacp', notify_peers: 0 }), ms: null },
  ],
  'route-carrier': [
    { of: route(), ms: 1000 },
    { of: route({ nudge: nudge() }), ms: 10 },
    { of: route({ nudge: nudge({ kind: null, nudge: 'off' }) }), ms: 1000 },
    { of: route({ nudge: nudge({ kind: null, carrier: 'rtnl' }) }), ms: 1000 },
    { of: route({ nudge: hidden }), ms: 'unknown' },
  ],
  'route-linkdown': [
    { of: route(), ms: 0 },
    {
      of: route({ routing: { legs: [leg('nic0'), leg('nic1', { ignores_linkdown: false })] } }),
      ms: 'never',
    },
    {
      of: route({ routing: { legs: [leg('nic0'), leg('nic1', { ignores_linkdown: hidden })] } }),
      ms: 'unknown',
    },
    { of: route({ kind: 'nexthop_group' }), ms: null },
  ],
  'route-bfd': [
    { of: route(), ms: null },
    { of: route({ bfd: bfd() }), ms: null },
    { of: route({ bfd: bfd('10.1.0.2', '10.2.0.2') }), ms: 300, loss: 'silent' },
    { of: route({ bfd: bfd('nic0', 'nic1') }), ms: 300 },
    { of: route({ bfd: bfd('10.1.0.2') }), ms: 'never', loss: 'silent' },
    { of: route({ bfd: hidden }), ms: 'unknown' },
  ],
  'route-neighbour': [
    { of: route(), ms: 'never', loss: 'silent' },
    { of: route({ routing: { use_neigh: 1 } }), ms: 53_000 * LATE, loss: 'silent' },
    { of: route({ routing: { use_neigh: 1, family: 6 } }), ms: 'never', loss: 'silent' },
    {
      of: route({ routing: { use_neigh: 1, legs: [leg('a'), leg('b', { ucast_solicit: 5 })] } }),
      ms: 55_000 * LATE,
      loss: 'silent',
    },
    { of: route({ routing: { use_neigh: hidden } }), ms: 'unknown', loss: 'silent' },
    { of: route({ bfd: hidden }), ms: 'unknown', loss: 'silent' },
  ],
  'route-hash-policy': [
    { of: route(), ms: 0 },
    { of: route({ routing: { hash_policy: 0 } }), ms: 0 },
  ],
  'route-nexthop-objects': [
    { of: route(), ms: null },
    { of: route({ kind: 'nexthop_group' }), ms: 0, warns: true },
  ],
  'tcp-retransmit': [
    { of: connection({ elapsed_ms: 100 }), ms: 112, loss: 'silent' },
    { of: connection({ elapsed_ms: 0 }), ms: 0, loss: 'silent' },
    // 212, and the second time-out of 424 ms, which may be late.
    { of: connection({ elapsed_ms: 350 }), ms: 212 + 424 * LATE - 350, loss: 'silent' },
    // 212, and one more try 500 ms later: a leg without carrier drops at once.
    { of: connection({ elapsed_ms: 350 }), ms: 212 + 500 * LATE - 350, loss: 'carrier' },
    { of: connection({ elapsed_ms: 100, rto_min: 50 }), ms: 62 + 124 * LATE - 100, loss: 'silent' },
    { of: connection({ rto_min: hidden }), ms: 'unknown' },
  ],
  'tcp-retries2': [
    { of: connection({ elapsed_ms: 800 }), ms: 0 },
    // 600 ms after the first retransmission at 200.
    { of: connection({ elapsed_ms: 801, retries2: 1 }), ms: 'never' },
    { of: connection({ elapsed_ms: 800, retries2: 1 }), ms: 0 },
    { of: connection({ retries2: hidden }), ms: 'unknown' },
  ],
  'tcp-gives-up': [
    // 3000 ms after the first retransmission at 212: at the fifth time-out, since the fourth comes after 3000 − 200.
    { of: connection({ retries2: 3 }), ms: 212 + (424 + 848 + 1696 + 3392) * LATE },
    { of: connection({ retries2: hidden }), ms: 'unknown' },
  ],
  'iscsi-noop': [
    { of: iscsi(), ms: 10_000 * LATE },
    { of: iscsi({ noop_out_interval: 0 }), ms: 'never' },
    { of: iscsi({ noop_out_timeout: 0 }), ms: 'never' },
    { of: iscsi({ noop_out_timeout: hidden }), ms: 'unknown' },
  ],
  'iscsi-replacement': [
    { of: iscsi(), ms: 120_000 * LATE },
    { of: iscsi({ replacement_timeout: 0 }), ms: 0 },
    { of: iscsi({ replacement_timeout: -1 }), ms: 'never' },
  ],
  'nvme-keep-alive': [
    { of: nvme(), ms: 15_000 * LATE + 2000 },
    { of: nvme({ keep_alive_tmo: 0 }), ms: 'never' },
    { of: nvme({ keep_alive_tmo: hidden }), ms: 'unknown' },
  ],
  'nvme-failover': [
    { of: nvme(), ms: 0 },
    { of: nvme({ native: is(false), fast_io_fail_tmo: 2 }), ms: 2000 * LATE },
    { of: nvme({ native: is(false) }), ms: 600_000 * LATE },
    { of: nvme({ native: is(false), ctrl_loss_tmo: -1 }), ms: 'never' },
    { of: nvme({ native: hidden }), ms: 'unknown' },
  ],
  'nvme-reconnect': [
    { of: nvme(), ms: 10_000, warns: true },
    { of: nvme({ ctrl_loss_tmo: -1 }), ms: 10_000, warns: false },
  ],
  'multipath-checker': [
    { of: multipath(), ms: 50_000 },
    { of: multipath({ checker_timeout: 2, max_polling_interval: 2 }), ms: 4000 },
    { of: multipath({ max_polling_interval: hidden }), ms: 'unknown' },
  ],
  'multipath-fast-io-fail': [
    { of: multipath(), ms: 5000, warns: false },
    { of: multipath({ fast_io_fail_tmo: -1 }), ms: 'never', warns: true },
  ],
  'multipath-no-path-retry': [
    { of: multipath(), ms: 0, warns: true },
    { of: multipath({ no_path_retry: '12' }), ms: 60_000 },
    { of: multipath({ no_path_retry: 'queue' }), ms: 'never', warns: true },
  ],
  'multipath-dev-loss': [
    { of: multipath(), ms: 'unknown' },
    { of: multipath({ dev_loss_tmo: 60 }), ms: 60_000, warns: false },
    { of: multipath({ dev_loss_tmo: 5 }), ms: 5000, warns: true },
    { of: multipath({ dev_loss_tmo: Number.POSITIVE_INFINITY }), ms: 'never', warns: false },
  ],
  'nfs-user-timeout': [
    { of: nfs(), ms: 0 },
    { of: nfs({ timeo: 2, retrans: 1 }), ms: 3000 },
    { of: nfs({ timeo: 2, retrans: 1, soft: true }), ms: 'never' },
    { of: nfs({ timeo: 2, retrans: 1, elapsed_ms: 400 }), ms: 0 },
    { of: nfs({ timeo: hidden }), ms: 'unknown' },
    { of: nfs({ tcp: false }), ms: null },
  ],
  'ceph-heartbeat': [
    { of: ceph(), ms: 26_000 },
    { of: ceph({ heartbeat_grace: 5, heartbeat_interval: 1 }), ms: 6000 },
    { of: ceph({ heartbeat_grace: hidden }), ms: 'unknown' },
  ],
};
