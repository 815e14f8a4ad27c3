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
}

export interface Group {
  /** `ecmp:10.77.9.2/32`, `nhg:10`, `bond:bond0`. */
  id: string;
  kind: GroupKind;
  /** Destination prefixes that leave by the group. */
  targets: string[];
  /** The legs it has, and those it once had (state `missing`). */
  legs: Leg[];
}

export interface Flow {
  /** `10.77.9.1:40112-10.77.9.2:3260`, local end first. */
  id: string;
  role: 'client' | 'server';
  service_port: number;
  group: string | null;
  /** Leg (interface name) by which it leaves, and by which the peer's packets come. */
  leg_out: string | null;
  leg_in: string | null;
  srtt_us: number;
  state: 'moving' | 'stalled' | 'slow';
  /** Since when it is stalled or slow. */
  since_us: Us | null;
}

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

export type CutSource = 'drill' | 'carrier' | 'last_progress' | 'netlink';
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
  flowing_us: Us | null;
  told_us: Us | null;
  gap_us: number | null;
  /** True: the gap is below the traffic's own spacing and reads "≤ spacing". */
  gap_below_spacing: boolean;
  spacing_us: number | null;
  flows: FlowPassage[];
  verdict: Verdict;
  reason: string;
  /** told is judged on its own. */
  told_verdict: Verdict;
  back: FailBack | null;
  /** Alarm types that explain the outcome, e.g. peer-still-uses-leg. */
  findings: string[];
}

// ---------------------------------------------------------------- alarm (X.733; names as ETSI GS NFV-SOL 003 uses them)

export type Severity = 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING' | 'INDETERMINATE' | 'CLEARED';
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
  /** When the thing itself happened. */
  eventTime: Stamp;
  isRootCause: boolean;
  correlatedAlarmIds: string[];
  faultDetails: string[];
  /** Why it cleared: the condition ended, or the subject is gone. */
  clearCause: ClearCause | null;
  /** Set when a drill caused it. */
  drill: string | null;
  /** Failover record that it belongs to. */
  failover: string | null;
}

export type AlarmChangeKind = 'raised' | 'changed' | 'cleared' | 'acknowledged';

export interface AlarmChange {
  kind: AlarmChangeKind;
  /** Counts the changes of this alarm from 1. */
  revision: number;
  alarm: Alarm;
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

export type SendResult =
  | { outcome: 'delivered' }
  /** after_ms: the receiver's wish (Retry-After), null = by our own back-off. */
  | { outcome: 'retry'; reason: string; after_ms: number | null }
  /** The receiver will never take it. */
  | { outcome: 'refused'; reason: string };

/** What main.ts learns from the outbox about one notice. */
export interface Told {
  key: string;
  adapter: string;
  alarm_id: string;
  acknowledged_us: Us;
}
