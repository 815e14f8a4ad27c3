/** What outlives the agent: one JSON document, written in the transaction of the notices that follow from it. */
import * as z from 'zod';
import type { AlarmState } from '../alarms/step.ts';
import type { FaultState } from '../faults/step.ts';
import type { TopologyMemory } from '../topology/state.ts';
import type { AlarmChange, FailoverRecord } from '../types.ts';

/** Raised when the document changes in a way that an older or newer agent would misread. */
const VERSION = 2;

export interface Saved {
  version: typeof VERSION;
  boot_id: string;
  faults: FaultState;
  alarms: AlarmState;
  /** Legs that each group has had. */
  memory: TopologyMemory;
  /** The latest, newest last. */
  cleared: AlarmChange[];
  records: FailoverRecord[];
}

/** They are read by people; the notices went to the receivers. */
const CLEARED_MAX = 32;
const RECORDS_MAX = 16;
const FLOWS_MAX = 16;

export const makeSaved = (parts: Omit<Saved, 'version'>): Saved => ({
  version: VERSION,
  ...parts,
  cleared: parts.cleared.slice(-CLEARED_MAX),
  records: parts.records
    .slice(-RECORDS_MAX)
    .map(record => ({ ...record, flows: record.flows.slice(0, FLOWS_MAX) })),
});

/** The outer shape; what is inside was written by these rooms themselves. */
const savedSchema = z.object({
  version: z.literal(VERSION),
  boot_id: z.string(),
  faults: z.looseObject({ active: z.record(z.string(), z.unknown()) }),
  alarms: z.looseObject({ raised: z.int().min(0), active: z.record(z.string(), z.unknown()) }),
  memory: z.record(z.string(), z.unknown()),
  cleared: z.array(z.unknown()),
  records: z.array(z.unknown()),
});

/** Null: there is none. @throws Error when it is not of this version */
export function readSaved(state: unknown): Saved | null {
  if (state === null || state === undefined) return null;
  const parsed = savedSchema.safeParse(state);
  if (!parsed.success) {
    throw new Error(`stored state: ${parsed.error.issues[0]?.path.join('.')} is not as expected`);
  }
  return state as Saved;
}
