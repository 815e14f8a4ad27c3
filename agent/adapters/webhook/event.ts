/** What goes over the wire: CloudEvents 1.0 in structured JSON (github.com/cloudevents/spec, v1.0.2). */
import { isoTime } from '../../time.ts';
import type { Alarm, AlarmChange, Notice, Stamp } from '../../types.ts';

export const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** Alarm with its times as RFC 3339 text: whoever receives it has another monotonic clock. */
export type AlarmData = {
  [K in keyof Alarm]: Alarm[K] extends Stamp
    ? string
    : Alarm[K] extends Stamp | null
      ? string | null
      : Alarm[K];
};

export interface CloudEvent {
  specversion: '1.0';
  /** With `source` unique for ever: receivers drop what they have seen. */
  id: string;
  source: string;
  type: string;
  time: string;
  datacontenttype: 'application/json';
  subject?: string;
  /** Extension attributes: lower-case letters and digits only. */
  severity?: string;
  alarmtype?: string;
  data: unknown;
}

/** The event for a notice. Pure. */
export function alarmEvent(notice: Notice, source: string): CloudEvent {
  const { key, change, sequence, uncommitted } = notice;
  const { alarm, kind, revision } = change;
  return {
    specversion: '1.0',
    id: key,
    source,
    type: `io.pathwarden.alarm.${kind}`,
    subject: alarm.managedObjectId,
    time: isoTime(changeTime(change).wall_us),
    datacontenttype: 'application/json',
    severity: alarm.perceivedSeverity.toLowerCase(),
    alarmtype: alarm.type,
    data: { kind, revision, sequence, uncommitted, alarm: alarmData(alarm) },
  };
}

/** Says that the agent lives. `started_us` (wall) and `count` make its id; after `interval_s` comes the next. */
export function heartbeatEvent(
  source: string,
  beat: { started_us: number; count: number; interval_s: number; now_us: number },
): CloudEvent {
  return {
    specversion: '1.0',
    id: `heartbeat/${beat.started_us}/${beat.count}`,
    source,
    type: 'io.pathwarden.heartbeat',
    time: isoTime(beat.now_us),
    datacontenttype: 'application/json',
    data: { count: beat.count, interval_s: beat.interval_s, started: isoTime(beat.started_us) },
  };
}

function changeTime({ kind, alarm }: AlarmChange): Stamp {
  if (kind === 'cleared') return alarm.alarmClearedTime ?? alarm.alarmRaisedTime;
  if (kind === 'raised') return alarm.alarmRaisedTime;
  return alarm.alarmChangedTime ?? alarm.alarmRaisedTime;
}

function alarmData(alarm: Alarm): AlarmData {
  const text = (stamp: Stamp | null) => (stamp ? isoTime(stamp.wall_us) : null);
  return {
    ...alarm,
    alarmRaisedTime: isoTime(alarm.alarmRaisedTime.wall_us),
    alarmChangedTime: text(alarm.alarmChangedTime),
    alarmClearedTime: text(alarm.alarmClearedTime),
    eventTime: isoTime(alarm.eventTime.wall_us),
  };
}
