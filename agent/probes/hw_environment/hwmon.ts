/** Sensors of a chip in the units that people read (Documentation/hwmon/sysfs-interface). */
import { sensorObject } from '../../topology/sensors.ts';
import type { HardwareEntry } from '../../topology/told.ts';
import type { HwEnvironmentObservation, SensorKind, SensorReading, Us } from '../../types.ts';

type Chip = HardwareEntry<'hwmon'>;
type Sensor = Chip['sensors'][number];
type Seen = Extract<HwEnvironmentObservation, { aspect: 'sensor' }>;

const KINDS: Readonly<Record<string, readonly [SensorKind, unit: string, per: number]>> = {
  temp: ['temperature', '°C', 1e3],
  fan: ['fan', 'RPM', 1],
  in: ['voltage', 'V', 1e3],
  curr: ['current', 'A', 1e3],
  power: ['power', 'W', 1e6],
};

/** instead: what to say of all of them; null: what they say. */
export function chipSensors(chip: Chip, instead: 'unknown' | 'absent' | null, t: Us): Seen[] {
  return chip.sensors.flatMap(sensor => {
    const known = KINDS[sensor.sensor.replace(/\d+$/, '')];
    if (known === undefined) return [];
    return {
      probe: 'hw_environment' as const,
      aspect: 'sensor' as const,
      subject: sensorObject(chip, sensor.sensor),
      measures: known[0],
      value: instead ?? readingOf(sensor, known),
      t,
      fru: null,
    };
  });
}

function readingOf(
  sensor: Sensor,
  [, unit, per]: readonly [SensorKind, string, number],
): SensorReading {
  const in_unit = (value: number | null) => (value === null ? null : value / per);
  return {
    input: in_unit(sensor.input),
    unit,
    low: in_unit(sensor.low),
    high: in_unit(sensor.high),
    critical: in_unit(sensor.critical),
    alarm: sensor.alarm,
    fault: sensor.fault,
    level: null,
    states: '',
  };
}
