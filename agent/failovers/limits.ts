/** Times of a failover record's definition (ARCHITECTURE.md, “Failover record”), and its bounds. */
export const limits = {
  /** A record closes after this long without any event. */
  quiet_us: 3_000_000,
  /** It never lasts longer than this from its cut. */
  incomplete_us: 30_000_000,
  /** Losses listed in a record; a leg may flap without end. */
  legs_max: 64,
  /** From so many losses on, a record is looked at once every rest_us only: each look costs what all of them cost. */
  many_losses: 8,
  rest_us: 50_000,
  /** Floor of the time after which data without acknowledgement stands still; max(this, 4 × srtt). */
  stall_us: 50_000,
  /** Default floor of the time after which an answer is slow. */
  slow_answer_us: 200_000,
  /** The helper's trace tells each pause that is at least this long. */
  pause_told_us: 10_000,
  /** What a bond's switch follows from is told by slower sources than the switch: so long it waits for them. */
  explained_us: 50_000,
  /** A next hop is told to be usable again at most this much after its link. */
  dump_late_us: 1_500_000,
} as const;
