/**
 * Windows and delays of the fault families. Data only; times in µs.
 * A delay before a clear is damping: a condition that comes back within it keeps its fault, so it is told once.
 */
const ms = 1_000;
const s = 1_000_000;

export const limits = {
  link: {
    /** So many losses within the window are flapping. */
    flapping_losses: 4,
    flapping_window_us: 10 * s,
    /** Flapping has ended when the link did not move for so long. */
    flapping_quiet_us: 10 * s,
  },
  redundancy: {
    /** So long must the legs be enough before redundancy-lost or path-lost clears. */
    clear_after_us: 1 * s,
  },
  storage_path: {
    /** So long must every flow to the target move. */
    clear_after_us: 500 * ms,
    /** So long after the last connection to a stalled target is gone: a dying connection is no recovery. */
    gone_after_us: 10 * s,
  },
  failover: {
    /** So long must two legs be usable and every flow move, with no record open. */
    clear_after_us: 3 * s,
    /** So long must an open record find that the peer still uses the leg. */
    finding_us: 500 * ms,
  },
  spool: {
    /** A disk that takes nothing is told at once; one that is slow, when it stays so: a busy host has slow moments. */
    slow_us: 5 * s,
    clear_after_us: 10 * s,
  },
  sight: {
    /** The helper is disconnected for so long, or connected and silent for so long (it sends each second). */
    helper_lost_us: 2 * s,
    helper_silent_us: 3 * s,
    /** A wake-up later than this says that the agent itself did not run: it listens once more before it judges. */
    own_delay_us: 500 * ms,
    helper_clear_us: 0,
    /** By the source's name up to its first dot; `other` for the rest. */
    sources: {
      /** Frames that do not fit their schema. */
      frames: { raise_us: 5 * s, clear_us: 5 * s },
      /** Events that were dropped on their way. */
      drops: { raise_us: 5 * s, clear_us: 5 * s },
      /** A room of the agent failed: an input was not judged. */
      room: { raise_us: 0, clear_us: 60 * s },
      other: { raise_us: 2 * s, clear_us: 1 * s },
    } as Record<string, { raise_us: number; clear_us: number }> & {
      other: { raise_us: number; clear_us: number };
    },
  },
} as const;
