/**
 * The SMART / Health Information log of an NVMe controller, by the names that `nvme smart-log -o json` (nvme-cli 1 and 2)
 * and `smartctl --json` give its fields.
 */
import type { DiskHealth } from '../../types.ts';
import { countOf, type Fields, fieldsOf, garbage, type Read, value, within } from './read.ts';

/** Critical warning (NVM Express base 2.0, figure 207). */
export const NVME_WARNING = {
  spare: 0x01,
  temperature: 0x02,
  reliability: 0x04,
  read_only: 0x08,
  backup: 0x10,
  memory_region: 0x20,
} as const;

export function nvmeLog(output: string): Read<DiskHealth> {
  if (output.trim() === '') return garbage('nvme said nothing');
  const all = fieldsOf(output);
  if (all === null) return garbage('what nvme said is no JSON object');
  const health = nvmeHealth(all);
  return health.warning === null
    ? garbage('what nvme said has no critical_warning')
    : value(health);
}

/** What is missing is null. */
export function nvmeHealth(log: Fields): DiskHealth {
  const warning = warningOf(log);
  const media = countOf(log, 'media_errors');
  return {
    protocol: 'nvme',
    // Too hot is not ill.
    passed: warning === null ? null : (warning & ~NVME_WARNING.temperature) === 0,
    warning,
    spare: countOf(log, 'avail_spare', 'available_spare'),
    spare_limit: countOf(log, 'spare_thresh', 'available_spare_threshold'),
    used: countOf(log, 'percent_used', 'percentage_used'),
    temperature: temperatureOf(log),
    below: [],
    counters: media === null ? {} : { media },
  };
}

/** With --verbose nvme-cli makes an object of it. */
function warningOf(log: Fields): number | null {
  const bits =
    countOf(log, 'critical_warning') ?? countOf(within(log, 'critical_warning'), 'value');
  return bits === null ? null : bits & 0xff;
}

/** The log has K, and so has nvme-cli; smartctl says °C. No disk works at 150 °C, and none below -123 °C. */
function temperatureOf(log: Fields): number | null {
  const told = countOf(log, 'temperature');
  if (told === null || told === 0) return null;
  return told > 150 ? told - 273 : told;
}
