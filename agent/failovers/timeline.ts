/** A failover record as a time line: data, for the terminal and for reports. */
import type { FailoverRecord, Us } from '../types.ts';

export type Moment =
  | 'cut'
  | 'lost'
  | 'seen'
  | 'switched'
  | 'flowing'
  | 'told'
  | 'healed'
  | 'back_switched'
  | 'back_flowing';

export interface TimelineEntry {
  what: Moment;
  /** Null: it did not happen (yet). */
  t_us: Us | null;
  /** ms after the cut, below 0: before it; with three decimals, which are µs. */
  offset_ms: number | null;
  /** The leg that was lost, or healed. */
  leg: string | null;
}

/** Every record has these, happened or not. */
const always: readonly Moment[] = ['cut', 'seen', 'switched', 'flowing', 'told'];

/** In the order in which it happened; what did not happen comes last. Equal times keep the order of `Moment`. */
export function timelineOf(record: FailoverRecord): TimelineEntry[] {
  const { cut, back } = record;
  const first = record.legs.find(one => one.lost_us === cut.t_us) ?? record.legs[0];
  const entry = (what: Moment, t_us: Us | null, leg: string | null = null): TimelineEntry => ({
    what,
    t_us,
    offset_ms: t_us === null ? null : (t_us - cut.t_us) / 1000,
    leg,
  });
  const entries = [
    entry('cut', cut.t_us, first?.leg ?? null),
    ...record.legs.filter(one => one !== first).map(one => entry('lost', one.lost_us, one.leg)),
    entry('seen', record.seen_us),
    entry('switched', record.switched_us),
    entry('flowing', record.flowing_us),
    entry('told', record.told_us),
    ...record.legs.map(one => entry('healed', one.healed_us, one.leg)),
    entry('back_switched', back?.switched_us ?? null),
    entry('back_flowing', back?.flowing_us ?? null),
  ];
  return entries
    .filter(one => one.t_us !== null || always.includes(one.what))
    .sort((a, b) => at(a) - at(b));
}

const at = ({ t_us }: TimelineEntry): number => t_us ?? Number.MAX_SAFE_INTEGER;
