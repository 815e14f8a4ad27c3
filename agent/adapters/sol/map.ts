/**
 * Notifications of the fault management interfaces of ETSI GS NFV-SOL 003 (7.5.2) and NFV-SOL 005 (8.5.2), version 2.4.1.
 * The two differ in what a resource's handle calls its VIM. SOL says QOS_ALARM where 3GPP says QUALITY_OF_SERVICE_ALARM.
 */
import { isoTime } from '../../time.ts';
import type { Alarm, Notice, RebuiltNotice, Stamp } from '../../types.ts';
import { changeTime, managedObject } from '../shared/mapping.ts';
import type { SolSettings } from './settings.ts';

interface Link {
  href: string;
}

interface Notification {
  id: string;
  subscriptionId: string;
  timeStamp: string;
}

export interface AlarmNotification extends Notification {
  notificationType: 'AlarmNotification';
  alarm: Record<string, unknown>;
  _links: { subscription: Link };
}

export interface AlarmClearedNotification extends Notification {
  notificationType: 'AlarmClearedNotification';
  alarmId: string;
  alarmClearedTime: string;
  _links: { subscription: Link; alarm: Link };
}

export interface AlarmListRebuiltNotification extends Notification {
  notificationType: 'AlarmListRebuiltNotification';
  _links: { subscription: Link; alarms: Link };
}

/** Pure. */
export function alarmNotification(
  { key, change }: Notice,
  _source: string,
  settings: SolSettings,
): AlarmNotification | AlarmClearedNotification {
  const { alarm } = change;
  const subscription = subscriptionLink(settings);
  const cleared = alarm.alarmClearedTime;
  if (change.kind === 'cleared' && cleared) {
    return {
      id: key,
      notificationType: 'AlarmClearedNotification',
      subscriptionId: settings.subscription_id,
      timeStamp: isoTime(cleared.wall_us),
      alarmId: alarm.id,
      alarmClearedTime: isoTime(cleared.wall_us),
      _links: { subscription, alarm: alarmLink(alarm, settings) },
    };
  }
  return {
    id: key,
    notificationType: 'AlarmNotification',
    subscriptionId: settings.subscription_id,
    timeStamp: isoTime(changeTime(change).wall_us),
    alarm: alarmOf(alarm, settings),
    _links: { subscription },
  };
}

/** Pure. */
export function alarmListRebuiltNotification(
  { key, at }: RebuiltNotice,
  _source: string,
  settings: SolSettings,
): AlarmListRebuiltNotification {
  return {
    id: key,
    notificationType: 'AlarmListRebuiltNotification',
    subscriptionId: settings.subscription_id,
    timeStamp: isoTime(at.wall_us),
    _links: {
      subscription: subscriptionLink(settings),
      alarms: { href: `${settings.api_url}/alarms` },
    },
  };
}

function alarmOf(alarm: Alarm, settings: SolSettings): Record<string, unknown> {
  const time = (stamp: Stamp | null, name: string) => stamp && { [name]: isoTime(stamp.wall_us) };
  const resource = `${settings.host}/${alarm.managedObjectId}`;
  return {
    id: alarm.id,
    managedObjectId: settings.managed_object_id ?? resource,
    rootCauseFaultyResource: {
      faultyResource: {
        [settings.interface === 'sol003' ? 'vimConnectionId' : 'vimId']: settings.vim_id,
        resourceId: resource,
        vimLevelResourceType: managedObject(alarm.managedObjectId).kind,
      },
      faultyResourceType: resourceType(alarm),
    },
    ...time(alarm.alarmRaisedTime, 'alarmRaisedTime'),
    ...time(alarm.alarmChangedTime, 'alarmChangedTime'),
    ...time(alarm.alarmClearedTime, 'alarmClearedTime'),
    ...time(alarm.alarmAcknowledgedTime, 'alarmAcknowledgedTime'),
    ackState: alarm.ackState,
    perceivedSeverity: alarm.perceivedSeverity,
    ...time(alarm.eventTime, 'eventTime'),
    eventType: alarm.eventType,
    faultType: alarm.type,
    probableCause: alarm.probableCause,
    isRootCause: alarm.isRootCause,
    correlatedAlarmIds: alarm.correlatedAlarmIds,
    faultDetails: [
      ...alarm.faultDetails,
      ...(alarm.drill ? [`caused by drill ${alarm.drill}`] : []),
      ...(alarm.maintenance ? [`in maintenance: ${alarm.maintenance}`] : []),
    ],
    _links: { self: alarmLink(alarm, settings) },
  };
}

/** What of the host is faulty: its network, its way to a storage target, or itself. */
function resourceType({ managedObjectId }: Alarm): 'NETWORK' | 'STORAGE' | 'COMPUTE' {
  const { kind } = managedObject(managedObjectId);
  if (kind === 'leg' || kind === 'group') return 'NETWORK';
  return kind === 'target' ? 'STORAGE' : 'COMPUTE';
}

const alarmLink = ({ id }: Alarm, { api_url }: SolSettings): Link => ({
  href: `${api_url}/alarms/${encodeURIComponent(id)}`,
});

const subscriptionLink = ({ api_url, subscription_id }: SolSettings): Link => ({
  href: `${api_url}/subscriptions/${encodeURIComponent(subscription_id)}`,
});
