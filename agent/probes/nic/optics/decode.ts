/** What a pluggable module measures of itself, by whatever standard its memory follows. */
import type { OpticsReading } from '../../../types.ts';
import { cmis } from './cmis.ts';
import { MAIN, memoryOf, type Pages } from './memory.ts';
import { sff8472 } from './sff8472.ts';
import { sff8636 } from './sff8636.ts';

/** By the module's first byte: SFF-8024, table 4-1. Those of CMIS as the kernel has them (net/ethtool/module.h). */
const decoders: Readonly<Record<number, (pages: Pages) => OpticsReading[]>> = {
  3: sff8472,
  12: sff8636,
  13: sff8636,
  17: sff8636,
  24: cmis,
  25: cmis,
  27: cmis,
  30: cmis,
  31: cmis,
  32: cmis,
};

/** Never throws: of a module that is not known, has no monitors or gives nonsense there are no readings. */
export function opticsReadings(pages: Pages): OpticsReading[] {
  const identifier = memoryOf(pages, MAIN).byte(0);
  return identifier === null ? [] : (decoders[identifier]?.(pages) ?? []);
}
