/** A fault as an operator knows it (X.733; names as ETSI GS NFV-SOL 003 uses them). */
import type { Stamp, Us } from './base.ts';
import type { ClearCause } from './fault.ts';
import type { Severity } from './severity.ts';

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

/** Alarms are kept and marked; notices of those that are raised in it are held back, or go out with the mark. */
export interface Maintenance {
  reason: string;
  since: Stamp;
  until: Stamp;
  notices: 'hold' | 'mark';
  /** Patterns of managedObjectIds, in which * stands for anything. */
  objects: string[];
}
