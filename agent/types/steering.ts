/** What the helper did to a group on our behalf. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

/** One thing that steering did, or refused to do. */
export interface SteeringAction {
  outcome: 'steered' | 'undone' | 'refused' | 'failed';
  how: 'active-member' | 'route' | 'link-down' | null;
  from: string;
  to: string | null;
  /** When the agent asked; null: the helper by itself, at the end of the hold time. */
  asked_us: Us | null;
  before: string;
  after: string;
  reason: string;
}

/** Nexthop objects that the kernel had deleted with their link, and that the helper has put back, or could not. */
export interface Restoring {
  outcome: 'restored' | 'refused' | 'failed';
  leg: string;
  before: string;
  after: string;
  reason: string;
}

/** Of the probe `steering`. */
export type SteeringObservation =
  | (Observed & {
      probe: 'steering';
      aspect: 'action';
      subject: `group/${string}`;
      value: SteeringAction;
    })
  | (Observed & {
      probe: 'steering';
      aspect: 'restoring';
      subject: `group/${string}`;
      value: Restoring;
    })
  | (Observed & {
      probe: 'steering';
      aspect: 'steered';
      subject: `group/${string}`;
      /** Legs that are out of use by steering. */
      value: { legs: string[] } | Unknown | Absent;
    });
