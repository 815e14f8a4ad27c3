/** All hardware that is known, with its health. Pure. */
import type { Alarm, Component } from '../../types.ts';
import { pciFru } from '../fru.ts';
import type { Topology } from '../state.ts';
import { tableGet } from '../table.ts';
import { dimmParts, hostPart, processorParts } from './board.ts';
import { diskParts, pciPart, pciParts } from './devices.ts';
import { arrayParts, filesystemParts, sensorParts, supplyParts, watchdogParts } from './others.ts';
import type { Part } from './part.ts';

type Active = Pick<Alarm, 'id' | 'type' | 'managedObjectId' | 'perceivedSeverity'>;

/** In the order of their kinds, by name within each. alarms: those that are active. */
export function components(topology: Topology, alarms: readonly Active[]): Component[] {
  const parts = [
    hostPart(topology),
    ...processorParts(topology),
    ...dimmParts(topology),
    ...pciParts(topology),
    ...diskParts(topology),
    ...arrayParts(topology),
    ...filesystemParts(topology),
    ...sensorParts(topology),
    ...supplyParts(topology),
    ...watchdogParts(topology),
  ];
  const hardware = alarms.map(placed).filter(isAboutHardware);
  const objects = new Set(parts.flatMap(part => [part.id, ...(part.also ?? [])]));
  const homeless = hardware.filter(({ managedObjectId: object }) => !objects.has(object));
  const strangers = [...new Set(homeless.map(one => one.managedObjectId))].map(object =>
    strangerPart(topology, object),
  );
  return [...parts, ...strangers]
    .map(part => component(part, hardware))
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || byName(a.id, b.id));
}

const KINDS: readonly Component['kind'][] = [
  ...(['host', 'processor', 'dimm', 'pci', 'disk', 'array'] as const),
  ...(['filesystem', 'sensor', 'supply', 'watchdog'] as const),
];

/** disk2 before disk10. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

function component({ also = [], stale, ...part }: Part, alarms: readonly Active[]): Component {
  const own = alarms.filter(
    ({ managedObjectId: object }) => object === part.id || also.includes(object),
  );
  const health = own.some(isFailure)
    ? 'failed'
    : own.length > 0
      ? 'warning'
      : stale
        ? 'unknown'
        : 'ok';
  return { ...part, health, alarms: own.map(({ type }) => type) };
}

/** What may fail, and what was corrected, has not failed, however urgent it is to act. */
const NOT_YET: ReadonlySet<string> = new Set([
  ...['disk-failing', 'memory-corrected-errors', 'cpu-corrected-errors', 'pcie-corrected-errors'],
]);

const isFailure = ({ type, perceivedSeverity: severity }: Active): boolean =>
  !NOT_YET.has(type) && (severity === 'CRITICAL' || severity === 'MAJOR');

const PREFIXES: Readonly<Record<string, Component['kind']>> = {
  cpu: 'processor',
  dimm: 'dimm',
  pci: 'pci',
  disk: 'disk',
  array: 'array',
  filesystem: 'filesystem',
  sensor: 'sensor',
  bmc: 'sensor',
  supply: 'supply',
  watchdog: 'watchdog',
};

/** Its object is numbered as the kernel counts, those of other alarms by their sockets. */
const placed = (alarm: Active): Active =>
  alarm.type === 'processor-offline' ? { ...alarm, managedObjectId: 'host' } : alarm;

/** Of the host, those that are about the monitor. */
const OWN: ReadonlySet<string> = new Set(['monitor-blind', 'spool-slow']);

const kindOf = (object: string): Component['kind'] | null =>
  object === 'host' ? 'host' : (PREFIXES[object.split('/', 1)[0]!] ?? null);

const isAboutHardware = ({ type, managedObjectId: object }: Active): boolean =>
  kindOf(object) !== null && !OWN.has(type);

/** An alarm's object that is no part: it has gone, or is none of those that are shown. */
function strangerPart(topology: Topology, object: string): Part {
  const address = object.slice('pci/'.length);
  const device = object.startsWith('pci/')
    ? tableGet(topology.hardware.pci_device, address)
    : undefined;
  if (device !== undefined) return pciPart(topology, device);
  const fru = object.startsWith('pci/') ? pciFru(topology, address) : null;
  const kind = kindOf(object)!;
  return { id: object, kind, name: '', fru, facts: [], t: topology.t, stale: false };
}
