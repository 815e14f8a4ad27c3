/**
 * Windows and delays of the fault families. Data only; times in µs.
 * A delay before a clear is damping: a condition that comes back within it keeps its fault, so it is told once.
 */
const ms = 1_000;
const s = 1_000_000;
const h = 3600 * s;

/**
 * Corrected errors of memory or a processor: a hundred an hour wears it; a thousand a minute costs the host time (SMM,
 * interrupts), and its next error may be one too many.
 */
const wearing = [
  { errors: 100, within_us: 1 * h, severity: 'MINOR' },
  { errors: 1000, within_us: 60 * s, severity: 'MAJOR' },
] as const;

export const limits = {
  link: {
    /** So many losses within the window are flapping. */
    flapping_losses: 4,
    flapping_window_us: 10 * s,
    /** Flapping has ended when the link did not move for so long. */
    flapping_quiet_us: 10 * s,
  },
  redundancy: {
    /** So long may a bond that is seen for the first time take to agree with its partner, if its links are up. */
    forming_us: 4 * s,
    /** So long must the legs be enough before redundancy-lost or path-lost clears. */
    clear_after_us: 1 * s,
  },
  storage_path: {
    /** So long must every flow to the target move. */
    clear_after_us: 500 * ms,
    /** So long after the last connection to a stalled target is gone: a dying connection is no recovery. */
    gone_after_us: 10 * s,
    /** The other flows of a leg that passes nothing are told to stand still within a tick of the helper's scan. */
    weigh_after_us: 30 * ms,
  },
  storage_target: {
    /** So long must no flow to the target move while its legs pass packets. */
    raise_after_us: 1 * s,
    /** And so many intervals of the legs' probes: a leg that passes nothing is to be found out before. */
    probe_intervals: 10,
  },
  session: {
    /** So long may a connection that was closed take to be there again. */
    reconnect_us: 3 * s,
    /** So long must it be usable again. */
    clear_after_us: 1 * s,
  },
  multipath: {
    clear_after_us: 1 * s,
    /** So many failures of a path within the window are flapping; it is over when it did not fail for so long. */
    flapping_failures: 3,
    flapping_window_us: 60 * s,
    flapping_quiet_us: 60 * s,
  },
  io: {
    /** So long must every request be answered in time. */
    clear_after_us: 1 * s,
    /** So long must no request have failed. */
    errors_quiet_us: 60 * s,
  },
  blackhole: {
    /** The last question of the other legs may have been answered so much later. */
    grace_us: 20 * ms,
    /** So long after its link came back may a leg be silent: neighbours are asked anew, a switch may not forward yet. */
    settle_us: 2 * s,
  },
  bfd: {
    /** Until a session is up it sends once a second (RFC 5880 6.8.3): so long may a new helper take to bring it up again. */
    restart_us: 5 * s,
    clear_after_us: 1 * s,
  },
  steering: {
    /** A refusal is told when it is repeated after so long: the agent asks again each second while the evidence lasts. */
    lasting_us: 800 * ms,
    /** So long after the last one. */
    clear_after_us: 10 * s,
    /** A move of which nothing is to be undone is told for so long. */
    moved_us: 60 * s,
  },
  failover: {
    /** So long must two legs be usable and every flow move, with no record open. */
    clear_after_us: 3 * s,
    /** So long must an open record find that the peer still uses the leg. */
    finding_us: 500 * ms,
  },
  bond_member: {
    /** So long must the bond use the member again. */
    clear_after_us: 1 * s,
  },
  lacp: {
    /** So long may a member with carrier be without a partner; the protocol itself has waited for 3 s, or 90 s. */
    partner_grace_us: 500 * ms,
    /** So long after its carrier came it may still be looking for one: the 3 s of the state EXPIRED, and some more. */
    join_us: 4 * s,
    /** So often within the window are the two ends to lose their agreement; it is over when they did not for so long. */
    sync_losses: 4,
    sync_window_us: 60 * s,
    sync_quiet_us: 60 * s,
    clear_after_us: 1 * s,
  },
  wiring: {
    /** Aggregators are told one by one when links come up together. */
    raise_after_us: 3 * s,
    clear_after_us: 1 * s,
  },
  announcement: {
    /** So much longer than the bond's own waits may its announcement take. */
    grace_us: 500 * ms,
    /** A switch that netlink told may have been announced so long before its message was read. */
    late_us: 1 * s,
    /** By then the switches have seen other packets, or have forgotten. */
    clear_after_us: 60 * s,
  },
  speed: {
    /** A link that comes up is told at its last speed first. */
    raise_after_us: 2 * s,
    clear_after_us: 2 * s,
  },
  errors: {
    /** Rates are those of this window. */
    window_us: 10 * s,
    /** So many errors per second, and per packet, for so long. */
    per_second: 1,
    per_packet: 1e-6,
    raise_after_us: 5 * s,
    /** Below this part of either, for so long. */
    clear_part: 0.5,
    clear_after_us: 30 * s,
    /** The slope is that of so many spans; they rise when their fitted line does by so many times their mean. */
    span_us: 60 * s,
    spans: 5,
    rise: 1.5,
    /** Fewer errors than this in all spans have no slope; of corrected ones there are always many. */
    slope_errors: 10,
    slope_corrected: 3000,
  },
  optics: {
    /** So long must all monitors be within the module's own limits: three looks. */
    clear_after_us: 30 * s,
  },
  tx_timeout: {
    /** The kernel's watchdog barks again every few seconds while it lasts. */
    clear_after_us: 60 * s,
  },
  removed: {
    /** A NIC of no path group that stays away so long was taken out for good. */
    forget_after_us: 3600 * s,
  },
  /**
   * Corrected errors of one component: leaky buckets, the last the worst. 10 in 24 h is what mcelog has for a DIMM, and vendors
   * call the begin of a predicted failure.
   */
  memory: {
    corrected: [{ errors: 10, within_us: 24 * h, severity: 'WARNING' }, ...wearing],
    /** A machine check and the memory controller's driver tell the same error within this: joined ones, too, whose windows begin alike. */
    told_twice_us: 300 * ms,
    /** Counters are read later than events come: so long may an event that they count be on its way. */
    counted_us: 1 * s,
    /** mcelog: one in 24 h. */
    uncorrected_clear_us: 24 * h,
  },
  page: {
    /** A victim is told of just before its page, or alone when the page was given up earlier. */
    victim_us: 1 * s,
    clear_after_us: 1 * h,
  },
  cpu: {
    /** 18 in 24 h is where rasdaemon takes a processor offline. */
    corrected: [{ errors: 18, within_us: 24 * h, severity: 'WARNING' }, ...wearing],
    uncorrected_clear_us: 24 * h,
    firmware_clear_us: 1 * h,
    /** So long before or after a record of the log may what tells the same have come. */
    same_us: 2 * s,
    warning_clear_us: 1 * h,
  },
  pci: {
    /** A link may have a bit error now and then within its specification: each costs it a replay, no more. */
    corrected: [
      { errors: 10, within_us: 1 * h, severity: 'WARNING' },
      { errors: 100, within_us: 60 * s, severity: 'MINOR' },
      { errors: 1000, within_us: 10 * s, severity: 'MAJOR' },
    ],
    /** So long is an error the cause of what follows from it. */
    error_clear_us: 60 * s,
    health_clear_us: 600 * s,
    /** Functions below a port go one by one, the port last. */
    removed_together_us: 200 * ms,
    /** One that stays away so long was taken out for good. */
    removed_forget_us: 24 * h,
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
      /** A tool that cannot be read: once is a busy moment, and it is run again by the minute. */
      reading: { raise_us: 180 * s, clear_us: 0 },
      other: { raise_us: 2 * s, clear_us: 1 * s },
    } as Record<string, { raise_us: number; clear_us: number }> & {
      other: { raise_us: number; clear_us: number };
    },
  },
} as const;
