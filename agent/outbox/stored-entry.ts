/** A notice that comes back from the disk. */
import { type Clock, clamp } from '../time.ts';
import type { AlarmChange, Hops, Notice, RebuiltNotice, Us } from '../types.ts';
import { type Entry, newEntry } from './entry.ts';
import type { Known } from './routes.ts';
import type { StoredNotice } from './spool-protocol.ts';

/** A clock that was wrong before must not make a notice older than this. */
const AGE_MAX_US = 30 * 86_400 * 1e6;

/** Null: what is on disk cannot be read. `own`: it was put in this run, so its times are of this boot. */
export function storedEntry(
  row: StoredNotice,
  known: Known,
  own: boolean,
  clock: Clock,
): Entry | null {
  const { n, adapter, sequence, place, alarm_id, clears, opens, tries, error } = row;
  const now = clock.monoUs();
  const since_us = now - clamp(clock.wallUs() - row.put_wall_us, 0, AGE_MAX_US);
  try {
    const body = JSON.parse(row.text);
    const change: AlarmChange | null = row.change === null ? null : body;
    const notice: Notice | RebuiltNotice = change
      ? {
          key: `${change.alarm.id}/${change.revision}`,
          adapter,
          change,
          sequence,
          uncommitted: false,
        }
      : { ...body, uncommitted: false };
    const hops = change ? change.hops : withoutHops(since_us);
    return newEntry({
      n,
      place,
      notice,
      alarm: alarm_id,
      change: row.change,
      hops: own ? hops : shifted(hops, since_us - hops.alarm_us),
      since_us,
      clears,
      opens,
      known,
      restored: true,
      released: true,
      saved: true,
      commit_us: now,
      // An attempt that its agent did not see the end of is not counted, but may have been heard.
      earlierTries: row.near ? Math.max(1, tries) : tries,
      error,
    });
  } catch {
    return null;
  }
}

/** Of a notice that tells of no change. */
export const withoutHops = (alarm_us: Us): Hops => ({
  event_us: null,
  frame_us: null,
  observed_us: null,
  alarm_us,
});

/** Times of an earlier boot, or of an earlier run, in this boot's. */
function shifted(hops: Hops, by_us: Us): Hops {
  const moved = (us: Us | null) => (us === null ? null : us + by_us);
  return {
    event_us: moved(hops.event_us),
    frame_us: moved(hops.frame_us),
    observed_us: moved(hops.observed_us),
    alarm_us: hops.alarm_us + by_us,
  };
}
