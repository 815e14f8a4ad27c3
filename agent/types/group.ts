/** Path groups and their legs. */
import type { BondMember } from './bond.ts';

export type GroupKind = 'ecmp' | 'nexthop_group' | 'bond' | 'team';

export interface Leg {
  /** Interface name; a group has no two legs on one interface. */
  id: string;
  ifindex: number;
  gateway: string | null;
  /** PCI address or other bus name of the NIC. */
  parent_dev: string | null;
  /** Usable by the kernel's own account now (hop neither dead nor linkdown nor vanished; bond member MII up). */
  state: 'up' | 'down' | 'missing';
  carrier: boolean | null;
  admin_up: boolean | null;
  /** Null: this leg is not probed. */
  answering: boolean | null;
  /** As the bond that it is a member of judges it; null: it is in none, or that is not known. */
  member: BondMember | null;
  /** Null: not known, e.g. without carrier. */
  speed_mbps: number | null;
}

export interface Group {
  /** `ecmp:10.77.9.2/32`, `nhg:10`, `bond:bond0`. */
  id: string;
  kind: GroupKind;
  /** Destination prefixes that leave by the group. */
  targets: string[];
  /** The legs it has, and those it once had (state `missing`). */
  legs: Leg[];
  /** A bond's mode (`BondMode`) or a team's, as the team driver names it; null: no such thing, or not known. */
  mode: string | null;
  /** The member that an active-backup bond or team uses now; null: none, or no such thing. */
  active: string | null;
}
