/** Alarms of storage paths and block devices; a part of the catalogue. */
import type { CatalogueEntry } from './catalogue.ts';

export const storageAlarms: readonly CatalogueEntry[] = [
  {
    type: 'storage-path-stalled',
    title: 'Storage path stalled',
    perceivedSeverity: 'CRITICAL',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'Storage traffic to this target stands still: data is not acknowledged, or cannot leave. A target that acknowledges and answers late is slow, and does not raise this while its legs answer. It names the leg that all flows which stand still have in common while those by other legs move, or the target where its flows stand still by all.',
    repair:
      'Look for a leg that has carrier and passes nothing (`pathwarden paths`, leg probes); take that leg down at both ends so that traffic leaves it.',
    clears:
      'when every flow to the target has moved for 0.5 s; if its connections died instead, 10 s after the last one (subject-gone)',
    object: 'target/<group>/<address>',
    prompt: true,
  },
  {
    type: 'storage-target-unreachable',
    title: 'Storage target cannot be reached',
    perceivedSeverity: 'CRITICAL',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: 'For 1 s (or 10 intervals of the leg probes, if that is longer) no flow to the target has moved by any leg, and the legs themselves pass packets: their probes are answered, or flows to other targets began to move on them meanwhile; or all of them are silent at once, though they have carrier. No failover of ours can help.',
    repair: 'Look at the target itself, and at what lies between it and the ends of the legs.',
    clears:
      'when a flow to the target moves; when it has neither a connection nor a session any more (subject-gone)',
    object: 'target/<group>/<address>',
  },
  {
    type: 'storage-path-lost',
    title: 'Storage path lost',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Communications subsystem failure',
    text: "The kernel's session with a target (iSCSI, NVMe/TCP, NBD, DRBD, NFS, Ceph) is not usable, or its connection was closed and was not back within 3 s while there were disks that need it. CRITICAL of a multipath device: no path of it is usable, so its I/O waits or fails.",
    repair:
      "Look at the target and the legs that lead to it (`pathwarden paths`); `iscsiadm -m session -P 1`, `nvme list-subsys`, `multipath -ll` say what the kernel's own retries wait for.",
    clears: 'when the session, or a path, has been usable for 1 s',
    object: 'session/<session> or map/<device>',
    prompt: true,
  },
  {
    type: 'io-stalled',
    title: 'I/O stands still',
    perceivedSeverity: 'CRITICAL',
    eventType: 'QOS_ALARM',
    probableCause: 'Response time excessive',
    text: 'The oldest request that a block device was given has waited for longer than `block.io_stalled_ms`, long before the time-out of its driver (30 s for SCSI).',
    repair:
      'See what it is correlated with: a session, a target or a leg. Alone it is the device, or the target behind it, that is slow.',
    clears: 'when every request has been answered in time for 1 s',
    object: 'disk/<device>',
    prompt: true,
  },
  {
    type: 'io-errors',
    title: 'I/O fails',
    perceivedSeverity: 'WARNING',
    eventType: 'PROCESSING_ERROR_ALARM',
    probableCause: 'Input/output device error',
    text: 'Requests of a block device ended with an error. Of a path of a multipath device they are sent again by another.',
    repair: 'See the kernel log for the device; look at its session and its target.',
    clears: 'when no request has failed for 60 s',
    object: 'disk/<device>',
    prompt: true,
  },
  {
    type: 'path-flapping',
    title: 'Storage path flapping',
    perceivedSeverity: 'MINOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Degraded signal',
    text: 'A path of a multipath device failed 3 times or more within 60 s, and came back each time: each failure costs the I/O on it a retry.',
    repair:
      'Look at the leg and the target of its session; take the path out (`multipathd fail path`) until it is well.',
    clears: 'after 60 s without a failure',
    object: 'path/<device>/<disk>',
    prompt: true,
  },
];
