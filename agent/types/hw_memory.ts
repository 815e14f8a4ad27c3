/** Of the probe `hw_memory`. All but `counters` are events: told once. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

/** Who had a page that the kernel gave up. */
export interface PageVictim {
  pid: number;
  comm: string;
  /** The virtual machine that the process is; null: it is none. */
  vm: { name: string | null; uuid: string | null } | null;
  /** required: it was about to use the page; optional: it was told early. */
  action: 'required' | 'optional';
}

export type MemoryObservation =
  | (Observed & {
      probe: 'hw_memory';
      aspect: 'error';
      /** `dimm/DIMM_A1`; `dimm/A,B`: one of them; `dimm/unknown-0`: of this controller or socket. */
      subject: `dimm/${string}`;
      value: {
        /** deferred: found, and not used yet. */
        severity: 'corrected' | 'deferred' | 'uncorrected' | 'fatal';
        /** How many errors it stands for, and when the first was. */
        count: number;
        first_us: Us;
        details: string[];
        fru: string | null;
        /** mce: a machine check, which the memory controller's driver may tell of as well. */
        by: 'controller' | 'firmware' | 'cxl' | 'mce';
        /** Physical page frame; null: not known. */
        page: string | null;
      };
    })
  | (Observed & {
      probe: 'hw_memory';
      aspect: 'counters';
      subject: `dimm/${string}`;
      /** The memory controller driver's own, since its start. */
      value: { corrected: number; uncorrected: number } | Unknown | Absent;
      fru: string | null;
    })
  | (Observed & {
      probe: 'hw_memory';
      aspect: 'page-victim';
      subject: 'host';
      /** Of the page failure that follows. */
      value: PageVictim;
    })
  | (Observed & {
      probe: 'hw_memory';
      aspect: 'page-failure';
      subject: 'host';
      /** page: page frame number; kind: what it was used for, `dirty_lru`. */
      value: {
        page: string;
        kind: string;
        result: 'ignored' | 'failed' | 'delayed' | 'recovered';
      };
    });
