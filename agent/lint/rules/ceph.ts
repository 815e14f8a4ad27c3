/** Ceph's replication, where no path group is below it. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';

const cephHeartbeat = rule({
  id: 'ceph-heartbeat',
  layer: 'ceph',
  subject: 'ceph',
  stage: 'detect',
  losses: LOSSES,
  way: 'heartbeat',
  reads: ['/etc/ceph/ceph.conf'],
  formula: 'osd_heartbeat_interval + osd_heartbeat_grace',
  advice: () =>
    'put public and cluster network on a bond or multipath route; osd_heartbeat_grace below 5 s makes OSDs flap',
  source: [
    'Ceph, rados/configuration/mon-osd-interaction: osd_heartbeat_interval, osd_heartbeat_grace',
  ],
  judge: ({ heartbeat_interval, heartbeat_grace }) =>
    judged(
      { osd_heartbeat_grace: heartbeat_grace, osd_heartbeat_interval: heartbeat_interval },
      v => ({
        ms: 1000 * (v.osd_heartbeat_grace + v.osd_heartbeat_interval),
        why: `an OSD that is silent for ${v.osd_heartbeat_grace} s is reported by the next heartbeat`,
      }),
    ),
});

export const cephRules: readonly Rule<'ceph'>[] = [cephHeartbeat];
