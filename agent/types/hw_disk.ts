/** The health of local disks, and of the arrays that are made of them. */
import type { Absent, Observed, Unknown } from './base.ts';

/** Counts that stand still on a healthy disk: SMART attributes, NVMe's and SCSI's logs. */
export type DiskCounter =
  | 'reallocated'
  | 'pending'
  | 'uncorrectable'
  | 'reported'
  | 'timeouts'
  | 'interface'
  | 'media'
  | 'defects';

/** What a disk says of itself; null: it does not say. */
export interface DiskHealth {
  protocol: 'ata' | 'nvme' | 'scsi';
  /** Its own verdict: SMART overall health, or the critical warning of NVMe. */
  passed: boolean | null;
  /** NVMe critical warning, bits (NVM Command Set 1.0, figure 94: SMART / Health Information Log). */
  warning: number | null;
  /** Spare blocks left and the limit for them, and how much of its life is used, in %. */
  spare: number | null;
  spare_limit: number | null;
  used: number | null;
  /** °C. */
  temperature: number | null;
  /** Attributes that predict a failure and are at or below their limit, `5 Reallocated_Sector_Ct`. */
  below: readonly string[];
  counters: Readonly<Partial<Record<DiskCounter, number>>>;
}

export interface ArrayMember {
  disk: string;
  /** null: a spare. */
  slot: number | null;
  /** in_sync, faulty, spare, write_mostly… joined by commas. */
  state: string;
  fru: string | null;
}

/** Of the probe `hw_disk`. `disk/sda`, of a controller `disk/nvme0`. */
export type HwDiskObservation = Observed & { probe: 'hw_disk' } & (
    | {
        aspect: 'health';
        subject: `disk/${string}`;
        value: DiskHealth | Unknown | Absent;
        /** The PCI function that it is behind. */
        pci: string | null;
        fru: string | null;
      }
    /** Requests that the medium itself failed, since the helper's start. */
    | {
        aspect: 'medium';
        subject: `disk/${string}`;
        value: { errors: number; sector: number | null } | Unknown | Absent;
        fru: string | null;
      }
    /** A disk of this host, not of its network. */
    | {
        aspect: 'disk';
        subject: `disk/${string}`;
        value: 'present' | Unknown | Absent;
        pci: string | null;
        /** What would miss it: file systems, arrays and maps on it, as objects; and `I/O`, while some is under way. */
        users: readonly string[];
        /** A part of this host that somebody can pull, not a volume that is lent to it. */
        physical: boolean;
        fru: string | null;
      }
    /** An event: the controller, or its driver, has told of trouble. */
    | {
        aspect: 'trouble';
        subject: `disk/${string}`;
        value: { what: string; failed: boolean };
        pci: string | null;
        fru: string | null;
      }
    /** An event: the kernel has given up waiting for answers. */
    | {
        aspect: 'timeout';
        subject: `disk/${string}`;
        value: { count: number };
        fru: string | null;
      }
    | {
        aspect: 'array';
        /** `array/md0`. */
        subject: `array/${string}`;
        value:
          | {
              level: string | null;
              state: string;
              raid_disks: number;
              degraded: number;
              action: string;
              members: readonly ArrayMember[];
            }
          | Unknown
          | Absent;
      }
  );
