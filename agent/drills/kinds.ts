/** Every kind of drill there is. */
import type { DrillKind } from './kind.ts';
import { adminDown } from './kinds/admin-down.ts';
import { blackhole } from './kinds/blackhole.ts';
import { carrierOff } from './kinds/carrier-off.ts';
import { flap } from './kinds/flap.ts';

export const drillKinds: readonly DrillKind[] = [adminDown, carrierOff, flap, blackhole];

export const findKind = (name: string): DrillKind | undefined =>
  drillKinds.find(k => k.name === name);
