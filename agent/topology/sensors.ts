/** What sensors are called: the same name after a reboot, and no other sensor's. */
import type { HardwareEntry } from './told.ts';

type Chip = HardwareEntry<'hwmon'>;

/** `nvme0`, `coretemp.0`, `k10temp-0000:00:18.3`, `acpitz`: its name, told apart by its device. */
export function chipName({ name, device }: Pick<Chip, 'name' | 'device'>): string {
  if (device === null) return name;
  return device.startsWith(name) ? device : `${name}-${device}`;
}

/** By its label if it has one that is its own in this chip. */
export function sensorName({ sensors }: Pick<Chip, 'sensors'>, sensor: string): string {
  const label = sensors.find(one => one.sensor === sensor)?.label ?? null;
  const own = label !== null && sensors.filter(one => one.label === label).length === 1;
  return own ? label : sensor;
}

export const sensorObject = (chip: Chip, sensor: string): `sensor/${string}` =>
  `sensor/${chipName(chip)}/${sensorName(chip, sensor)}`;

export const bmcSensorObject = (name: string): `sensor/${string}` => `sensor/bmc/${name}`;
