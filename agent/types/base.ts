/** Times, and what every observation has. */

/** µs of CLOCK_MONOTONIC. */
export type Us = number;

/** A time that outlives the boot. wall_us: µs since 1970 (UTC), by the helper's offset. */
export interface Stamp {
  boot_id: string;
  mono_us: Us;
  wall_us: number;
}

/** Nobody can say now. Never clears anything. */
export type Unknown = 'unknown';

/** A complete snapshot did not name the subject: it is gone, which clears with the cause subject-gone. */
export type Absent = 'absent';

export interface Observed {
  /** When it was so, by the kernel's or helper's time. */
  t: Us;
}

/** Input of a pure room when the time it asked for (wakeAt) has come. An input's `probe` tells them apart. */
export interface Tick {
  probe: 'tick';
}
