/** Every kind of drill there is. */

import type { DrillKind } from './kind.ts';
import { adminDown } from './kinds/admin-down.ts';
import { blackhole } from './kinds/blackhole.ts';

export const drillKinds: readonly DrillKind[] = [adminDown, blackhole];

export const findKind = (name: string): DrillKind | undefined =>
  drillKinds.find(k => k.name === name);
