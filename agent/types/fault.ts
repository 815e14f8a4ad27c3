/** A condition on something that lasts. */
import type { Us } from './base.ts';
import type { Severity } from './severity.ts';

export interface Fault {
  /** Catalogue id of the alarm that it becomes, e.g. link-down. */
  type: string;
  /** What lasts: `leg/c-a`, `group/…`, `target/<group>/<address>`, `host`, `source/…`. (type, object) is the key. */
  object: string;
  /** When the thing itself happened. */
  t: Us;
  details: string[];
  group: string | null;
  leg: string | null;
  failover: string | null;
  /** Drill of the failover record that it was judged from; null: decided by the drill that covers the object. */
  drill: string | null;
  /** Keys (`faultKey`) of faults that explain this one while they are active. */
  causes: string[];
  /** Between two times, not at one: a change that was missed and found again by the counts. */
  between: [Us, Us] | null;
  /** As bad as it is now; null: as the catalogue has it. */
  severity: Exclude<Severity, 'CLEARED'> | null;
}

export type ClearCause = 'condition-ended' | 'subject-gone' | 'superseded';

export interface FaultChange {
  kind: 'active' | 'changed' | 'cleared';
  /** When cleared, `t` is the time at which the condition ended. */
  fault: Fault;
  clearCause: ClearCause | null;
}

/** What a fault, and the alarm that it becomes, is known by while it is active. */
export const faultKey = (of: { type: string; object: string }): string => `${of.type} ${of.object}`;
