/** Sensors, power supplies, thermal trips, and the management controller's event log. */
import { describeFru, supplyFru } from '../../topology/fru.ts';
import { selEntries } from '../../topology/readings/ipmi_sel.ts';
import { type IpmiSensor, ipmiSensors } from '../../topology/readings/ipmi_sensors.ts';
import type { Read } from '../../topology/readings/read.ts';
import { bmcSensorObject } from '../../topology/sensors.ts';
import type { Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { HardwareEntry } from '../../topology/told.ts';
import type { HwEnvironmentObservation, SelEntry, Us } from '../../types.ts';
import type { FrameOf } from '../../wire.ts';
import type { Probe } from '../probe.ts';
import { diskTemperature } from './disk_temperature.ts';
import { chipSensors } from './hwmon.ts';

export const probe: Probe = {
  name: 'hw_environment',
  observe(frame, topology) {
    const t = frame.data.t_us;
    return [
      ...chips(topology, t),
      ...readings(topology, t),
      ...supplies(topology, t),
      ...(frame.type === 'thermal_trip' ? trip(frame.data) : []),
    ];
  },
};

export type Of<A> = Extract<HwEnvironmentObservation, { aspect: A }>;

/** A sensor that its chip has no more is gone with it, or is left as it was: chips do not lose sensors. */
function chips(topology: Topology, t: Us): Of<'sensor'>[] {
  const { hardware, gone } = topology.effect;
  const left = gone.hardware.flatMap(one =>
    one.kind === 'hwmon' ? chipSensors(one.entry, 'absent', t) : [],
  );
  const told = [...new Set(hardware.hwmon)].flatMap(key => {
    const chip = tableGet(topology.hardware.hwmon, key);
    if (chip === undefined) return [];
    return chip.stale ? chipSensors(chip, 'unknown', t) : chipSensors(chip, null, chip.t);
  });
  return [...left, ...told];
}

type Reading = HardwareEntry<'reading'>;

function readings(topology: Topology, t: Us): HwEnvironmentObservation[] {
  const { hardware, gone } = topology.effect;
  const left = gone.hardware.flatMap(one =>
    one.kind === 'reading' ? reading(topology, one.entry, t, 'absent') : [],
  );
  const told = [...new Set(hardware.reading)].flatMap(key => {
    const one = tableGet(topology.hardware.reading, key);
    if (one === undefined) return [];
    return reading(topology, one, one.stale ? t : one.t, one.stale ? 'unknown' : null);
  });
  return [...left, ...told];
}

/** instead: what to say of all that it tells of; null: what it says. */
function reading(
  topology: Topology,
  told: Reading,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): HwEnvironmentObservation[] {
  switch (told.tool) {
    case 'ipmi-sel':
      return [eventLog(topology, told, t, instead)];
    case 'ipmi-sensors':
      return [...bmcSensors(topology, told, t, instead), sensors(instead ?? 'present', t)];
    default:
      return diskTemperature(topology, told, t, instead);
  }
}

function eventLog(
  topology: Topology,
  told: Reading,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'log'> {
  const made = { probe: 'hw_environment', aspect: 'log', subject: 'bmc/log', t } as const;
  if (instead !== null) return { ...made, value: instead };
  const read = usable(told, selEntries);
  if (read.is !== 'value') return { ...made, value: 'unknown' };
  return { ...made, value: { entries: read.value.map(one => withFru(topology, one)) } };
}

/** Of power supplies alone the name tells which one it is. */
function withFru(topology: Topology, entry: SelEntry): SelEntry {
  const name = /^Power Supply (.+)$/.exec(entry.sensor)?.[1];
  return name === undefined ? entry : { ...entry, fru: describeFru(supplyFru(topology, name)) };
}

/** What ended before its end proves nothing. */
const usable = <T>(
  told: Reading,
  parse: (output: string, complaint: string) => Read<T>,
): Read<T> =>
  told.outcome === 'ok'
    ? parse(told.output, told.complaint)
    : { is: 'garbage', reason: told.outcome };

const sensors = (value: Of<'sensors'>['value'], t: Us): Of<'sensors'> => ({
  probe: 'hw_environment',
  aspect: 'sensors',
  subject: 'bmc/sensors',
  value,
  t,
});

/** Of an output that cannot be read nobody knows whose sensors are unknown: they stay as they were, which clears nothing. */
function bmcSensors(
  topology: Topology,
  told: Reading,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Of<'sensor'>[] {
  const read = usable(told, ipmiSensors);
  if (read.is !== 'value') return [];
  return read.value.map(({ name, kind, reading: value }: IpmiSensor) => ({
    probe: 'hw_environment',
    aspect: 'sensor',
    subject: bmcSensorObject(name),
    measures: kind,
    value: instead ?? value ?? 'unknown',
    t,
    fru: kind === 'supply' ? describeFru(supplyFru(topology, name)) : null,
  }));
}

function supplies(topology: Topology, t: Us): Of<'supply'>[] {
  const { hardware, gone } = topology.effect;
  const make = (name: string, value: Of<'supply'>['value'], at: Us): Of<'supply'> => ({
    probe: 'hw_environment',
    aspect: 'supply',
    subject: `supply/${name}`,
    value,
    t: at,
    fru: describeFru(supplyFru(topology, name)),
  });
  const left = gone.hardware.flatMap(one =>
    one.kind === 'power_supply' ? [make(one.entry.supply, 'absent', t)] : [],
  );
  const told = [...new Set(hardware.power_supply)].flatMap(name => {
    const one = tableGet(topology.hardware.power_supply, name);
    if (one === undefined) return [];
    const { kind, online, health, status } = one;
    return [
      one.stale ? make(name, 'unknown', t) : make(name, { kind, online, health, status }, one.t),
    ];
  });
  return [...left, ...told];
}

/** Passive and active trips are how a zone is kept cool. */
function trip({ zone, kind, t_us: t }: FrameOf<'thermal_trip'>['data']): Of<'trip'>[] {
  if (kind !== 'hot' && kind !== 'critical') return [];
  const subject = `sensor/thermal/${zone}` as const;
  return [{ probe: 'hw_environment', aspect: 'trip', subject, value: { kind }, t }];
}
