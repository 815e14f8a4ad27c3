/**
 * SFP, SFP+, SFP28: the diagnostics of SFF-8472 (rev 12.4) at address A2h, with internal or external calibration.
 */
import type { OpticsReading } from '../../../types.ts';
import { type Read, reading, thresholdsAt } from './level.ts';
import { bit, DIAGNOSTICS, MAIN, type Memory, memoryOf, type Pages } from './memory.ts';

/** A0h, diagnostic monitoring type. */
const MONITORING = 92;
const IMPLEMENTED = 6;
const EXTERNALLY_CALIBRATED = 4;
/** A2h, status and control. */
const STATUS = 110;
const TX_DISABLED = 7;
const RX_LOS = 1;

/** Units: 1/256 °C, 100 µV, 2 µA, 0.1 µW. */
const CELSIUS = 1 / 256;
const VOLT = 100e-6;
const MILLIAMPERE = 2e-3;
const MILLIWATT = 1e-4;

/** Raw 16 bits → raw 16 bits as if the module had calibrated them itself. */
type Calibrate = (raw: number) => number | null;

interface Calibration {
  temperature: Calibrate;
  supply: Calibrate;
  bias: Calibrate;
  tx: Calibrate;
  rx: Calibrate;
}

export function sff8472(pages: Pages): OpticsReading[] {
  const monitoring = memoryOf(pages, MAIN).byte(MONITORING);
  if (!bit(monitoring, IMPLEMENTED)) return [];
  const a2 = memoryOf(pages, DIAGNOSTICS);
  if (!isAlive(a2)) return [];
  const by = bit(monitoring, EXTERNALLY_CALIBRATED) ? external(a2) : internal;
  const status = a2.byte(STATUS);
  const temperature = reader(a2.signed, by.temperature, CELSIUS);
  const supply = reader(a2.word, by.supply, VOLT);
  const bias = reader(a2.word, by.bias, MILLIAMPERE);
  const tx = reader(a2.word, by.tx, MILLIWATT);
  const rx = reader(a2.word, by.rx, MILLIWATT);
  const read = (monitor: OpticsReading['monitor'], value: Read, at: number, limits: number) =>
    // Thresholds of an externally calibrated module are as raw as its values.
    reading(monitor, 0, value(at), thresholdsAt(value, limits));
  return [
    ...read('temperature', temperature, 96, 0),
    ...read('supply', supply, 98, 8),
    // A laser that is switched off, or no light at all, is the link's matter and no decay of the optics.
    ...(bit(status, TX_DISABLED) ? [] : read('tx-bias', bias, 100, 16)),
    ...(bit(status, TX_DISABLED) ? [] : read('tx-power', tx, 102, 24)),
    ...(bit(status, RX_LOS) ? [] : read('rx-power', rx, 104, 32)),
  ];
}

const reader =
  (raw: Read, calibrate: Calibrate, unit: number): Read =>
  at => {
    const value = raw(at);
    const calibrated = value === null ? null : calibrate(value);
    return calibrated === null ? null : calibrated * unit;
  };

const same: Calibrate = raw => raw;
const internal: Calibration = {
  temperature: same,
  supply: same,
  bias: same,
  tx: same,
  rx: same,
};

/**
 * A2h bytes 56 to 91, calibration constants: slopes are unsigned and fixed-point (8.8), offsets in two's complement,
 * Rx_PWR(4) to Rx_PWR(0) floats.
 */
function external(a2: Memory): Calibration {
  const linear =
    (slopeAt: number): Calibrate =>
    raw => {
      const [slope, offset] = [a2.word(slopeAt), a2.signed(slopeAt + 2)];
      return slope === null || offset === null ? null : (slope / 256) * raw + offset;
    };
  const rx: Calibrate = raw => {
    let sum = 0;
    for (let i = 0; i <= 4; i++) {
      const coefficient = a2.float(56 + 4 * i);
      if (coefficient === null) return null;
      sum = sum * raw + coefficient;
    }
    return sum;
  };
  return {
    bias: linear(76),
    tx: linear(80),
    temperature: linear(84),
    supply: linear(88),
    rx,
  };
}

/** A module without A2h answers with nothing but ones or zeros. */
function isAlive(a2: Memory): boolean {
  const values = Array.from({ length: 10 }, (_, i) => a2.byte(96 + i));
  return !values.every(one => one === 0xff) && !values.every(one => one === 0 || one === null);
}
