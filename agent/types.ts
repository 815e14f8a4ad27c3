/**
 * The nouns that pass between the rooms, in the order in which they pass:
 *
 *   Frame (wire.ts) -> Observation -> Fault -> Alarm -> Notice, and FailoverRecord beside them.
 *
 * Data only. Times named `_us` are µs of CLOCK_MONOTONIC within one boot; `Stamp` is what is stored or sent away.
 */

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

/** Input of a pure room when the time it asked for (wakeAt) has come. An input's `probe` tells them apart. */
export interface Tick {
  probe: 'tick';
}

// ---------------------------------------------------------------- topology

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

export interface Flow {
  /** `10.77.9.1:40112-10.77.9.2:3260`, local end first. */
  id: string;
  role: 'client' | 'server';
  service_port: number;
  protocol: StorageProtocol;
  /** IQN, NQN or export of the kernel's own session with that end; null: it has none, or several. */
  target_name: string | null;
  group: string | null;
  /** Leg (interface name) by which it leaves, and by which the peer's packets come. */
  leg_out: string | null;
  leg_in: string | null;
  srtt_us: number;
  state: 'moving' | 'stalled' | 'slow';
  /** Since when it is stalled or slow. */
  since_us: Us | null;
}

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

/** One monitor of a pluggable module: SFF-8472 table 9-5, SFF-8636 6.3, CMIS 8.2 and 8.8. */
export interface OpticsReading {
  monitor: 'temperature' | 'supply' | 'tx-bias' | 'tx-power' | 'rx-power';
  /** 0: the module's only one, or its first lane. */
  lane: number;
  /** °C, V, mA, mW, mW. */
  value: number;
  level: 'ok' | 'low-warning' | 'high-warning' | 'low-alarm' | 'high-alarm';
  /** The module's own threshold that was passed; null: none was. */
  threshold: number | null;
}

/** By its port (configuration `storage.ports`) or by the kernel's own session. */
export type StorageProtocol =
  | 'iscsi'
  | 'nvme-tcp'
  | 'ceph'
  | 'nfs'
  | 'gluster'
  | 'drbd'
  | 'nbd'
  | 'other';

export interface MultipathPath {
  disk: string;
  session: string | null;
  usable: boolean;
  state: string;
  /** ANA or ALUA state; null: not told. */
  access: string | null;
  failures: number | null;
}

/** A session that the kernel keeps with a target. */
export interface PathSession {
  /** `iscsi:session1`. */
  id: string;
  protocol: StorageProtocol;
  /** IQN, NQN, export; null: not readable. */
  name: string | null;
  /** null: the kernel does not show it. */
  remote: string | null;
  remote_port: number;
  group: string | null;
  state: string;
  usable: boolean;
  /** null: no connection was ever seen. */
  connected: boolean | null;
  disks: string[];
}

export interface PathDisk {
  name: string;
  /** iscsi, nvme-tcp, nbd, rbd, drbd, dm-multipath, nvme-multipath, local. */
  kind: string;
  session: string | null;
  map: string | null;
  /** Issue of its oldest request in flight while it stands still; null: it does not. */
  stalled_since_us: Us | null;
  /** Since the helper's start. */
  errors: number;
}

export interface PathMap {
  /** dm-0, nvme0n1. */
  device: string;
  /** The map's alias or the subsystem's NQN. */
  name: string | null;
  driver: 'dm' | 'nvme';
  paths: MultipathPath[];
}

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

export type BondMode =
  | 'balance-rr'
  | 'active-backup'
  | 'balance-xor'
  | 'broadcast'
  | '802.3ad'
  | 'balance-tlb'
  | 'balance-alb';

// ---------------------------------------------------------------- observation

interface Observed {
  /** When it was so, by the kernel's or helper's time. */
  t: Us;
}

/** A probe's reading of one subject: a level, not an edge. Applying the same twice changes nothing. */
export type Observation =
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
    })
  | (Observed & {
      probe: 'storage_flow';
      aspect: 'progress';
      subject: `flow/${string}`;
      /** slow: acknowledged but not answered. */
      value: 'moving' | 'stalled' | 'slow' | Unknown | Absent;
      /** Stalled, slow: the last progress. Moving: the progress that ended the last stall, or when it was first seen. */
      since_us: Us;
      /** Smoothed round-trip time, 0: not known. */
      srtt_us: Us;
      group: string | null;
      /** Address of the other end: alarms are keyed on (group, target), never on the connection. */
      target: string;
      role: 'client' | 'server';
      leg_out: string | null;
      leg_in: string | null;
    })
  | (Observed & {
      probe: 'storage_flow';
      aspect: 'passage';
      subject: `flow/${string}`;
      group: string | null;
      value:
        | {
            kind: 'legs' | 'switched';
            direction: 'out' | 'in';
            from: string | null;
            to: string | null;
          }
        | { kind: 'progressed'; after: 'pause' | 'switch'; since_us: Us }
        | {
            kind: 'traced';
            pause_from_us: Us;
            pause_to_us: Us;
            pause_open: boolean;
            progress_count: number;
            spacing_us: number;
          };
    })
  | (Observed & {
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
    })
  | (Observed & {
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
    })
  /** A session that the kernel itself keeps with a target. */
  | (Observed & {
      probe: 'storage_session';
      aspect: 'session';
      /** `session/iscsi:session1`. */
      subject: `session/${string}`;
      value: 'usable' | 'failed' | Unknown | Absent;
      protocol: StorageProtocol;
      /** IQN, NQN, export; null: not readable. */
      name: string | null;
      /** Address of the other end; null: the kernel does not show it (NBD, DRBD). */
      target: string | null;
      group: string | null;
      state: string;
      disks: string[];
      /** Is there a connection to that end? null: none was ever seen (its port is not among those that are watched). */
      connected: boolean | null;
    })
  | (Observed & {
      probe: 'block';
      aspect: 'io';
      /** `disk/sdb`. */
      subject: `disk/${string}`;
      value: 'moving' | 'stalled' | Unknown | Absent;
      /** Stalled: issue of the oldest request in flight. Moving: end of the last stall, or when it was first seen. */
      since_us: Us;
      in_flight: number;
      /** Multipath device above it, and the session that it belongs to; null: none. */
      map: string | null;
      session: string | null;
    })
  | (Observed & {
      probe: 'block';
      aspect: 'io-errors';
      subject: `disk/${string}`;
      /** errors: since the helper's start. */
      value: { errors: number; last: string } | Unknown | Absent;
    })
  | (Observed & {
      probe: 'multipath';
      aspect: 'paths';
      /** `map/dm-0`. */
      subject: `map/${string}`;
      driver: 'dm' | 'nvme';
      name: string | null;
      value: { paths: MultipathPath[] } | Unknown | Absent;
    })
  /** What the helper did to a group on our behalf. */
  | (Observed & {
      probe: 'steering';
      aspect: 'action';
      subject: `group/${string}`;
      value: SteeringAction;
    })
  | (Observed & {
      probe: 'steering';
      aspect: 'steered';
      subject: `group/${string}`;
      /** Legs that are out of use by steering. */
      value: { legs: string[] } | Unknown | Absent;
    })
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
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'mode';
      subject: `leg/${string}`;
      value:
        | {
            speed_mbps: number | null;
            duplex: 'half' | 'full' | null;
            advertised_mbps: number | null;
          }
        | Unknown
        | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'errors';
      subject: `leg/${string}`;
      /** Counters since the driver's start; null: the driver does not have it. */
      value:
        | {
            packets: number;
            rx_errors: number;
            tx_errors: number;
            crc: number | null;
            frame: number | null;
            carrier: number | null;
            symbol: number | null;
            fec_corrected: number | null;
            fec_uncorrectable: number | null;
          }
        | Unknown
        | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'optics';
      subject: `leg/${string}`;
      /** Monitors of the pluggable module, each against the module's own thresholds. */
      value: { readings: OpticsReading[] } | Unknown | Absent;
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'tx-timeout';
      subject: `leg/${string}`;
      value: { queue: number };
    })
  | (Observed & {
      probe: 'nic';
      aspect: 'presence';
      subject: `leg/${string}`;
      /** removed: the device of a physical NIC is gone from the host (it did not move to another namespace). */
      value: 'present' | 'removed' | 'moved' | Unknown;
      parent_dev: string | null;
      /** It had a link since boot: an empty port is nobody's loss. */
      had_link: boolean;
    })
  | (Observed & { probe: 'self' } & (
        | {
            aspect: 'helper';
            subject: 'host';
            value: 'connected' | 'lost';
            strategy: string;
            nudge: string;
            boot_id: string;
            /** CLOCK_REALTIME − CLOCK_MONOTONIC. */
            wall_offset_us: number;
          }
        /** Frames that fail their schema, sources that are absent, events lost: can we see at all? */
        | {
            aspect: 'sight';
            subject: `source/${string}`;
            value: 'ok' | 'degraded' | 'blind';
            reason: string;
          }
        | { aspect: 'trace'; subject: 'host'; value: 'open' | 'closed' }
        | {
            aspect: 'spool';
            subject: 'host';
            value: 'ok' | 'slow' | 'full';
            reason: string;
          }
        /** Whether a receiver takes notices, and whether it takes them within the budget. */
        | {
            aspect: 'delivery';
            subject: `adapter/${string}`;
            /** failing: it has taken none for 10 s although some wait; slow: p99 over 5 minutes is past the budget. */
            value: 'ok' | 'slow' | 'failing' | Absent;
            reason: string;
          }
        /** What a receiver took and then did not carry out: a recovery that failed. */
        | {
            aspect: 'escalation';
            subject: `adapter/${string}`;
            value: 'ok' | 'failed' | Absent;
            reason: string;
          }
        /** An adapter acknowledged a notice of this alarm. */
        | {
            aspect: 'told';
            subject: `alarm/${string}`;
            value: 'told';
            adapter: string;
            primary: boolean;
            failover: string | null;
          }
        | {
            aspect: 'drill';
            subject: `drill/${string}`;
            value: 'ready' | 'cut' | 'healed' | 'ended';
            kind: string;
            group: string;
            leg: string;
            uncertainty_us: number;
            budget_ms: number;
          }
        /** A failover record changed; faults judge it (failover-slow, failover-absent, peer-still-uses-leg). */
        | {
            aspect: 'failover';
            subject: `failover/${string}`;
            value: 'open' | 'closed';
            record: FailoverRecord;
          }
      ));

// ---------------------------------------------------------------- fault

export interface Fault {
  /** Catalogue id of the alarm that it becomes, e.g. link-down. */
  type: string;
  /** What lasts: `leg/c-a`, `group/…`, `target/<group>/<address>`, `host`, `source/…`. (type, object) is the key. */
  object: string;
  /** When the thing itself happened. */
  t: Us;
  details: string[];
  group: string | null;
  leg: string | null;
  failover: string | null;
  /** Drill of the failover record that it was judged from; null: decided by the drill that covers the object. */
  drill: string | null;
  /** Keys (`faultKey`) of faults that explain this one while they are active. */
  causes: string[];
  /** Between two times, not at one: a change that was missed and found again by the counts. */
  between: [Us, Us] | null;
  /** As bad as it is now; null: as the catalogue has it. */
  severity: Exclude<Severity, 'CLEARED'> | null;
}

export type ClearCause = 'condition-ended' | 'subject-gone' | 'superseded';

export interface FaultChange {
  kind: 'active' | 'changed' | 'cleared';
  /** When cleared, `t` is the time at which the condition ended. */
  fault: Fault;
  clearCause: ClearCause | null;
}

/** What a fault, and the alarm that it becomes, is known by while it is active. */
export const faultKey = (of: { type: string; object: string }): string => `${of.type} ${of.object}`;

// ---------------------------------------------------------------- failover record

/** switch: a bond moved to another member although none was lost, by hand or back to its primary. */
export type CutSource = 'drill' | 'carrier' | 'last_progress' | 'netlink' | 'switch';
export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NOT_MEASURED';

export interface FlowPassage {
  flow: string;
  leg_out_before: string | null;
  leg_in_before: string | null;
  leg_out_after: string | null;
  leg_in_after: string | null;
  /** Longest interval without progress while it had demand; null: it had none. */
  gap_us: number | null;
  /** Median time between two progresses; a gap no longer than this reads "≤ spacing". */
  spacing_us: number | null;
  switched_us: Us | null;
  flowing_us: Us | null;
}

/** Parts of the gap of a bond's or team's failover, µs, one after another; null: its end was not seen. */
export interface FailoverPhases {
  /** Cut → the bond knows: the wait for its monitor (miimon or ARP) and downdelay. */
  detection_us: number | null;
  /** It knows → it uses another member. */
  switch_us: number | null;
  /** Another member → first gratuitous ARP or unsolicited NA. */
  announcement_us: number | null;
  /** The later of switch and announcement → every affected flow progresses: the transports' own retransmission. */
  recovery_us: number | null;
}

/** The way back: fail-back when the leg heals. */
export interface FailBack {
  healed_us: Us;
  switched_us: Us | null;
  flowing_us: Us | null;
  gap_us: number | null;
  verdict: Verdict;
  reason: string;
}

export interface FailoverRecord {
  id: string;
  group: string;
  kind: GroupKind;
  opened: Stamp;
  state: 'open' | 'closed' | 'incomplete';
  budget_ms: number;
  /** Carrier strategy and nudge that were active: they change the outcome. */
  strategy: string;
  nudge: string;
  /** Drill id, null for a failure of the real world. */
  drill: string | null;
  legs: { leg: string; lost_us: Us; healed_us: Us | null; source: CutSource }[];
  cut: { t_us: Us; source: CutSource; uncertainty_us: number };
  seen_us: Us | null;
  switched_us: Us | null;
  /** Bonds and teams: the first gratuitous ARP or unsolicited NA after the switch; null: none was seen, or needed. */
  announced_us: Us | null;
  flowing_us: Us | null;
  told_us: Us | null;
  gap_us: number | null;
  /** What the time from the cut to flowing went into; null where an end of it is not known. */
  phases: FailoverPhases | null;
  /** True: the gap is below the traffic's own spacing and reads "≤ spacing". */
  gap_below_spacing: boolean;
  spacing_us: number | null;
  flows: FlowPassage[];
  verdict: Verdict;
  reason: string;
  /** told is judged on its own. */
  told_verdict: Verdict;
  back: FailBack | null;
  /** The helper moved the traffic off a lost leg on our behalf; null: it did not. */
  steered: {
    t_us: Us;
    how: NonNullable<SteeringAction['how']>;
    from: string;
    to: string | null;
  } | null;
  /** What explains the outcome: peer-still-uses-leg (an alarm type), no-switch (of a bond), steered. */
  findings: string[];
}

// ---------------------------------------------------------------- alarm (X.733; names as ETSI GS NFV-SOL 003 uses them)

export type Severity = 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING' | 'INDETERMINATE' | 'CLEARED';

/** The worse the higher (ITU-T X.733, 8.1.2.3). INDETERMINATE may be anything, and is at least a warning. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = {
  CRITICAL: 4,
  MAJOR: 3,
  MINOR: 2,
  WARNING: 1,
  INDETERMINATE: 1,
  CLEARED: 0,
};

export type EventType =
  | 'COMMUNICATIONS_ALARM'
  | 'PROCESSING_ERROR_ALARM'
  | 'ENVIRONMENTAL_ALARM'
  | 'QOS_ALARM'
  | 'EQUIPMENT_ALARM';

export interface Alarm {
  /** New with each raise; the clear carries the same. */
  id: string;
  /** Catalogue id, e.g. link-down. */
  type: string;
  /** What lasts: `leg/c-a`, `group/ecmp:10.77.9.2/32`, `target/ecmp:…/10.77.9.2`, `host`. */
  managedObjectId: string;
  perceivedSeverity: Severity;
  eventType: EventType;
  probableCause: string;
  alarmRaisedTime: Stamp;
  alarmChangedTime: Stamp | null;
  alarmClearedTime: Stamp | null;
  ackState: 'UNACKNOWLEDGED' | 'ACKNOWLEDGED';
  alarmAcknowledgedTime: Stamp | null;
  /** Who acknowledged it, as they named themselves; null: nobody has. */
  ackUser: string | null;
  /** When the thing itself happened. */
  eventTime: Stamp;
  isRootCause: boolean;
  /** The roots that explain it, 16 at most; a root names none. */
  correlatedAlarmIds: string[];
  faultDetails: string[];
  /** Why it cleared: the condition ended, or the subject is gone. */
  clearCause: ClearCause | null;
  /** Set when a drill caused it. */
  drill: string | null;
  /** Failover record that it belongs to. */
  failover: string | null;
  /** The reason of the maintenance during which it was raised or last changed; null: of none. */
  maintenance: string | null;
}

export type AlarmChangeKind = 'raised' | 'changed' | 'cleared' | 'acknowledged';

export interface AlarmChange {
  kind: AlarmChangeKind;
  /** Counts the changes of this alarm from 1. */
  revision: number;
  alarm: Alarm;
  hops: Hops;
  /** Maintenance holds its notices back: it is kept and shown, but nobody is told. */
  held: boolean;
}

/** Where the time went before the outbox had the change: µs CLOCK_MONOTONIC of this boot; null: there was no such hop. */
export interface Hops {
  /** The cut: when the thing itself happened, as far as it is known. */
  event_us: Us | null;
  /** The time of the helper's frame; null: a timer or our own observation led to it. */
  frame_us: Us | null;
  /** The agent had read the frame. */
  observed_us: Us | null;
  /** The alarm was decided. */
  alarm_us: Us;
}

// ---------------------------------------------------------------- notice

/** The duty to tell one adapter of one alarm change. */
export interface Notice {
  /** Idempotency key: `${alarm.id}/${revision}`; with the source it is unique for ever. */
  key: string;
  adapter: string;
  change: AlarmChange;
  /** Counts this adapter's notices from 1, across restarts: a receiver sees by a hole that one was given up. */
  sequence: number;
  /** It left before it was on disk (spool slow or full). */
  uncommitted: boolean;
}

/**
 * The duty to tell one adapter that what it knows may have a hole: notices were given up, or the agent has lost its
 * memory. Whoever gets it reads the alarm list anew (SOL003's AlarmListRebuiltNotification).
 */
export interface RebuiltNotice {
  /** `rebuilt/<wall_us>`. */
  key: string;
  adapter: string;
  reason: string;
  at: Stamp;
  sequence: number;
  uncommitted: boolean;
}

export type SendResult =
  | { outcome: 'delivered' }
  /** after_ms: the receiver's wish (Retry-After), null = by our own back-off. */
  | { outcome: 'retry'; reason: string; after_ms: number | null }
  /** The receiver will never take it: it becomes a dead letter. */
  | { outcome: 'refused'; reason: string };

/** What main.ts learns from the outbox about one notice. */
export interface Told {
  key: string;
  adapter: string;
  alarm_id: string;
  acknowledged_us: Us;
  hops: DeliveryHops;
}

export interface DeliveryHops extends Hops {
  /** It was on disk; null: it left before. */
  commit_us: Us | null;
  /** The first attempt began, and the one that was acknowledged. */
  first_send_us: Us;
  send_us: Us;
  acknowledged_us: Us;
}

/** Alarms are kept and marked; notices of those that are raised in it are held back, or go out with the mark. */
export interface Maintenance {
  reason: string;
  since: Stamp;
  until: Stamp;
  notices: 'hold' | 'mark';
  /** Patterns of managedObjectIds, in which * stands for anything. */
  objects: string[];
}
