/** A reading against the module's own thresholds. */
import type { OpticsReading } from '../../../types.ts';

/** In the order in which all three standards store them. */
export interface Thresholds {
  high_alarm: number | null;
  low_alarm: number | null;
  high_warning: number | null;
  low_warning: number | null;
}

export type Read = (at: number) => number | null;

/** Four numbers of two bytes each. */
export const thresholdsAt = (read: Read, at: number): Thresholds => ({
  high_alarm: read(at),
  low_alarm: read(at + 2),
  high_warning: read(at + 4),
  low_warning: read(at + 6),
});

/** Null: no value, so no reading. */
export function reading(
  monitor: OpticsReading['monitor'],
  lane: number,
  value: number | null,
  thresholds: Thresholds,
): OpticsReading[] {
  if (value === null || !Number.isFinite(value)) return [];
  return [{ monitor, lane, value, ...levelOf(value, thresholds) }];
}

function levelOf(value: number, of: Thresholds): Pick<OpticsReading, 'level' | 'threshold'> {
  const alarm = passed(value, of.high_alarm, of.low_alarm);
  if (alarm !== null) return { level: `${alarm.side}-alarm`, threshold: alarm.threshold };
  const warning = passed(value, of.high_warning, of.low_warning);
  if (warning !== null) return { level: `${warning.side}-warning`, threshold: warning.threshold };
  return { level: 'ok', threshold: null };
}

/** A pair whose high is not above its low was never filled in. */
function passed(value: number, high: number | null, low: number | null) {
  if (high === null || low === null || high <= low) return null;
  if (value > high) return { side: 'high', threshold: high } as const;
  return value < low ? ({ side: 'low', threshold: low } as const) : null;
}

/** Scales what a reader gives; null stays null. */
export const scaled =
  (read: Read, unit: number): Read =>
  at => {
    const value = read(at);
    return value === null ? null : value * unit;
  };
