/**
 * QSFP-DD, OSFP and all that follow the Common Management Interface Specification (OIF-CMIS 5.2): thresholds in page 02h,
 * up to eight lanes in page 11h.
 */
import type { OpticsReading } from '../../../types.ts';
import { reading, scaled, thresholdsAt } from './level.ts';
import { bit, MAIN, memoryOf, type Pages } from './memory.ts';

/** Lower memory, management characteristics. */
const CHARACTERISTICS = 2;
const FLAT_MEMORY = 7;
/** Page 01h, supported monitors: of the module (bit 0 temperature, 1 supply) and of its lanes (0 bias, 1 tx, 2 rx). */
const MODULE_MONITORS = 159;
const LANE_MONITORS = 160;
const BIAS_MULTIPLIERS = [1, 2, 4, 1];
/** Page 11h, data path state: four bits a lane, the lower lane in the lower ones. */
const DATA_PATH_STATE = 128;
const ACTIVATED = 4;
/** Page 11h, bit n of lane n: no signal from the host, and from the fibre. */
const TX_LOS = 136;
const RX_LOS = 147;

const CELSIUS = 1 / 256;
const VOLT = 100e-6;
const MILLIAMPERE = 2e-3;
const MILLIWATT = 1e-4;
const LANES = [0, 1, 2, 3, 4, 5, 6, 7];

export function cmis(pages: Pages): OpticsReading[] {
  const lower = memoryOf(pages, MAIN);
  const [advertised, limits, lanes] = [1, 2, 0x11].map(page => memoryOf(pages, MAIN, page));
  const characteristics = lower.byte(CHARACTERISTICS);
  if (characteristics === null || bit(characteristics, FLAT_MEMORY)) return [];
  const [ofModule, ofLanes] = [advertised!.byte(MODULE_MONITORS), advertised!.byte(LANE_MONITORS)];
  const multiplier = BIAS_MULTIPLIERS[((ofLanes ?? 0) >> 3) & 3]!;
  const found: OpticsReading[] = [];
  if (bit(ofModule, 0)) {
    const limit = thresholdsAt(scaled(limits!.signed, CELSIUS), 128);
    found.push(...reading('temperature', 0, scaled(lower.signed, CELSIUS)(14), limit));
  }
  if (bit(ofModule, 1)) {
    const limit = thresholdsAt(scaled(limits!.word, VOLT), 136);
    found.push(...reading('supply', 0, scaled(lower.word, VOLT)(16), limit));
  }
  const read = (monitor: OpticsReading['monitor'], lane: number, unit: number, at: number[]) => {
    const value = scaled(lanes!.word, unit)(at[0]! + 2 * lane);
    return reading(monitor, lane, value, thresholdsAt(scaled(limits!.word, unit), at[1]!));
  };
  for (const lane of LANES) {
    const states = lanes!.byte(DATA_PATH_STATE + (lane >> 1));
    const state = ((states ?? 0) >> (lane % 2 === 0 ? 0 : 4)) & 0xf;
    // A lane that is not used, or is dead, is the link's matter and no decay of the optics.
    if (state !== ACTIVATED) continue;
    if (!bit(lanes!.byte(TX_LOS), lane)) {
      if (bit(ofLanes, 0)) {
        found.push(...read('tx-bias', lane, MILLIAMPERE * multiplier, [170, 184]));
      }
      if (bit(ofLanes, 1)) found.push(...read('tx-power', lane, MILLIWATT, [154, 176]));
    }
    if (bit(ofLanes, 2) && !bit(lanes!.byte(RX_LOS), lane)) {
      found.push(...read('rx-power', lane, MILLIWATT, [186, 192]));
    }
  }
  return found;
}
