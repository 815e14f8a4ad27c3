/** Pages of the alarm list. Pure. */
import type { KnownAlarm } from './model.ts';

/** The last alarm of the page before: pages are in this order, so those that come and go meanwhile shift nothing. */
type Cursor = readonly [raised_wall_us: number, id: string];

const cursorOf = ({ alarm }: KnownAlarm): Cursor => [alarm.alarmRaisedTime.wall_us, alarm.id];

const compare = (a: Cursor, b: Cursor): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]));

export const writeCursor = (last: KnownAlarm): string =>
  Buffer.from(JSON.stringify(cursorOf(last))).toString('base64url');

/** Null: it is none of ours. */
export function readCursor(text: string): Cursor | null {
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(cursor) || cursor.length !== 2) return null;
  const [raised, id] = cursor;
  return Number.isSafeInteger(raised) && typeof id === 'string' ? [raised, id] : null;
}

/** The oldest first; `more`: there is a page behind it. */
export function pageOf(
  known: readonly KnownAlarm[],
  after: Cursor | null,
  limit: number,
): { page: KnownAlarm[]; more: boolean } {
  const rest = known
    .filter(one => after === null || compare(cursorOf(one), after) > 0)
    .sort((a, b) => compare(cursorOf(a), cursorOf(b)));
  return { page: rest.slice(0, limit), more: rest.length > limit };
}
