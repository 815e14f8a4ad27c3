/** CloudEvents 1.0 in structured JSON (github.com/cloudevents/spec, v1.0.2), for all kinds that carry them. Pure. */
import { type AlarmData, alarmData } from '../../alarm-data.ts';
import { isoTime } from '../../time.ts';
import type { AlarmChangeKind, Notice, RebuiltNotice } from '../../types.ts';
import { changeTime } from './mapping.ts';

export const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8';

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

/** `data` of an alarm's event. */
export interface AlarmEventData {
  kind: AlarmChangeKind;
  revision: number;
  sequence: number;
  uncommitted: boolean;
  alarm: AlarmData;
}

/** The event for a notice. */
export function alarmEvent(notice: Notice, source: string): CloudEvent {
  const { key, change } = notice;
  const { alarm, kind } = change;
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
    data: alarmEventData(notice),
  };
}

export function alarmEventData({ change, sequence, uncommitted }: Notice): AlarmEventData {
  const { alarm, kind, revision } = change;
  return { kind, revision, sequence, uncommitted, alarm: alarmData(alarm) };
}

/** The receiver's list may have a hole: it is to be read anew. */
export function rebuiltEvent(notice: RebuiltNotice, source: string): CloudEvent {
  const { key, reason, at, sequence, uncommitted } = notice;
  return {
    specversion: '1.0',
    id: key,
    source,
    type: 'io.pathwarden.alarms.rebuilt',
    time: isoTime(at.wall_us),
    datacontenttype: 'application/json',
    data: { reason, sequence, uncommitted },
  };
}
