/** What an alarm change is in Masakari's words (Instance HA API v1, POST /notifications). */
import { isoTime } from '../../time.ts';
import type { Alarm, AlarmChange, AlarmChangeKind, Notice } from '../../types.ts';

export type NotificationType = 'COMPUTE_HOST' | 'VM' | 'PROCESS';

export interface Notification {
  type: NotificationType;
  /** The same whenever this notice is sent: by it Masakari knows a duplicate. */
  generated_time: string;
  /** Closed: any key more is refused. */
  payload: Record<string, string>;
}

export interface MasakariNotice {
  key: string;
  kind: AlarmChangeKind;
  /** The alarm's id. */
  alarm: string;
  /** When it was raised, µs since 1970. */
  since_us: number;
  type: NotificationType;
  /** Null: Masakari has no word for it. */
  notification: Notification | null;
}

const VM = /^vm\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const PROCESS = /^process\/(.{1,255})$/;

/** Pure. */
export function typeOf({ managedObjectId }: Alarm): NotificationType {
  if (VM.test(managedObjectId)) return 'VM';
  return PROCESS.test(managedObjectId) ? 'PROCESS' : 'COMPUTE_HOST';
}

/** Pure. Without the host's name, and of a host without what a proof of fencing decides. */
export function masakariNotice({ key, change }: Notice): MasakariNotice {
  const { kind, alarm } = change;
  const payload = payloadOf(change);
  const type = typeOf(alarm);
  return {
    key,
    kind,
    alarm: alarm.id,
    since_us: alarm.alarmRaisedTime.wall_us,
    type,
    notification: payload && { type, generated_time: timeOf(change), payload },
  };
}

function payloadOf({ kind, alarm }: AlarmChange): Record<string, string> | null {
  if (kind === 'acknowledged') return null;
  const event = kind === 'cleared' ? 'STARTED' : 'STOPPED';
  const [, instance] = VM.exec(alarm.managedObjectId) ?? [];
  if (instance !== undefined) {
    // The engine acts on this pair alone of those that mean that an instance has died; there is none for its return.
    const died = { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' };
    return event === 'STOPPED' ? { instance_uuid: instance.toLowerCase(), ...died } : null;
  }
  const [, process] = PROCESS.exec(alarm.managedObjectId) ?? [];
  if (process !== undefined) return { process_name: process, event };
  return { event };
}

function timeOf({ kind, alarm }: AlarmChange): string {
  const at = kind === 'cleared' ? alarm.alarmClearedTime : null;
  return isoTime((at ?? alarm.alarmRaisedTime).wall_us);
}

/** host_status of a host that has failed: the engine acts on NORMAL alone, and then starts its instances elsewhere. */
export function withStatus(of: Notification, status: 'fenced' | 'unknown'): Notification {
  if (of.type !== 'COMPUTE_HOST') return of;
  const started = of.payload.event === 'STARTED';
  const more: Record<string, string> = started
    ? { cluster_status: 'ONLINE', host_status: 'NORMAL' }
    : status === 'fenced'
      ? { cluster_status: 'OFFLINE', host_status: 'NORMAL' }
      : { host_status: 'UNKNOWN' };
  return { ...of, payload: { ...of.payload, ...more } };
}
