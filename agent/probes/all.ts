/** Every probe, in the order in which their observations are handed on. */
import { probe as bfd } from './bfd/probe.ts';
import { probe as block } from './block/probe.ts';
import { probe as bond } from './bond/probe.ts';
import { probe as legProbe } from './leg_probe/probe.ts';
import { probe as link } from './link/probe.ts';
import { probe as multipath } from './multipath/probe.ts';
import { probe as nic } from './nic/probe.ts';
import type { Probe } from './probe.ts';
import { probe as self } from './self/probe.ts';
import { probe as steering } from './steering/probe.ts';
import { probe as storageFlow } from './storage_flow/probe.ts';
import { probe as storageSession } from './storage_session/probe.ts';

// self first: who sees, before what is seen. Links before what follows from them: a stall, or a bond's word on a member,
// is judged with the loss that caused it. Connections before the sessions, maps and disks that they carry. Health last: that a NIC is removed explains what was just lost.
export const probes: readonly Probe[] = [
  self,
  link,
  bond,
  legProbe,
  bfd,
  steering,
  storageFlow,
  storageSession,
  multipath,
  block,
  nic,
];
