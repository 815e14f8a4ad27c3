/** Hardware as `pathwarden hw` shows it: a table for each kind, its facts as columns. */
import type { HardwareReport } from '../control/protocol.ts';
import type { Component } from '../types.ts';
import { count } from './format.ts';
import { type Column, clean, type Paint, paint, type Terminal, table } from './terminal.ts';

type Kind = Component['kind'];

/** Title, the id's column, and what one and many are called. */
const KINDS: Readonly<Record<Kind, { title: string; id: string; one: string; many?: string }>> = {
  host: { title: 'host', id: '', one: 'host' },
  processor: { title: 'processors', id: 'SOCKET', one: 'processor' },
  dimm: { title: 'memory', id: 'DIMM', one: 'DIMM' },
  pci: { title: 'PCI', id: 'FUNCTION', one: 'PCI function' },
  disk: { title: 'disks', id: 'DISK', one: 'disk' },
  array: { title: 'arrays', id: 'ARRAY', one: 'array' },
  filesystem: { title: 'file systems', id: 'MOUNTED AT', one: 'file system' },
  sensor: { title: 'sensors', id: 'SENSOR', one: 'sensor' },
  supply: { title: 'power supplies', id: 'SUPPLY', one: 'power supply', many: 'power supplies' },
  watchdog: { title: 'watchdogs', id: 'WATCHDOG', one: 'watchdog' },
};
export const HW_KINDS = Object.keys(KINDS) as Kind[];

/** While they are ok, how many there are is enough. */
const COUNTED: ReadonlySet<Kind> = new Set(['filesystem', 'sensor', 'watchdog']);

/** What a narrower terminal has no room for. */
const WIDE_COLUMNS = 110;
const SPARED: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  pci: ['driver'],
  disk: ['spare'],
  sensor: ['low', 'high'],
};

const HEALTH: Readonly<Record<Component['health'], Paint>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  unknown: 'cyan',
};

export function renderHardware(out: Terminal, report: HardwareReport, all: boolean): string {
  const { components, helper, reader } = report;
  const hidden = components.filter(one => !all && one.health === 'ok' && COUNTED.has(one.kind));
  const shown = components.filter(one => !hidden.includes(one));
  const counted = HW_KINDS.flatMap(kind => {
    const { one, many } = KINDS[kind];
    const number = hidden.filter(other => other.kind === kind).length;
    return number === 0 ? [] : [count(number, one, many)];
  });
  return [
    headText(out, report),
    helper ? '' : `${paint(out, 'red', 'The helper is not connected: nothing of it is sure.')}\n`,
    reader
      ? ''
      : `${paint(out, 'yellow', 'pathwarden-reader has not told of everything: no health of disks, no sensors.')}\n`,
    ...HW_KINDS.map(kind =>
      kindText(
        out,
        kind,
        shown.filter(one => one.kind === kind),
      ),
    ),
    counted.length === 0 ? '' : `\nAll ok, shown with --all: ${counted.join(', ')}.\n`,
  ].join('');
}

function headText(out: Terminal, { host, components }: HardwareReport): string {
  const parts = (['failed', 'warning', 'unknown'] as const).flatMap(health => {
    const number = components.filter(one => one.health === health).length;
    return number === 0 ? [] : [paint(out, HEALTH[health], `${number} ${health}`)];
  });
  const verdict = parts.length === 0 ? [paint(out, 'green', 'all ok')] : parts;
  const total = count(components.length, 'component');
  return `${paint(out, 'bold', clean(host))}  ${[total, ...verdict].join(', ')}\n`;
}

function kindText(out: Terminal, kind: Kind, components: Component[]): string {
  if (components.length === 0) return '';
  if (kind === 'host') return components.map(one => hostText(out, one)).join('');
  const spared = out.columns !== null && out.columns < WIDE_COLUMNS ? (SPARED[kind] ?? []) : [];
  const names = [...new Set(components.flatMap(one => one.facts.map(([name]) => name)))].filter(
    name => !spared.includes(name),
  );
  // A disk is among the disks; its controller has no number of its own.
  const serials = kind !== 'pci' && components.some(one => one.fru?.serial != null);
  const columns: Column[] = [
    { title: KINDS[kind].id, shrink: kind === 'filesystem' || kind === 'sensor' },
    { title: 'HEALTH' },
    { title: 'WHAT', shrink: true },
    ...(serials ? [{ title: 'SERIAL', shrink: true }] : []),
    ...names.map(name => ({ title: clean(name).toUpperCase(), shrink: true })),
  ];
  const rows = components.map(one => [
    clean(idText(one)),
    healthText(out, one),
    clean(one.name) || '-',
    ...(serials ? [clean(one.fru?.serial ?? '-')] : []),
    ...names.map(name => clean(factOf(one, name) ?? '-')),
  ]);
  const lines = table(out, columns, rows, '  ').trimEnd().split('\n');
  const text = lines.flatMap((line, i) => [line, ...alarmLines(out, components[i - 1])]);
  return `\n${paint(out, 'bold', KINDS[kind].title)}\n${text.join('\n')}\n`;
}

function hostText(out: Terminal, host: Component): string {
  const { name, fru, facts } = host;
  const lines: [string, string][] = [
    ['host', `${name}${fru?.serial ? `, serial ${fru.serial}` : ''}`],
    ...facts,
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return [
    '\n',
    ...lines.map(([title, text]) => `  ${title.padEnd(width)}  ${clean(text)}\n`),
    ...alarmLines(out, host).map(line => `${line}\n`),
  ].join('');
}

/** Without the kind, which the table's title says. */
const idText = ({ id, kind }: Component): string =>
  kind === 'sensor' && !id.startsWith('sensor/') ? id : id.slice(id.indexOf('/') + 1);

const healthText = (out: Terminal, { health }: Component): string =>
  paint(out, HEALTH[health], health);

const factOf = (one: Component, name: string): string | null =>
  one.facts.find(([other]) => other === name)?.[1] ?? null;

function alarmLines(out: Terminal, component: Component | undefined): string[] {
  if (component === undefined || component.alarms.length === 0) return [];
  const how = HEALTH[component.health];
  return [`    ${paint(out, how, [...new Set(component.alarms)].join(', '))}`];
}
