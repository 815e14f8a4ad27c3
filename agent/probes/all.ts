/** Every probe, in the order in which their observations are handed on. */
import { probe as bond } from './bond/probe.ts';
import { probe as legProbe } from './leg_probe/probe.ts';
import { probe as link } from './link/probe.ts';
import { probe as nic } from './nic/probe.ts';
import type { Probe } from './probe.ts';
import { probe as self } from './self/probe.ts';
import { probe as storageFlow } from './storage_flow/probe.ts';

// self first: who sees, before what is seen. Links before what follows from them: a stall, or a bond's word on a member,
// is judged with the loss that caused it. Health last: that a NIC is removed explains what was just lost.
export const probes: readonly Probe[] = [self, link, bond, legProbe, storageFlow, nic];
