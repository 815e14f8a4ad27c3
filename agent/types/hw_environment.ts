/** What surrounds the parts: temperatures, fans, voltages, power supplies, and what the management controller has noted. */
import type { Absent, Observed, Unknown } from './base.ts';

export type SensorKind =
  | 'temperature'
  | 'fan'
  | 'voltage'
  | 'current'
  | 'power'
  | 'supply'
  | 'other';

/** null: not told. */
export interface SensorReading {
  /** In the unit that it is shown in. */
  input: number | null;
  /** °C, RPM, V, A, W, %; empty: it has none. */
  unit: string;
  low: number | null;
  high: number | null;
  critical: number | null;
  /** The chip's own flags. */
  alarm: boolean | null;
  fault: boolean | null;
  /** How bad it is by the management controller's own limits or states. */
  level: 'ok' | 'minor' | 'major' | 'critical' | null;
  /** What a discrete sensor says: `Presence detected, Power Supply AC lost`. */
  states: string;
}

/** One record of the management controller's event log, as ipmitool words it. Its time is that controller's. */
export interface SelEntry {
  /** The record's number. */
  id: number;
  time: string;
  /** Type and name, `Temperature Inlet Temp`. */
  sensor: string;
  event: string;
  asserted: boolean;
  /** The part that it is about; null: not known. */
  fru: string | null;
}

/** Of the probe `hw_environment`. */
export type HwEnvironmentObservation = Observed & { probe: 'hw_environment' } & (
    | {
        aspect: 'sensor';
        /** `sensor/coretemp.0/Core 0`, `sensor/bmc/Inlet Temp`. */
        subject: `sensor/${string}`;
        measures: SensorKind;
        value: SensorReading | Unknown | Absent;
        fru: string | null;
      }
    /** An event: a thermal zone has reached a trip point of this kind. */
    | {
        aspect: 'trip';
        /** `sensor/thermal/x86_pkg_temp`. */
        subject: `sensor/${string}`;
        value: { kind: 'hot' | 'critical' };
      }
    /** A power supply that the kernel knows. */
    | {
        aspect: 'supply';
        subject: `supply/${string}`;
        value:
          | { kind: string; online: boolean | null; health: string | null; status: string | null }
          | Unknown
          | Absent;
        fru: string | null;
      }
    /** Whether anybody tells of the management controller's sensors, which come and go with its list of them. */
    | {
        aspect: 'sensors';
        subject: 'bmc/sensors';
        value: 'present' | Unknown | Absent;
      }
    /** The last records of the management controller's event log, the oldest first. */
    | {
        aspect: 'log';
        subject: 'bmc/log';
        value: { entries: readonly SelEntry[] } | Unknown | Absent;
      }
  );
