/** Bonds, teams and LACP. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

/** By IFLA_BOND_MODE (BOND_MODE_* of linux/if_bonding.h). */
export const BOND_MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;
export type BondMode = (typeof BOND_MODES)[number];

/** IEEE 802.1AX state octet, spelt out (6.4.2.3). */
export interface LacpState {
  activity: boolean;
  short_timeout: boolean;
  aggregation: boolean;
  synchronization: boolean;
  collecting: boolean;
  distributing: boolean;
  defaulted: boolean;
  expired: boolean;
}

export interface BondMember {
  /** As the bond's monitor (MII or ARP) judges it; going-down and going-back: it waits for downdelay or updelay. */
  mii: 'up' | 'going-down' | 'down' | 'going-back';
  state: 'active' | 'backup';
  failures: number;
  lacp: {
    aggregator_id: number;
    actor: LacpState;
    partner: LacpState;
    /** MAC of the partner's system; null: not known (needs CAP_NET_ADMIN), '00:00:00:00:00:00': there is none. */
    partner_system: string | null;
    churn: {
      actor: 'none' | 'monitoring' | 'churned';
      partner: 'none' | 'monitoring' | 'churned';
    } | null;
  } | null;
}

/** Of the probe `bond`. */
export type BondObservation =
  | (Observed & {
      probe: 'bond';
      aspect: 'member';
      subject: `leg/${string}`;
      value: BondMember | Unknown | Absent;
      /** `bond:bond0`. */
      group: string;
      mode: BondMode;
      /**
       * How late the bond's own verdict on a lost member may be: (arp_missed_max + 1) × arp_interval, or miimon and
       * downdelay; null: it monitors nothing.
       */
      monitor_us: Us | null;
      /** So many different systems the members are to reach by the operator's configuration; null: it does not say. */
      partner_systems: number | null;
    })
  /** Events of a group's switch; both belong to the failover record alone, and to no-gratuitous-arp. */
  | (Observed & {
      probe: 'bond';
      aspect: 'switch';
      subject: `group/${string}`;
      /** Leg in use before and now; null: none. t is the kernel's own time with via `fentry`. */
      value: { from: string | null; to: string | null };
      via: 'fentry' | 'netlink';
      /**
       * The first announcement is to come this long after t at the latest, by the bond's own waits; null: none is to
       * come (no address, switched off), or none can be seen.
       */
      announce_within_us: Us | null;
    })
  | (Observed & {
      probe: 'bond';
      aspect: 'announcement';
      subject: `group/${string}`;
      value: { kind: 'garp' | 'na'; address: string | null };
    });
