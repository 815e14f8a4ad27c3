/** The state of the failovers: facts about legs and flows, and the records that are being written. */
import { emptyTable, type Table } from '../topology/table.ts';
import type { BondMode, FailoverRecord, GroupKind, Observation, Us } from '../types.ts';
import type { Cut } from './episodes.ts';
import type { At, FlowFacts, LegFacts, Switch } from './facts.ts';

export interface FailoverOptions {
  /** Names this run of the agent within all record ids, e.g. its start in base 36. */
  instance: string;
  budget_ms: number;
  /** Group id → its own budget. */
  group_budget_ms: Readonly<Record<string, number>>;
  /** Is there a primary adapter, so that `told` can come at all? */
  primary: boolean;
}

export interface OpenRecord {
  id: string;
  /** What was seen before this is of an earlier record. */
  after_us: Us;
  cut: Cut | null;
  told_us: Us | null;
  budget_ms: number;
  strategy: string;
  nudge: string;
  /** As last told; null: not yet. */
  told: FailoverRecord | null;
}

export type Steered = NonNullable<FailoverRecord['steered']>;

export interface GroupFacts {
  kind: GroupKind;
  /** All legs it has or had. */
  legs: readonly string[];
  /** The member that a bond or team uses. */
  active: readonly At[];
  /** Its changes, by time. */
  switches: readonly Switch[];
  /** When a bond or team announced its address, by time. */
  announced: readonly Us[];
  /** Times at which the helper moved its traffic off a leg, in their order. */
  steered: readonly Steered[];
  /** Of a bond whose members were told; null: of none. */
  mode: BondMode | null;
  /** How late the bond's own verdict may be; null: it has no monitor. */
  monitor_us: Us | null;
  /** Absent: forgotten when its record is closed. */
  gone: boolean;
  open: OpenRecord | null;
  /** Closed, but a leg had not healed: the way back is still to be measured. */
  tail: OpenRecord | null;
  /** Everything that was seen up to here is told in records. */
  after_us: Us;
  /** When its record may look different without any input. */
  wakeAt: Us | null;
  /** In a storm: what is taken in until then is looked at then, all at once. */
  restUntil: Us;
}

export type Helper = Pick<
  Extract<Observation, { aspect: 'helper' }>,
  'boot_id' | 'wall_offset_us' | 'strategy' | 'nudge'
>;

export interface Failovers {
  options: FailoverOptions;
  helper: Helper;
  /** A trace is open: its account of the flows is still to come. */
  tracing: boolean;
  count: number;
  legs: Table<string, LegFacts>;
  flows: Table<string, FlowFacts>;
  groups: Table<string, GroupFacts>;
  /** Each drill's latest cut. */
  cuts: readonly Cut[];
}

export function createFailovers(options: FailoverOptions): Failovers {
  return {
    options,
    helper: { boot_id: '', wall_offset_us: 0, strategy: 'unknown', nudge: 'unknown' },
    tracing: false,
    count: 0,
    legs: emptyTable(),
    flows: emptyTable(),
    groups: emptyTable(),
    cuts: [],
  };
}

const KINDS: Readonly<Record<string, GroupKind>> = {
  ecmp: 'ecmp',
  nhg: 'nexthop_group',
  bond: 'bond',
  team: 'team',
};

export const newGroup = (id: string): GroupFacts => ({
  kind: KINDS[id.slice(0, id.indexOf(':'))] ?? 'ecmp',
  legs: [],
  active: [],
  switches: [],
  announced: [],
  steered: [],
  mode: null,
  monitor_us: null,
  gone: false,
  open: null,
  tail: null,
  after_us: 0,
  wakeAt: null,
  restUntil: 0,
});
