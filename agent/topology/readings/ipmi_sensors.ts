/**
 * Lines of `ipmitool -c sdr elist all`. A sensor with a value: name, value, unit, status (ok, nc, cr, nr: its own limits;
 * ns: it is not read); one with states: name, number in hex and `h`, ok or ns, entity, states joined by ", ".
 */
import type { SensorKind, SensorReading } from '../../types.ts';
import { garbage, printable, type Read, value } from './read.ts';

/** A server has a hundred or two. */
const SENSORS_MAX = 512;

export interface IpmiSensor {
  name: string;
  kind: SensorKind;
  /** null: it is not read now, because it is not there or the host is off. */
  reading: SensorReading | null;
}

export function ipmiSensors(output: string): Read<IpmiSensor[]> {
  const lines = output.split('\n').filter(line => line.trim() !== '');
  if (lines.length === 0) return garbage('ipmitool said nothing');
  const sensors = lines
    .slice(0, SENSORS_MAX)
    .map(sensorOf)
    .filter(one => one !== null);
  if (sensors.length === 0) return garbage('what ipmitool said is no list of sensors');
  // Two of a name are told apart by nothing that stays.
  const names = new Set(sensors.map(one => one.name));
  return value([...names].map(name => sensors.find(one => one.name === name)!));
}

function sensorOf(line: string): IpmiSensor | null {
  const [first = '', second = '', ...rest] = line.split(',').map(part => part.trim());
  const name = printable(first, 32);
  if (name === null || rest.length < 1) return null;
  return /^[0-9A-F]{2}h$/.test(second) ? discrete(name, rest) : analog(name, second, rest);
}

const LEVELS: Readonly<Record<string, SensorReading['level']>> = {
  ok: 'ok',
  nc: 'minor',
  cr: 'major',
  nr: 'critical',
};

const UNITS: readonly (readonly [RegExp, SensorKind, string])[] = [
  [/^degrees C$/i, 'temperature', '°C'],
  [/^RPM$/i, 'fan', 'RPM'],
  [/^Volts$/i, 'voltage', 'V'],
  [/^Amps$/i, 'current', 'A'],
  [/^Watts$/i, 'power', 'W'],
];

/** A value is a whole number, or has three digits behind the point: a comma there is another locale. */
function analog(name: string, told: string, [unit = '', status = '']: string[]): IpmiSensor | null {
  const level = LEVELS[status] ?? null;
  if (level === null && status !== 'ns') return null;
  const [, kind, shown] = UNITS.find(([pattern]) => pattern.test(unit)) ?? [null, 'other', unit];
  if (level === null) return { name, kind, reading: null };
  if (!/^-?\d{1,9}(\.\d{1,6})?$/.test(told)) return null;
  const of = isFan(name) ? 'fan' : (kind as SensorKind);
  const reading = { ...untold, input: Number(told), unit: printable(shown, 16) ?? '', level };
  return { name, kind: of, reading };
}

/** Fans of some vendors turn in percent. */
const isFan = (name: string): boolean => /^(sys_?|cpu_?)?fan\b|^fan/i.test(name);

/** What sensors with states say (IPMI 2.0, tables 42-2 and 42-3, as ipmitool words them), and how bad that is. */
const STATES: readonly (readonly [RegExp, SensorReading['level']])[] = [
  [/Non-recoverable|Thermal Trip|IERR/i, 'critical'],
  [/Failure detected|AC lost|input lost|input out-of-range|Power Supply Inactive/i, 'major'],
  [/Drive Fault|In Critical Array|In Failed Array|Uncorrectable|Bus Fatal/i, 'major'],
  [/Redundancy Lost|Non-Redundant|to Critical|Failed$|Performance Lags|Limit Exceeded$/i, 'major'],
  [/Predictive Failure|Config Error|Redundancy Degraded|to Non-Critical/i, 'minor'],
  [/Low Battery|Battery low|Correctable.*limit/i, 'minor'],
];

function discrete(name: string, [status = '', , ...rest]: string[]): IpmiSensor | null {
  const states = printable(rest.join(', '), 128) ?? '';
  const kind = /power supply|^ps(u|\d|\b)|^pwr/i.test(`${name} ${states}`)
    ? 'supply'
    : kindOf(name);
  if (status === 'ns') return { name, kind, reading: null };
  if (status !== 'ok') return null;
  const level = STATES.find(([pattern]) => rest.some(state => pattern.test(state)))?.[1] ?? 'ok';
  return { name, kind, reading: { ...untold, level, states } };
}

const kindOf = (name: string): SensorKind => (isFan(name) ? 'fan' : 'other');

const untold = {
  input: null,
  unit: '',
  low: null,
  high: null,
  critical: null,
  alarm: null,
  fault: null,
  states: '',
};
