/** One real or drilled failover of a path group: times, gap, verdict. */
import type { Stamp, Us } from './base.ts';
import type { GroupKind } from './group.ts';
import type { SteeringAction } from './steering.ts';

/** switch: a bond moved to another member although none was lost, by hand or back to its primary. */
export type CutSource = 'drill' | 'carrier' | 'last_progress' | 'netlink' | 'switch';

export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NOT_MEASURED';

export interface FlowPassage {
  flow: string;
  leg_out_before: string | null;
  leg_in_before: string | null;
  leg_out_after: string | null;
  leg_in_after: string | null;
  /** Longest interval without progress while it had demand; null: it had none. */
  gap_us: number | null;
  /** Median time between two progresses; a gap no longer than this reads "≤ spacing". */
  spacing_us: number | null;
  switched_us: Us | null;
  flowing_us: Us | null;
}

/** Parts of the gap of a bond's or team's failover, µs, one after another; null: its end was not seen. */
export interface FailoverPhases {
  /** Cut → the bond knows: the wait for its monitor (miimon or ARP) and downdelay. */
  detection_us: number | null;
  /** It knows → it uses another member. */
  switch_us: number | null;
  /** Another member → first gratuitous ARP or unsolicited NA. */
  announcement_us: number | null;
  /** The later of switch and announcement → every affected flow progresses: the transports' own retransmission. */
  recovery_us: number | null;
}

/** The way back: fail-back when the leg heals. */
export interface FailBack {
  healed_us: Us;
  switched_us: Us | null;
  flowing_us: Us | null;
  gap_us: number | null;
  verdict: Verdict;
  reason: string;
}

export interface FailoverRecord {
  id: string;
  group: string;
  kind: GroupKind;
  opened: Stamp;
  state: 'open' | 'closed' | 'incomplete';
  budget_ms: number;
  /** Carrier strategy and nudge that were active: they change the outcome. */
  strategy: string;
  nudge: string;
  /** Drill id, null for a failure of the real world. */
  drill: string | null;
  legs: { leg: string; lost_us: Us; healed_us: Us | null; source: CutSource }[];
  cut: { t_us: Us; source: CutSource; uncertainty_us: number };
  seen_us: Us | null;
  switched_us: Us | null;
  /** Bonds and teams: the first gratuitous ARP or unsolicited NA after the switch; null: none was seen, or needed. */
  announced_us: Us | null;
  flowing_us: Us | null;
  told_us: Us | null;
  gap_us: number | null;
  /** What the time from the cut to flowing went into; null where an end of it is not known. */
  phases: FailoverPhases | null;
  /** True: the gap is below the traffic's own spacing and reads "≤ spacing". */
  gap_below_spacing: boolean;
  spacing_us: number | null;
  flows: FlowPassage[];
  verdict: Verdict;
  reason: string;
  /** told is judged on its own. */
  told_verdict: Verdict;
  back: FailBack | null;
  /** The helper moved the traffic off a lost leg on our behalf; null: it did not. */
  steered: {
    t_us: Us;
    how: NonNullable<SteeringAction['how']>;
    from: string;
    to: string | null;
  } | null;
  /** What explains the outcome: peer-still-uses-leg (an alarm type), no-switch (of a bond), steered. */
  findings: string[];
}
