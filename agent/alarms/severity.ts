/** How severe an alarm is: by the operator's rules, else by the fault itself, else by the catalogue. */
import { globMatches } from '../config/glob.ts';
import { type Fault, SEVERITY_RANK, type Severity } from '../types.ts';
import { entryOf } from './catalogue.ts';
import type { AlarmRules } from './state.ts';

type Active = Exclude<Severity, 'CLEARED'>;

export const isWorse = (a: Severity, b: Severity): boolean => SEVERITY_RANK[a] > SEVERITY_RANK[b];

/** The first rule that matches wins, over what the fault says of itself, too: it is the operator's word. */
export function severityOf({ severities }: AlarmRules, { type, object, severity }: Fault): Active {
  const matches = (patterns: readonly string[], text: string) =>
    patterns.some(pattern => globMatches(pattern, text));
  const rule = severities.find(r => matches(r.types, type) && matches(r.objects, object));
  return rule?.severity ?? severity ?? entryOf(type).perceivedSeverity;
}
