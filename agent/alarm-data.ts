/** Alarms for those who are not on this host. Pure. */
import { isoTime } from './time.ts';
import type { Alarm, Stamp } from './types.ts';

/** Alarm with its times as RFC 3339 text: whoever receives it has another monotonic clock. */
export type AlarmData = {
  [K in keyof Alarm]: Alarm[K] extends Stamp
    ? string
    : Alarm[K] extends Stamp | null
      ? string | null
      : Alarm[K];
};

export function alarmData(alarm: Alarm): AlarmData {
  const text = (stamp: Stamp | null) => (stamp ? isoTime(stamp.wall_us) : null);
  return {
    ...alarm,
    alarmRaisedTime: isoTime(alarm.alarmRaisedTime.wall_us),
    alarmChangedTime: text(alarm.alarmChangedTime),
    alarmClearedTime: text(alarm.alarmClearedTime),
    alarmAcknowledgedTime: text(alarm.alarmAcknowledgedTime),
    eventTime: isoTime(alarm.eventTime.wall_us),
  };
}
