/**
 * AlarmEventNotification of O2ims (O-RAN.WG6.O2IMS-INTERFACE; OpenAPI of the O-Cloud Manager's infrastructure monitoring).
 * Its traps: severities and event types are numbers, every identifier is a UUID, alarmChangedTime is required from the
 * first notification on, and the acknowledgement's time has another name here than in the record.
 */
import { isoTime } from '../../time.ts';
import type { AlarmChange, Notice, Severity, Stamp } from '../../types.ts';
import { managedObject, uuidOf } from '../shared/mapping.ts';
import type { O2imsSettings } from './settings.ts';

export interface AlarmEventNotification {
  globalCloudID: string;
  consumerSubscriptionId?: string;
  notificationEventType: number;
  objectRef?: string;
  alarmEventRecordId: string;
  resourceTypeID: string;
  resourceID: string;
  alarmDefinitionID: string;
  probableCauseID: string;
  alarmRaisedTime: string;
  alarmChangedTime: string;
  alarmAcknowledgeTime?: string;
  alarmAcknowledged: boolean;
  perceivedSeverity: number;
  extensions: Record<string, unknown>;
}

const SEVERITY: Record<Severity, number> = {
  CRITICAL: 0,
  MAJOR: 1,
  MINOR: 2,
  WARNING: 3,
  INDETERMINATE: 4,
  CLEARED: 5,
};

const [NEW, CHANGE, CLEAR, ACKNOWLEDGE] = [0, 1, 2, 3];

/** Pure. */
export function alarmEventNotification(
  { change, key, sequence, uncommitted }: Notice,
  source: string,
  { global_cloud_id, consumer_subscription_id, alarms_url, host }: O2imsSettings,
): AlarmEventNotification {
  const { alarm, revision } = change;
  const { kind } = managedObject(alarm.managedObjectId);
  const text = (stamp: Stamp | null) => (stamp ? isoTime(stamp.wall_us) : null);
  const acknowledged = alarm.ackState === 'ACKNOWLEDGED';
  const acknowledgedTime = acknowledged ? text(alarm.alarmAcknowledgedTime) : null;
  return {
    globalCloudID: global_cloud_id,
    ...(consumer_subscription_id && { consumerSubscriptionId: consumer_subscription_id }),
    notificationEventType: eventType(change),
    ...(alarms_url && { objectRef: `${alarms_url}/${encodeURIComponent(alarm.id)}` }),
    alarmEventRecordId: uuidOf(`alarm ${source} ${alarm.id}`),
    resourceTypeID: uuidOf(`resource-type ${kind}`),
    resourceID: uuidOf(`resource ${source} ${alarm.managedObjectId}`),
    alarmDefinitionID: uuidOf(`alarm-definition ${alarm.type}`),
    probableCauseID: uuidOf(`probable-cause ${alarm.probableCause}`),
    alarmRaisedTime: isoTime(alarm.alarmRaisedTime.wall_us),
    alarmChangedTime: isoTime(
      (alarm.alarmClearedTime ?? alarm.alarmChangedTime ?? alarm.alarmRaisedTime).wall_us,
    ),
    ...(acknowledgedTime && { alarmAcknowledgeTime: acknowledgedTime }),
    alarmAcknowledged: acknowledged,
    perceivedSeverity: SEVERITY[alarm.perceivedSeverity],
    extensions: {
      key,
      revision,
      sequence,
      uncommitted,
      source,
      host,
      alarmId: alarm.id,
      alarmType: alarm.type,
      eventType: alarm.eventType,
      probableCause: alarm.probableCause,
      managedObjectId: alarm.managedObjectId,
      eventTime: text(alarm.eventTime),
      alarmClearedTime: text(alarm.alarmClearedTime),
      clearCause: alarm.clearCause,
      ackUser: alarm.ackUser,
      isRootCause: alarm.isRootCause,
      correlatedAlarmIds: alarm.correlatedAlarmIds,
      faultDetails: alarm.faultDetails,
      drill: alarm.drill,
      failover: alarm.failover,
      maintenance: alarm.maintenance,
    },
  };
}

function eventType({ kind, alarm }: AlarmChange): number {
  if (kind === 'raised') return NEW!;
  if (kind === 'cleared') return CLEAR!;
  // An acknowledgement that was withdrawn is a change.
  return kind === 'acknowledged' && alarm.ackState === 'ACKNOWLEDGED' ? ACKNOWLEDGE! : CHANGE!;
}
