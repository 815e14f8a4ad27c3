/** Every probe, in the order in which their observations are handed on. */
import { probe as legProbe } from './leg_probe/probe.ts';
import { probe as link } from './link/probe.ts';
import type { Probe } from './probe.ts';
import { probe as self } from './self/probe.ts';
import { probe as storageFlow } from './storage_flow/probe.ts';

// self first: who sees, before what is seen. Links before flows: a stall is judged with the loss that caused it.
export const probes: readonly Probe[] = [self, link, legProbe, storageFlow];
