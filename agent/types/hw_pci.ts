/** Of the probe `hw_pci`. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

export type PciObservation =
  | (Observed & {
      probe: 'hw_pci';
      aspect: 'error';
      /** `pci/0000:03:00.0`. An event. */
      subject: `pci/${string}`;
      value: {
        severity: 'corrected' | 'nonfatal' | 'fatal';
        count: number;
        first_us: Us;
        /** As the PCIe base specification names the status bits. */
        errors: string[];
        /** What the device is. */
        details: string[];
        fru: string | null;
        /** Of a virtual function its physical one; and the ports above, the nearest first. */
        above: string[];
      };
    })
  | (Observed & {
      probe: 'hw_pci';
      aspect: 'health';
      /** What devlink's reporter has found. An event. */
      subject: `pci/${string}`;
      value: {
        reporter: string;
        message: string;
        details: string[];
        fru: string | null;
        above: string[];
      };
    })
  | (Observed & {
      probe: 'hw_pci';
      aspect: 'presence';
      subject: `pci/${string}`;
      /** removed: the kernel has said so; what a snapshot alone misses is absent. */
      value: 'present' | 'removed' | Unknown | Absent;
      /** The ports above it, the nearest first. */
      above: string[];
      /** A virtual function comes and goes as its administrator likes. */
      virtual: boolean;
      details: string[];
      fru: string | null;
    })
  | (Observed & {
      probe: 'hw_pci';
      aspect: 'place';
      /** Where a NIC or a disk sits, or sat: no word is said when it is gone. */
      subject: `leg/${string}` | `disk/${string}`;
      /** Addresses of its function, of a virtual one its physical one, and the ports above; none: it is behind none. */
      value: string[];
    });
