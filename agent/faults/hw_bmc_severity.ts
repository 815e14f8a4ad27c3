/** How bad an event in the management controller's log is, by ipmitool's words for it (IPMI 2.0, tables 42-2 and 42-3). */
import type { Severity } from '../types.ts';

type Rule = readonly [pattern: RegExp, severity: Exclude<Severity, 'CLEARED'>];

/** The first that fits. Limits of a sensor come in pairs, of what begins and what ends. */
const RULES: readonly Rule[] = [
  [/non-recoverable/i, 'CRITICAL'],
  [/\bnon-critical/i, 'MINOR'],
  [/\bcritical/i, 'MAJOR'],
  [/uncorrectable|IERR|thermal trip|bus fatal|fatal error|machine check|NMI/i, 'CRITICAL'],
  [
    /predictive failure|degraded|correctable ECC logging limit|low battery|chassis intrusion/i,
    'MINOR',
  ],
  [
    /failure detected|\bfailed\b|\bfault\b|\blost\b|out-of-range|limit exceeded|non-redundant/i,
    'MAJOR',
  ],
  [/hang in POST|POST memory|PERR|SERR|watchdog|hard reset|power cycle/i, 'MAJOR'],
  [/correctable ECC|configuration error|config error|mismatch/i, 'WARNING'],
];

/** Null: news of what goes on, and nothing is wrong. */
export const severityOfEvent = (event: string): Rule[1] | null =>
  RULES.find(([pattern]) => pattern.test(event))?.[1] ?? null;
