/** The notification as oslo.messaging's notifier makes it (oslo_messaging/notify/notifier.py, messaging.py). */
import { isoTime } from '../../time.ts';
import type { AlarmChange, Notice, RebuiltNotice, Severity, Stamp } from '../../types.ts';
import { alarmEventData } from '../shared/cloud-event.ts';
import { changeTime, uuidOf } from '../shared/mapping.ts';
import type { AmqpSettings, Priority } from './settings.ts';

export interface OsloMessage {
  routing_key: string;
  message: {
    /** The same on each try, as is `_unique_id`, by which oslo.messaging's listener drops what it has seen. */
    message_id: string;
    _unique_id: string;
    publisher_id: string;
    event_type: string;
    priority: Uppercase<Priority>;
    /** UTC without a zone: `2026-11-26 08:16:11.807227`. */
    timestamp: string;
    payload: object;
  };
}

const PRIORITY: Record<Severity, Priority> = {
  CRITICAL: 'critical',
  MAJOR: 'error',
  MINOR: 'warn',
  WARNING: 'warn',
  INDETERMINATE: 'warn',
  CLEARED: 'info',
};

/** The message for a notice. Pure. */
export function alarmMessage(notice: Notice, source: string, settings: AmqpSettings): OsloMessage {
  const { key, change } = notice;
  return message(settings, source, key, {
    event_type: `pathwarden.alarm.${change.kind}`,
    priority: priorityOf(change),
    at: changeTime(change),
    payload: { source, key, ...alarmEventData(notice) },
  });
}

/** The receiver's list may have a hole: it is to be read anew. Pure. */
export function rebuiltMessage(
  notice: RebuiltNotice,
  source: string,
  settings: AmqpSettings,
): OsloMessage {
  const { key, reason, at, sequence, uncommitted } = notice;
  return message(settings, source, key, {
    event_type: 'pathwarden.alarms.rebuilt',
    priority: 'warn',
    at,
    payload: { source, key, reason, sequence, uncommitted },
  });
}

const priorityOf = ({ kind, alarm }: AlarmChange): Priority =>
  kind === 'acknowledged' ? 'info' : PRIORITY[alarm.perceivedSeverity];

function message(
  settings: AmqpSettings,
  source: string,
  key: string,
  of: { event_type: string; priority: Priority; at: Stamp; payload: object },
): OsloMessage {
  const priority = settings.priority === 'by-severity' ? of.priority : settings.priority;
  const id = uuidOf(`${source} ${key}`);
  return {
    routing_key: `${settings.topic}.${priority}`,
    message: {
      message_id: id,
      _unique_id: id.replaceAll('-', ''),
      publisher_id: `pathwarden.${settings.host}`,
      event_type: of.event_type,
      priority: priority.toUpperCase() as Uppercase<Priority>,
      timestamp: isoTime(of.at.wall_us).replace('T', ' ').replace('Z', ''),
      payload: of.payload,
    },
  };
}
