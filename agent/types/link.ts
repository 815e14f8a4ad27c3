/** What is observed of links, and of the legs of a group. */
import type { Absent, Observed, Unknown, Us } from './base.ts';
import type { GroupKind } from './group.ts';

/** Of the probe `link`. */
export type LinkObservation =
  | (Observed & {
      probe: 'link';
      aspect: 'carrier' | 'admin';
      subject: `leg/${string}`;
      value: 'up' | 'down' | Unknown | Absent;
      /**
       * carrier_up_count and carrier_down_count: the order within a link, and what was missed: unseen flaps are what
       * both rose by beyond the change at hand (the bit can be read an instant before its count).
       */
      ups: number;
      downs: number;
      /** A change that this reading shows happened at most this long before t. */
      uncertainty_us: Us;
      /** Strategy or source that saw it. */
      via: string;
    })
  | (Observed & {
      probe: 'link';
      aspect: 'legs';
      subject: `group/${string}`;
      /** Interface names. missing: once there, now gone without a word. */
      value: { up: string[]; down: string[]; missing: string[] } | Unknown | Absent;
      kind: GroupKind;
      /** The member that a bond uses now (active-backup); null: no such thing. */
      active: string | null;
    });
