/** How bad it is (ITU-T X.733). */

export type Severity = 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING' | 'INDETERMINATE' | 'CLEARED';

/** The worse the higher (ITU-T X.733, 8.1.2.3). INDETERMINATE may be anything, and is at least a warning. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = {
  CRITICAL: 4,
  MAJOR: 3,
  MINOR: 2,
  WARNING: 1,
  INDETERMINATE: 1,
  CLEARED: 0,
};
