/**
 * Lines of `ipmitool -c sel elist`: number, date, time, type and name of the sensor, event, Asserted, with commas or (without
 * -c) bars between them.
 */
import type { SelEntry } from '../../types.ts';
import { garbage, nothing, printable, type Read, value } from './read.ts';

/** More lines than this are not looked at: the last ones count. */
const ENTRIES_MAX = 256;

/** The oldest first. complaint: where ipmitool says that there are none. */
export function selEntries(output: string, complaint = ''): Read<SelEntry[]> {
  const lines = output.split('\n').filter(line => line.trim() !== '');
  if (/^SEL has no entries/i.test((lines[0] ?? complaint).trim())) return value([]);
  if (lines.length === 0) return garbage('ipmitool said nothing');
  const entries = lines.slice(-ENTRIES_MAX).map(entryOf);
  const read = entries.filter(one => one !== null);
  if (read.length > 0) return value(read);
  return lines.some(line => /^ *[0-9a-f]{1,4} *[|,]/i.test(line))
    ? nothing('records of its vendor alone')
    : garbage('what ipmitool said is no event log');
}

/** null: one of the vendor's own, of which nobody knows what it means, or none. */
function entryOf(line: string): SelEntry | null {
  const parts = line.split(line.includes('|') ? '|' : ',').map(part => part.trim());
  const [number = '', date = '', time = '', sensor = ''] = parts;
  if (!/^[0-9a-f]{1,4}$/i.test(number)) return null;
  // The words of an event may have a comma; behind its direction there may be readings.
  const end = parts.findIndex(part => /^(de)?asserted$/i.test(part));
  const what = printable(parts.slice(4, Math.max(end, 4)).join(', '), 96);
  const name = printable(sensor);
  const direction = parts[end] ?? '';
  if (name === null || what === null) return null;
  return {
    id: Number.parseInt(number, 16),
    time: printable(`${date} ${time}`) ?? '',
    sensor: name,
    event: what,
    asserted: !/^de/i.test(direction),
    fru: null,
  };
}
