/** QSFP, QSFP+, QSFP28: four lanes by SFF-8636 (rev 2.11): values in the lower half, thresholds in page 03h. */
import type { OpticsReading } from '../../../types.ts';
import { reading, scaled, thresholdsAt } from './level.ts';
import { bit, MAIN, memoryOf, type Pages } from './memory.ts';

/** Lower half, status indicators. */
const STATUS = 2;
const FLAT_MEMORY = 2;
const DATA_NOT_READY = 0;
/** Byte 1: from this revision on (2.8) byte 220 says of temperature and supply whether they are monitored. */
const REVISION = 1;
const REVISION_2_8 = 0x08;
/** Loss of signal, bits 3..0 receive, 7..4 transmit. */
const LOS = 3;
/** Lanes whose laser the host has switched off, bits 3..0. */
const TX_DISABLE = 86;
/** Page 00h, device technology; bits 7..4 from Ah on: copper. */
const TECHNOLOGY = 147;
/** Page 00h, diagnostic monitoring type. */
const MONITORING = 220;
const TEMPERATURE_MONITORED = 5;
const SUPPLY_MONITORED = 4;
const TX_POWER_MONITORED = 2;

const CELSIUS = 1 / 256;
const VOLT = 100e-6;
const MILLIAMPERE = 2e-3;
const MILLIWATT = 1e-4;
const LANES = [0, 1, 2, 3];

export function sff8636(pages: Pages): OpticsReading[] {
  const main = memoryOf(pages, MAIN);
  const limits = memoryOf(pages, MAIN, 3);
  const status = main.byte(STATUS);
  if (status === null || bit(status, FLAT_MEMORY) || bit(status, DATA_NOT_READY)) return [];
  if ((main.byte(TECHNOLOGY) ?? 0) >> 4 >= 0xa) return [];
  const monitored = main.byte(MONITORING);
  const says = (number: number) =>
    monitored !== null && (main.byte(REVISION) ?? 0) >= REVISION_2_8
      ? bit(monitored, number)
      : null;
  // Where nothing says whether it is monitored, nothing but zero means that it is not.
  const has = (said: boolean | null, at: number) => said ?? main.word(at) !== 0;
  const [los, disabled] = [main.byte(LOS), main.byte(TX_DISABLE)];
  const read = (
    monitor: OpticsReading['monitor'],
    lane: number,
    raw: 'word' | 'signed',
    unit: number,
    [at, limitsAt]: [number, number],
  ) =>
    reading(
      monitor,
      lane,
      scaled(main[raw], unit)(at),
      thresholdsAt(scaled(limits[raw], unit), limitsAt),
    );
  const found: OpticsReading[] = [];
  if (has(says(TEMPERATURE_MONITORED), 22)) {
    found.push(...read('temperature', 0, 'signed', CELSIUS, [22, 128]));
  }
  if (has(says(SUPPLY_MONITORED), 26)) {
    found.push(...read('supply', 0, 'word', VOLT, [26, 144]));
  }
  const txPower = monitored === null ? main.word(50) !== 0 : bit(monitored, TX_POWER_MONITORED);
  for (const lane of LANES) {
    // A lane that is not used, or is dead, is the link's matter and no decay of the optics.
    if (!bit(los, 4 + lane) && !bit(disabled, lane)) {
      found.push(...read('tx-bias', lane, 'word', MILLIAMPERE, [42 + 2 * lane, 184]));
      if (txPower) {
        found.push(...read('tx-power', lane, 'word', MILLIWATT, [50 + 2 * lane, 192]));
      }
    }
    if (!bit(los, lane)) {
      found.push(...read('rx-power', lane, 'word', MILLIWATT, [34 + 2 * lane, 176]));
    }
  }
  return found;
}
