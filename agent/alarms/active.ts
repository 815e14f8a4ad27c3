/** Views of the alarms that are active. */
import type { Alarm, AlarmChange } from '../types.ts';
import type { AlarmState } from './state.ts';

/** The active alarm of this id. */
export function activeAlarm(state: AlarmState, id: string): Alarm | undefined {
  for (const key in state.active) {
    const { alarm } = state.active[key]!.change;
    if (alarm.id === id) return alarm;
  }
  return undefined;
}

/** The last change of each, those that are held, too; the oldest alarm first. */
export const activeChanges = (state: AlarmState): AlarmChange[] =>
  Object.values(state.active)
    .map(entry => entry.change)
    .sort((a, b) => a.alarm.alarmRaisedTime.wall_us - b.alarm.alarmRaisedTime.wall_us);

/** The oldest first. */
export const activeAlarms = (state: AlarmState): Alarm[] =>
  activeChanges(state).map(change => change.alarm);

/** Those of the ids that are not active: there is nothing to acknowledge. */
export function inactive(state: AlarmState, ids: readonly string[]): string[] {
  const active = new Set(Object.values(state.active).map(entry => entry.change.alarm.id));
  return ids.filter(id => !active.has(id));
}
