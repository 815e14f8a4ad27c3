/** The health of a NIC. */
import type { Absent, Observed, Unknown } from './base.ts';

/** One monitor of a pluggable module: SFF-8472 table 9-5, SFF-8636 6.3, CMIS 8.2 and 8.8. */
export interface OpticsReading {
  monitor: 'temperature' | 'supply' | 'tx-bias' | 'tx-power' | 'rx-power';
  /** 0: the module's only one, or its first lane. */
  lane: number;
  /** °C, V, mA, mW, mW. */
  value: number;
  level: 'ok' | 'low-warning' | 'high-warning' | 'low-alarm' | 'high-alarm';
  /** The module's own threshold that was passed; null: none was. */
  threshold: number | null;
}

/** Of the probe `nic`. */
export type NicObservation =
  | (Observed & {
      probe: 'nic';
      aspect: 'mode';
      subject: `leg/${string}`;
      value:
        | {
            speed_mbps: number | null;
            duplex: 'half' | 'full' | null;
            advertised_mbps: number | null;
          }
        | Unknown
        | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'errors';
      subject: `leg/${string}`;
      /** Counters since the driver's start; null: the driver does not have it. */
      value:
        | {
            packets: number;
            rx_errors: number;
            tx_errors: number;
            crc: number | null;
            frame: number | null;
            carrier: number | null;
            symbol: number | null;
            fec_corrected: number | null;
            fec_uncorrectable: number | null;
          }
        | Unknown
        | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'optics';
      subject: `leg/${string}`;
      /** Monitors of the pluggable module, each against the module's own thresholds. */
      value: { readings: OpticsReading[] } | Unknown | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'tx-timeout';
      subject: `leg/${string}`;
      value: { queue: number };
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'presence';
      subject: `leg/${string}`;
      /** removed: the device of a physical NIC is gone from the host (it did not move to another namespace). */
      value: 'present' | 'removed' | 'moved' | Unknown;
      parent_dev: string | null;
      /** It had a link since boot: an empty port is nobody's loss. */
      had_link: boolean;
    });
