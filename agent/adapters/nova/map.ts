/** What an alarm change means to Nova: a reason more, or one less, for which the host's nova-compute is down. */
import type { AlarmChangeKind, Notice } from '../../types.ts';

export interface Reason {
  /** The alarm's id. */
  id: string;
  /** For disabled_reason and the log. */
  text: string;
  /** When it was raised, µs since 1970. */
  since_us: number;
}

export interface NovaNotice {
  key: string;
  kind: AlarmChangeKind;
  reason: Reason;
}

/** Pure. */
export function novaNotice({ key, change }: Notice): NovaNotice {
  return { key, kind: change.kind, reason: reasonOf(change) };
}

/** Pure. */
export function reasonOf({ alarm }: Notice['change']): Reason {
  const { id, type, managedObjectId, alarmRaisedTime } = alarm;
  return { id, text: `${type} ${managedObjectId}`, since_us: alarmRaisedTime.wall_us };
}
