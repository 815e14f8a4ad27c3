/** Limits of the faults of disks, sensors and the host, as limits.ts has those of the others. */
const s = 1_000_000;
const hour = 3600 * s;

export const hardwareLimits = {
  /** Faults of one type that are told one by one; what is beyond them is told together. */
  objects: 256,
  disk: {
    /** SMART counters are looked at over so long. */
    window_us: 7 * 24 * hour,
    /** A counter that rises by so much within the window predicts a failure. */
    rise: {
      reallocated: 10,
      defects: 10,
      timeouts: 10,
      interface: 10,
    } as Readonly<Record<string, number>>,
    /** So much of its life an SSD may have used, in %. */
    used: 100,
    /** So many requests that timed out within so long. */
    timeouts: 3,
    timeouts_window_us: 600 * s,
    /** What a controller or the kernel's log has told of holds so long, unless the disk itself says that it is well. */
    trouble_us: hour,
    /** So long must no further error of the medium be found. */
    media_quiet_us: 24 * hour,
    /** A disk that nothing needs any more was taken out for good. */
    forget_after_us: hour,
    /** What used it may have let go of it so long before it is told to be gone. */
    used_before_us: 10 * s,
  },
  array: {
    clear_after_us: 1 * s,
  },
  filesystem: {
    clear_after_us: 1 * s,
  },
  processors: {
    clear_after_us: 1 * s,
  },
  kernel: {
    /** The kernel looks for hung tasks each 120 s, and tells of a lockup again each 20 s or so. */
    hung_quiet_us: 300 * s,
    lockup_quiet_us: 120 * s,
  },
  watchdog: {
    told_us: hour,
  },
  sensor: {
    /** Back by so much: °C, V and A, W and RPM in parts of the limit. */
    margin: {
      temperature: 3,
      fan: 0.1,
      voltage: 0.005,
      current: 0.03,
      power: 0.03,
    } as Readonly<Record<string, number>>,
    /** Beyond the margin for so long, or within it for longer. */
    clear_after_us: 10 * s,
    settle_us: 300 * s,
    /** After a trip point without another one. */
    trip_quiet_us: 60 * s,
  },
  bmc: {
    /** Of an event that nothing says the end of. */
    quiet_us: 24 * hour,
    /** So many sensors of which it has noted something are told apart. */
    sensors: 1024,
  },
} as const;
