/** Of the probe `hw_cpu`: events, told once. */
import type { Observed, Us } from './base.ts';

export type CpuObservation =
  | (Observed & {
      probe: 'hw_cpu';
      aspect: 'error';
      /** A processor's socket; what firmware tells of without saying which: `host`. */
      subject: `cpu/${number}` | 'host';
      value: {
        severity: 'corrected' | 'deferred' | 'uncorrected' | 'fatal';
        count: number;
        first_us: Us;
        details: string[];
        fru: string | null;
        by: 'mce' | 'firmware';
      };
    })
  | (Observed & {
      probe: 'hw_cpu';
      aspect: 'warning';
      subject: 'host';
      /** A record of the kernel's log. told_by: probes whose errors say the same, and better, where the kernel tells of them. */
      value: { what: string; told_by: readonly `hw_${string}`[]; text: string };
    });
