/** Whether a reading is out of its limits, with hysteresis: it is back when it is so by a margin, or has been for longer. */
import type { SensorKind, SensorReading, Severity, Us } from '../types.ts';
import { hardwareLimits } from './hw_limits.ts';

export interface Judged {
  bad: boolean;
  /** So long must it stay so. */
  delay_us: Us;
  severity: Exclude<Severity, 'CLEARED'> | null;
  what: string;
}

/** Flags that a chip has had up since it was first seen are those of inputs that nothing is connected to. */
export interface Flags {
  alarm: boolean;
  fault: boolean;
}

/** Null: nobody has set it limits, so nobody can say. was: it is out of them as far as is known. */
export function judgeReading(
  kind: SensorKind,
  reading: SensorReading,
  flags: Flags,
  was: boolean,
): Judged | null {
  const { level, states } = reading;
  if (level !== null) {
    const severity =
      level === 'ok' ? null : (level.toUpperCase() as 'MINOR' | 'MAJOR' | 'CRITICAL');
    const what = states === '' ? `${shown(reading, reading.input)}, by its own limits` : states;
    return { bad: level !== 'ok', delay_us: delayOf(level !== 'ok', true), severity, what };
  }
  const passed = limitPassed(kind, reading, was);
  if (passed?.bad) return passed;
  const flagged = flagOf(kind, reading, flags);
  if (flagged !== null) return flagged;
  const knows = reading.alarm !== null || reading.fault !== null;
  return passed ?? (knows ? { ...well, delay_us: delayOf(false, true) } : null);
}

const well = { bad: false, severity: null, what: '' };

function delayOf(bad: boolean, beyond: boolean): Us {
  const { clear_after_us, settle_us } = hardwareLimits.sensor;
  return bad ? 0 : beyond ? clear_after_us : settle_us;
}

function limitPassed(kind: SensorKind, reading: SensorReading, was: boolean): Judged | null {
  const { input } = reading;
  const { low, high, critical } = limitsOf(kind, reading);
  if (input === null || (low === null && high === null && critical === null)) return null;
  const upper = [critical, high].filter(one => one !== null);
  const over = upper.find(limit => input >= limit) ?? null;
  const under = low !== null && input < low ? low : null;
  if (over !== null || under !== null) {
    const limit = over ?? under!;
    const side =
      over !== null && over === critical ? 'critical at' : over !== null ? 'high at' : 'low at';
    const severity = over !== null && over === critical ? 'CRITICAL' : usual(kind);
    const what = `${shown(reading, input)}, ${side} ${shown(reading, limit)}`;
    return { bad: true, delay_us: 0, severity, what };
  }
  if (!was) return { ...well, delay_us: delayOf(false, true) };
  const beyond =
    upper.every(limit => input <= limit - marginOf(kind, limit)) &&
    (low === null || input >= low + marginOf(kind, low));
  return { ...well, delay_us: delayOf(false, beyond) };
}

const usual = (kind: SensorKind): 'MINOR' | 'MAJOR' => (kind === 'temperature' ? 'MINOR' : 'MAJOR');

function marginOf(kind: SensorKind, limit: number): number {
  const margin = hardwareLimits.sensor.margin[kind] ?? 0;
  return kind === 'temperature' ? margin : Math.abs(limit) * margin;
}

/** Chips that were never set up have limits of nothing, or a low one above the high. What is cold is no harm here. */
function limitsOf(kind: SensorKind, { low, high, critical }: SensorReading) {
  const set = (limit: number | null) => (limit !== null && limit > 0 ? limit : null);
  const sane = low === null || high === null || low < high;
  if (kind === 'temperature') return { low: null, high: set(high), critical: set(critical) };
  if (kind === 'fan') return { low: set(low), high: null, critical: null };
  if (kind === 'voltage' && !sane) return { low: null, high: null, critical: null };
  return { low: sane ? set(low) : null, high: set(high), critical: set(critical) };
}

function flagOf(kind: SensorKind, reading: SensorReading, flags: Flags): Judged | null {
  const said = [
    ...(reading.alarm === true && !flags.alarm ? ['its chip says alarm'] : []),
    ...(reading.fault === true && !flags.fault ? ['its chip says fault'] : []),
  ];
  if (said.length === 0) return null;
  const at = reading.input === null ? [] : [shown(reading, reading.input)];
  return { bad: true, delay_us: 0, severity: usual(kind), what: [...at, ...said].join(', ') };
}

const shown = ({ unit }: SensorReading, value: number | null): string =>
  value === null ? 'out of range' : `${Number(value.toFixed(unit === 'V' ? 3 : 1))} ${unit}`.trim();
