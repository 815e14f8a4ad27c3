/** Which alarms belong to which repeat of which drill. */
import type { DrillReport, RepeatReport, ReportedAlarm, ReportFile } from '../report.ts';

export interface AlarmsOfDrill {
  /** As many lists as the drill has repeats. */
  repeats: ReportedAlarm[][];
  /** Of the drill, and of none of its repeats. */
  others: ReportedAlarm[];
}

export interface AssignedAlarms {
  /** As many as the file has drills. */
  drills: AlarmsOfDrill[];
  /** Of no drill in the file. */
  others: ReportedAlarm[];
}

/** How long after the last thing that a repeat tells of an alarm may still be about it. */
const AFTERMATH_US = 5_000_000;

/**
 * By the failover record; else by the drill's id and the time; else, for a host that knows nothing of the drill, by the
 * time alone: only within one boot, since times of two hosts are not comparable.
 */
export function assignAlarms({ drills, alarms }: ReportFile): AssignedAlarms {
  const found: AssignedAlarms = {
    drills: drills.map(({ repeats }) => ({ repeats: repeats.map(() => []), others: [] })),
    others: [],
  };
  const boots = drills.map(drill => bootOf(drill, alarms));
  for (const alarm of alarms) {
    const of = drills.findIndex((drill, i) =>
      alarm.drill === null ? during(drill, boots[i] ?? null, alarm) : alarm.drill === drill.id,
    );
    const drill = drills[of];
    const lists = found.drills[of];
    if (!drill || !lists) {
      found.others.push(alarm);
      continue;
    }
    (lists.repeats[repeatOfAlarm(drill, boots[of] ?? null, alarm)] ?? lists.others).push(alarm);
  }
  return found;
}

const bootOf = (drill: DrillReport, alarms: ReportedAlarm[]): string | null =>
  drill.began?.boot_id ??
  alarms.find(alarm => alarm.drill === drill.id)?.alarmRaisedTime.boot_id ??
  null;

function during(drill: DrillReport, boot: string | null, alarm: ReportedAlarm): boolean {
  if (drill.repeats.some(repeat => repeat.failover !== null && repeat.failover === alarm.failover))
    return true;
  const { boot_id, mono_us } = alarm.alarmRaisedTime;
  const cuts = drill.repeats.flatMap(repeat => (repeat.cut_us === null ? [] : [repeat.cut_us]));
  const ends = drill.repeats.map(lastOf);
  if (boot_id !== boot || cuts.length === 0) return false;
  return mono_us >= Math.min(...cuts) && mono_us <= Math.max(...ends) + AFTERMATH_US;
}

/** The repeat with the record, else the last one that was cut before the alarm; -1: none. */
function repeatOfAlarm(drill: DrillReport, boot: string | null, alarm: ReportedAlarm): number {
  const named = drill.repeats.findIndex(
    repeat => repeat.failover !== null && repeat.failover === alarm.failover,
  );
  const { boot_id, mono_us } = alarm.alarmRaisedTime;
  if (named >= 0 || boot_id !== boot) return named;
  return drill.repeats.findLastIndex(({ cut_us }) => cut_us !== null && cut_us <= mono_us);
}

const lastOf = ({ cut_us, flowing_us, told_us, back }: RepeatReport): number =>
  Math.max(cut_us ?? 0, flowing_us ?? 0, told_us ?? 0, back?.healed_us ?? 0, back?.flowing_us ?? 0);
