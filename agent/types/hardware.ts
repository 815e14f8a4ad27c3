/** Hardware: what there is, and how it is. */
import type { Us } from './base.ts';

/** A field replaceable unit, as far as it is known. */
export interface Fru {
  /** Where it sits, as the board names it: DIMM_A1, Slot 3, Bay 2. */
  slot: string | null;
  vendor: string | null;
  /** Part number or model. */
  part: string | null;
  serial: string | null;
}

/** A component as `pathwarden hw` shows it. */
export interface Component {
  /** As the managedObjectId of its alarms: `dimm/DIMM_A1`, `cpu/0`, `pci/0000:03:00.0`, `disk/nvme0n1`, `sensor/nvme/temp1`. */
  id: string;
  kind:
    | 'host'
    | 'processor'
    | 'dimm'
    | 'pci'
    | 'disk'
    | 'array'
    | 'filesystem'
    | 'sensor'
    | 'supply'
    | 'watchdog';
  /** What it is, in one line. */
  name: string;
  fru: Fru | null;
  /** By its active alarms; unknown: nobody can say now. */
  health: 'ok' | 'warning' | 'failed' | 'unknown';
  /** Catalogue ids of its active alarms. */
  alarms: string[];
  /** What else is known, for people: ["temperature", "49 °C"]. */
  facts: [name: string, value: string][];
  /** When it was last told of. */
  t: Us;
}
