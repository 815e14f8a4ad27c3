/** The kernel's sessions with storage targets, block devices, multipath maps. */
import * as z from 'zod';
import { count, frame, ip, text, us } from './base.ts';

/** Name of a block device under /sys/block. */
const disk = z.string().min(1).max(31);

export const storageFrames = [
  /** A session with a storage target that the kernel itself keeps (sysfs); its connection is a `flow`, too. */
  frame('session', {
    /** Unique while it lasts: `iscsi:session1`, `nvme:nvme0`. */
    session: text,
    protocol: z.enum(['iscsi', 'nvme-tcp', 'nfs', 'nbd', 'drbd', 'ceph']),
    /** IQN, subsystem NQN, export; null: not readable. */
    target: text.nullable(),
    local: ip.nullable(),
    /** null: the kernel does not show it (NBD); remote_port is 0 then. */
    remote: ip.nullable(),
    remote_port: z.int().min(0).max(65535),
    /** As the kernel names it: LOGGED_IN, FAILED; live, connecting. */
    state: text,
    usable: z.boolean(),
    disks: z.array(disk).max(16),
    gone: z.boolean(),
  }),
  /** A block device that storage is behind: of the network, or made of such. Told when it differs. */
  frame('disk', {
    disk,
    major: count,
    minor: count,
    /** From its driver: iscsi, nvme-tcp, nbd, rbd, drbd, dm-multipath, nvme-multipath, local (NVMe, virtio, SCSI). */
    kind: z.enum([
      ...['iscsi', 'nvme-tcp', 'nbd', 'rbd', 'drbd', 'dm-multipath', 'nvme-multipath', 'local'],
    ] as const),
    /** `session` of the session that it belongs to; null: none. */
    session: text.nullable(),
    /** dm-multipath or NVMe multipath device above it; null: it is no path of one. */
    map: disk.nullable(),
    /** The PCI function that it is behind, `0000:03:00.0`; null: none. */
    pci: text.nullable().default(null),
    /** Of a SCSI disk `host:channel:id:lun`, as the kernel's log calls it; null: it is none. */
    scsi: text.nullable().default(null),
    /** Block devices made of it or of its partitions (md0, dm-3), sorted. */
    holders: z.array(disk).max(8).default([]),
    gone: z.boolean(),
  }),
  /** The oldest request that the device has been given is still without answer after threshold_us. */
  frame('io_stall', {
    disk,
    /** Issue of that request. */
    since_us: us,
    threshold_us: us,
    in_flight: count,
    operation: z.enum(['read', 'write', 'flush', 'discard', 'other']),
  }),
  /** t_us: the completion after which nothing was older than the threshold. */
  frame('io_resume', { disk, since_us: us }),
  /** Requests that ended with an error; at most one frame each 100 ms for a device. */
  frame('io_errors', {
    disk,
    /** Since the helper's start. */
    errors: count,
    /** BLK_STS_* of the last as an errno name: EIO, ENOLINK, ETIMEDOUT… */
    last: text,
    /** Of them, those of the medium itself (BLK_STS_MEDIUM, ENODATA; BLK_STS_PROTECTION, EILSEQ), and where the last was. */
    medium: count.default(0),
    medium_sector: count.nullable().default(null),
  }),
  /** A multipath device with the state of each of its paths; told when one differs, and in the snapshot. */
  frame('multipath', {
    map: disk,
    /** The map's alias or the subsystem's NQN; null: none. */
    name: text.nullable(),
    kind: z.enum(['dm', 'nvme']),
    paths: z
      .array(
        z.object({
          /** sdb; for NVMe the controller's path device, nvme0c1n1. */
          disk,
          session: text.nullable(),
          usable: z.boolean(),
          /** dm: active, failed; NVMe: the controller's state (live, connecting…). */
          state: text,
          /** ANA or ALUA: optimized, non-optimized, inaccessible, persistent-loss, change; null: not told. */
          access: text.nullable(),
          /** How often it failed since the map was made; null: not told. */
          failures: count.nullable(),
        }),
      )
      .max(16),
    gone: z.boolean(),
  }),
] as const;
