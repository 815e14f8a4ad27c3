/**
 * Alerts of Alertmanager's API v2. An alert *is* its labels: whatever may change while it fires is an annotation. The one
 * exception is the severity, since alerts are routed by it; the client resolves the old one when it changes.
 */
import { isoTime } from '../../time.ts';
import type { Alarm, AlarmChange, Notice, Severity } from '../../types.ts';
import { managedObject, texts } from '../shared/mapping.ts';
import type { AlertmanagerSettings } from './settings.ts';

export interface PostableAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  /** Of one that fires the client sets it, when it sends. */
  endsAt?: string;
}

const SEVERITIES: Exclude<Severity, 'CLEARED'>[] = [
  'CRITICAL',
  'MAJOR',
  'MINOR',
  'WARNING',
  'INDETERMINATE',
];

/**
 * One alert that fires; or when the alarm has cleared, one that is resolved for each severity it may have fired with: a
 * cleared alarm no longer says. The client knows better while it remembers. Pure.
 */
export function postableAlerts(
  { change, key, sequence, uncommitted }: Notice,
  source: string,
  settings: AlertmanagerSettings,
): PostableAlert[] {
  const notice = { key, sequence: String(sequence), uncommitted: String(uncommitted) };
  return alertsOf(change, source, settings, notice);
}

/** The same for a change that no notice is about: an alarm that is active still. Pure. */
export function alertsOf(
  change: AlarmChange,
  source: string,
  settings: AlertmanagerSettings,
  notice: Record<string, string> = {},
): PostableAlert[] {
  const { alarm } = change;
  const starts_us = alarm.alarmRaisedTime.wall_us;
  const alert = (severity: Severity): PostableAlert => ({
    labels: labelsOf(alarm, severity, source, settings),
    annotations: annotationsOf(change, notice),
    startsAt: isoTime(starts_us),
  });
  const cleared = alarm.alarmClearedTime;
  if (!cleared) return [alert(alarm.perceivedSeverity)];
  // A clock that was set back meanwhile: an end before the start is refused.
  const endsAt = isoTime(Math.max(starts_us, cleared.wall_us));
  return SEVERITIES.map(severity => ({ ...alert(severity), endsAt }));
}

function labelsOf(
  alarm: Alarm,
  severity: Severity,
  source: string,
  { labels, host }: AlertmanagerSettings,
): Record<string, string> {
  return {
    ...labels,
    alertname: alarm.type,
    severity: severity.toLowerCase(),
    host,
    source,
    object: alarm.managedObjectId,
    object_kind: managedObject(alarm.managedObjectId).kind,
    event_type: alarm.eventType.toLowerCase(),
  };
}

function annotationsOf(
  { alarm, revision }: AlarmChange,
  notice: Record<string, string>,
): Record<string, string> {
  return texts({
    ...notice,
    summary: `${alarm.type} on ${alarm.managedObjectId}`,
    description: alarm.faultDetails.join('\n'),
    probable_cause: alarm.probableCause,
    alarm_id: alarm.id,
    revision: String(revision),
    event_time: isoTime(alarm.eventTime.wall_us),
    ack_state: alarm.ackState.toLowerCase(),
    ack_user: alarm.ackUser,
    root_cause: String(alarm.isRootCause),
    correlated_alarms: alarm.correlatedAlarmIds.join(' '),
    clear_cause: alarm.clearCause,
    drill: alarm.drill,
    failover: alarm.failover,
    maintenance: alarm.maintenance,
  });
}
