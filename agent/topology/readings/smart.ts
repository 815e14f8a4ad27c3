/** The health of a disk as `smartctl --json -i -H -A -l error` has it (smartmontools 7.0 and later), whatever its exit code. */
import type { DiskCounter, DiskHealth } from '../../types.ts';
import { nvmeHealth } from './nvme_log.ts';
import {
  countOf,
  type Fields,
  fieldsOf,
  flagOf,
  garbage,
  listOf,
  nothing,
  numberOf,
  type Read,
  value,
  within,
  wordsOf,
} from './read.ts';

/** ATA knows 30 attributes at most, by its table's size. */
const ATTRIBUTES_MAX = 64;
const MESSAGES_MAX = 8;
/** A bit of smartctl's exit code. */
const NOT_OPEN = 0x02;

/** ATA attributes whose raw value counts what a healthy disk has none of. */
const COUNTERS: Readonly<Record<number, DiskCounter>> = {
  5: 'reallocated',
  187: 'reported',
  188: 'timeouts',
  197: 'pending',
  198: 'uncorrectable',
  199: 'interface',
};
/** Vendors pack more than one count into the 48 bits of these. */
const LOW_WORD: readonly number[] = [5, 188, 197, 198];

export function smartHealth(output: string): Read<DiskHealth> {
  if (output.trim() === '') return garbage('smartctl said nothing');
  const all = fieldsOf(output);
  if (all === null) return garbage('what smartctl said is no JSON object');
  const own = within(all, 'smartctl');
  const messages = listOf(own, 'messages', MESSAGES_MAX);
  const said = messages.map(one => wordsOf(one, 'string', 120)).filter(one => one !== null);
  const asleep = said.find(one => /\bin (STANDBY|SLEEP)\b/i.test(one));
  if (asleep !== undefined) return nothing(asleep);
  const health = healthOf(all);
  if (health !== null) return value(health);
  if (flagOf(within(all, 'smart_support'), 'available') === false)
    return nothing('the disk has no SMART');
  // A disk that cannot be opened, or does not say who it is.
  if ((countOf(own, 'exit_status') ?? 0) & NOT_OPEN)
    return garbage(said[0] ?? 'it cannot be opened');
  if (said.length > 0) return nothing(said[0]!);
  return Object.hasOwn(all, 'smartctl')
    ? nothing('smartctl has no word on its health')
    : garbage('what smartctl said is not its JSON');
}

function healthOf(all: Fields): DiskHealth | null {
  const nvme = within(all, 'nvme_smart_health_information_log');
  if (Object.keys(nvme).length > 0) return nvmeHealth(nvme);
  const passed = flagOf(within(all, 'smart_status'), 'passed');
  const attributes = listOf(within(all, 'ata_smart_attributes'), 'table', ATTRIBUTES_MAX);
  const scsi = scsiCounters(all);
  const isScsi = Object.keys(scsi).length > 0 || Object.hasOwn(all, 'scsi_version');
  if (passed === null && attributes.length === 0 && !isScsi) return null;
  return {
    ...none,
    protocol: isScsi && attributes.length === 0 ? 'scsi' : 'ata',
    passed,
    used: usedOf(attributes) ?? countOf(all, 'scsi_percentage_used_endurance_indicator'),
    temperature: temperatureOf(all),
    below: attributes.filter(isBelow).map(nameOf),
    counters: { ...ataCounters(attributes), ...scsi },
  };
}

const none = { warning: null, spare: null, spare_limit: null };

/** Of sensors that smartctl could not read it says 0. */
function temperatureOf(all: Fields): number | null {
  const told = numberOf(within(all, 'temperature'), 'current');
  return told === null || told === 0 ? null : told;
}

/** An attribute that predicts a failure, at or below its limit now; a limit of 0 is never reached. */
function isBelow(attribute: Fields): boolean {
  if (flagOf(within(attribute, 'flags'), 'prefailure') !== true) return false;
  if (wordsOf(attribute, 'when_failed') === 'now') return true;
  const [at, limit] = [countOf(attribute, 'value'), countOf(attribute, 'thresh')];
  return at !== null && limit !== null && limit > 0 && at <= limit;
}

const nameOf = (attribute: Fields): string =>
  [countOf(attribute, 'id'), wordsOf(attribute, 'name', 32)].filter(one => one !== null).join(' ');

function ataCounters(attributes: readonly Fields[]): DiskHealth['counters'] {
  const counters: Partial<Record<DiskCounter, number>> = {};
  for (const attribute of attributes) {
    const id = countOf(attribute, 'id') ?? 0;
    const counter = COUNTERS[id];
    const raw = countOf(within(attribute, 'raw'), 'value');
    if (counter === undefined || raw === null) continue;
    counters[counter] = LOW_WORD.includes(id) ? raw % 0x10000 : raw % 0x100000000;
  }
  return counters;
}

/** Of an SSD whose vendor counts down from 100: attributes 202, 231, 233 and others, of which the name alone tells. */
function usedOf(attributes: readonly Fields[]): number | null {
  const left = attributes
    .filter(one => /life.?(left|remain)|remain.*life|wearout|wear_level/i.test(nameOf(one)))
    .map(one => countOf(one, 'value'))
    .filter(one => one !== null && one <= 100) as number[];
  return left.length === 0 ? null : 100 - Math.min(...left);
}

function scsiCounters(all: Fields): DiskHealth['counters'] {
  const counters: Partial<Record<DiskCounter, number>> = {};
  const defects = countOf(all, 'scsi_grown_defect_list');
  if (defects !== null) counters.defects = defects;
  const log = within(all, 'scsi_error_counter_log');
  const uncorrected = ['read', 'write', 'verify']
    .map(kind => countOf(within(log, kind), 'total_uncorrected_errors'))
    .filter(one => one !== null) as number[];
  if (uncorrected.length > 0) counters.media = uncorrected.reduce((sum, one) => sum + one, 0);
  return counters;
}
