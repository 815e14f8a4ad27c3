/** Storage that is no connection: the kernel's sessions, block devices, multipath maps. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

/** By its port (configuration `storage.ports`) or by the kernel's own session. */
export type StorageProtocol =
  | 'iscsi'
  | 'nvme-tcp'
  | 'ceph'
  | 'nfs'
  | 'gluster'
  | 'drbd'
  | 'nbd'
  | 'other';

/** A session that the kernel keeps with a target. */
export interface PathSession {
  /** `iscsi:session1`. */
  id: string;
  protocol: StorageProtocol;
  /** IQN, NQN, export; null: not readable. */
  name: string | null;
  /** null: the kernel does not show it. */
  remote: string | null;
  remote_port: number;
  group: string | null;
  state: string;
  usable: boolean;
  /** null: no connection was ever seen. */
  connected: boolean | null;
  disks: string[];
}

export interface PathDisk {
  name: string;
  /** iscsi, nvme-tcp, nbd, rbd, drbd, dm-multipath, nvme-multipath, local. */
  kind: string;
  session: string | null;
  map: string | null;
  /** Issue of its oldest request in flight while it stands still; null: it does not. */
  stalled_since_us: Us | null;
  /** Since the helper's start. */
  errors: number;
}

export interface PathMap {
  /** dm-0, nvme0n1. */
  device: string;
  /** The map's alias or the subsystem's NQN. */
  name: string | null;
  driver: 'dm' | 'nvme';
  paths: MultipathPath[];
}

export interface MultipathPath {
  disk: string;
  session: string | null;
  usable: boolean;
  state: string;
  /** ANA or ALUA state; null: not told. */
  access: string | null;
  failures: number | null;
}

/** Of the probe `storage_session`: sessions that the kernel itself keeps with a target. */
export type SessionObservation = Observed & {
  probe: 'storage_session';
  aspect: 'session';
  /** `session/iscsi:session1`. */
  subject: `session/${string}`;
  value: 'usable' | 'failed' | Unknown | Absent;
  protocol: StorageProtocol;
  /** IQN, NQN, export; null: not readable. */
  name: string | null;
  /** Address of the other end; null: the kernel does not show it (NBD, DRBD). */
  target: string | null;
  group: string | null;
  state: string;
  disks: string[];
  /** Is there a connection to that end? null: none was ever seen (its port is not among those that are watched). */
  connected: boolean | null;
};

/** Of the probe `block`. */
export type BlockObservation =
  | (Observed & {
      probe: 'block';
      aspect: 'io';
      /** `disk/sdb`. */
      subject: `disk/${string}`;
      value: 'moving' | 'stalled' | Unknown | Absent;
      /** Stalled: issue of the oldest request in flight. Moving: end of the last stall, or when it was first seen. */
      since_us: Us;
      in_flight: number;
      /** Multipath device above it, and the session that it belongs to; null: none. */
      map: string | null;
      session: string | null;
    })
  | (Observed & {
      probe: 'block';
      aspect: 'io-errors';
      subject: `disk/${string}`;
      /** errors: since the helper's start. */
      value: { errors: number; last: string } | Unknown | Absent;
    });

/** Of the probe `multipath`. */
export type MultipathObservation = Observed & {
  probe: 'multipath';
  aspect: 'paths';
  /** `map/dm-0`. */
  subject: `map/${string}`;
  driver: 'dm' | 'nvme';
  name: string | null;
  value: { paths: MultipathPath[] } | Unknown | Absent;
};
