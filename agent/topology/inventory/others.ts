/** Arrays, file systems, sensors, power supplies, watchdogs. */
import type { Fru } from '../../types.ts';
import { supplyFru } from '../fru.ts';
import { ipmiSensors } from '../readings/ipmi_sensors.ts';
import { bmcSensorObject, sensorObject } from '../sensors.ts';
import { type SmbiosSupply, smbiosOf } from '../smbios/index.ts';
import type { Topology } from '../state.ts';
import { tableGet, tableValues } from '../table.ts';
import type { HardwareEntry } from '../told.ts';
import { facts, type Part } from './part.ts';

export const arrayParts = ({ hardware }: Topology): Part[] =>
  [...tableValues(hardware.md)].map(one => ({
    id: `array/${one.array}`,
    kind: 'array',
    name: `${one.level ?? 'array'} of ${one.members.map(({ disk }) => disk).join(', ') || 'nothing'}`,
    fru: null,
    facts: facts(
      ['state', one.state],
      ['missing', one.degraded > 0 ? `${one.degraded} of ${one.raid_disks}` : null],
      ['action', one.action === 'idle' ? null : one.action],
    ),
    t: one.t,
    stale: one.stale,
  }));

export const filesystemParts = ({ hardware }: Topology): Part[] =>
  [...tableValues(hardware.mount)].map(one => ({
    id: `filesystem/${one.point}`,
    kind: 'filesystem',
    name: `${one.filesystem} on ${one.source}`,
    fru: null,
    facts: facts(['access', one.super_read_only || one.read_only ? 'read-only' : null]),
    t: one.t,
    stale: one.stale,
  }));

/** Kernel's unit → people's (Documentation/hwmon/sysfs-interface). */
const UNITS: Readonly<Record<string, readonly [what: string, unit: string, per: number]>> = {
  temp: ['temperature', '°C', 1e3],
  fan: ['fan', 'RPM', 1],
  in: ['voltage', 'V', 1e3],
  curr: ['current', 'A', 1e3],
  power: ['power', 'W', 1e6],
};

export const sensorParts = (topology: Topology): Part[] => [
  ...[...tableValues(topology.hardware.hwmon)].flatMap(chip =>
    chip.sensors.flatMap(sensor => chipSensor(chip, sensor)),
  ),
  ...bmcSensors(topology),
];

function chipSensor(
  chip: HardwareEntry<'hwmon'>,
  { sensor, input, low, high, critical }: HardwareEntry<'hwmon'>['sensors'][number],
): Part[] {
  const known = UNITS[sensor.replace(/\d+$/, '')];
  if (known === undefined) return [];
  const [name, unit, per] = known;
  const show = (value: number | null) =>
    value === null ? null : `${Number((value / per).toFixed(2))} ${unit}`;
  return [
    {
      id: sensorObject(chip, sensor),
      kind: 'sensor',
      name,
      fru: null,
      facts: facts(
        ['value', show(input)],
        ['low', show(low)],
        ['high', show(high)],
        ['critical', show(critical)],
      ),
      t: chip.t,
      stale: chip.stale,
    },
  ];
}

const bmcReading = ({ hardware }: Topology) => {
  const told = tableGet(hardware.reading, 'ipmi-sensors bmc');
  const read = told === undefined ? null : ipmiSensors(told.output);
  return told === undefined || read?.is !== 'value' ? null : { told, sensors: read.value };
};

function bmcSensors(topology: Topology): Part[] {
  const { told, sensors } = bmcReading(topology) ?? { sensors: [] };
  return sensors.flatMap(({ name, kind, reading }) =>
    reading === null || told === undefined
      ? []
      : {
          id: bmcSensorObject(name),
          kind: 'sensor' as const,
          name: kind,
          fru: null,
          facts: facts(
            ['value', reading.input === null ? null : `${reading.input} ${reading.unit}`.trim()],
            ['says', reading.states],
          ),
          t: told.t,
          stale: told.stale,
          also: [`bmc/${name}`],
        },
  );
}

/** Those that the kernel knows, and of servers, whose kernel knows none, those that firmware tells of. */
export const supplyParts = (topology: Topology): Part[] => [
  ...[...tableValues(topology.hardware.power_supply)].map(one => ({
    id: `supply/${one.supply}`,
    kind: 'supply' as const,
    name: [one.kind, one.model].filter(Boolean).join(' '),
    fru: supplyFru(topology, one.supply),
    facts: facts(
      ['online', one.online === null ? null : one.online ? 'yes' : 'no'],
      ['health', one.health],
      ['status', one.status],
    ),
    t: one.t,
    stale: one.stale,
  })),
  ...smbiosOf(topology).supplies.map(one => firmwareSupply(topology, one)),
];

/** Its health is what the management controller's sensors of it say. */
function firmwareSupply(topology: Topology, { fru, name, watts }: SmbiosSupply): Part {
  const dmi = tableGet(topology.hardware.reading, 'dmi host');
  const own = (bmcReading(topology)?.sensors ?? [])
    .filter(({ kind }) => kind === 'supply')
    .filter(sensor => isSame(supplyFru(topology, sensor.name), fru))
    .map(sensor => sensor.name);
  return {
    id: `supply/${fru.slot ?? name ?? fru.serial ?? 'unnamed'}`,
    kind: 'supply',
    name: [fru.vendor, fru.part].filter(Boolean).join(' ') || 'power supply',
    fru,
    facts: facts(['power', watts === null ? null : `${watts} W`]),
    t: dmi?.t ?? 0,
    stale: dmi?.stale ?? true,
    also: own.flatMap(one => [bmcSensorObject(one), `bmc/${one}`]),
  };
}

const isSame = (a: Fru | null, b: Fru): boolean =>
  a !== null &&
  (a.serial === null || b.serial === null ? a.slot === b.slot : a.serial === b.serial);

export const watchdogParts = ({ hardware }: Topology): Part[] =>
  [...tableValues(hardware.watchdog)].map(one => ({
    id: `watchdog/${one.watchdog}`,
    kind: 'watchdog',
    name: one.identity || 'watchdog',
    fru: null,
    facts: facts(
      ['runs', one.active ? 'yes' : 'no'],
      ['timeout', one.timeout_s > 0 ? `${one.timeout_s} s` : null],
    ),
    t: one.t,
    stale: one.stale,
  }));
