/** Whether a leg passes packets: leg probes and BFD. */
import type { Absent, Observed, Unknown, Us } from './base.ts';

/** Of the probe `leg_probe`. */
export type LegProbeObservation = Observed & {
  probe: 'leg_probe';
  aspect: 'answering';
  subject: `leg/${string}`;
  value: 'yes' | 'no' | Unknown | Absent;
  /** no: sending time of the first echo without an answer. yes: when the first answer came. */
  since_us: Us;
  /** Time between two echoes: the change happened at most this long before since_us. */
  uncertainty_us: Us;
  target: string;
  method: 'icmp' | 'arp' | 'nd';
};

/** Of the probe `bfd`. */
export type BfdObservation = Observed & {
  probe: 'bfd';
  aspect: 'bfd-session';
  /** `bfd/<leg>/<remote address>`. */
  subject: `bfd/${string}`;
  value: 'admin-down' | 'down' | 'init' | 'up' | Unknown | Absent;
  /** In this state since; after a loss: when the last packet came. */
  since_us: Us;
  leg: string;
  remote: string;
  remote_state: 'admin-down' | 'down' | 'init' | 'up';
  /** RFC 5880 4.1, the local one. */
  diagnostic: number;
  detect_us: Us;
};
