/** Every probe, in the order in which their observations are handed on. */
import { probe as bfd } from './bfd/probe.ts';
import { probe as block } from './block/probe.ts';
import { probe as bond } from './bond/probe.ts';
import { probe as hwCpu } from './hw_cpu/probe.ts';
import { probe as hwDisk } from './hw_disk/probe.ts';
import { probe as hwEnvironment } from './hw_environment/probe.ts';
import { probe as hwHost } from './hw_host/probe.ts';
import { probe as hwMemory } from './hw_memory/probe.ts';
import { probe as hwPci } from './hw_pci/probe.ts';
import { probe as legProbe } from './leg_probe/probe.ts';
import { probe as link } from './link/probe.ts';
import { probe as multipath } from './multipath/probe.ts';
import { probe as nic } from './nic/probe.ts';
import type { Probe } from './probe.ts';
import { probe as self } from './self/probe.ts';
import { probe as steering } from './steering/probe.ts';
import { probe as storageFlow } from './storage_flow/probe.ts';
import { probe as storageSession } from './storage_session/probe.ts';

// self first: who sees, before what is seen. Hardware before what it takes with it. Links before what follows from them: a stall, or a bond's word on a member,
// is judged with the loss that caused it. Connections before the sessions, maps and disks that they carry. Health last: that a NIC is removed explains what was just lost.
export const probes: readonly Probe[] = [
  self,
  hwMemory,
  hwCpu,
  hwPci,
  hwDisk,
  hwEnvironment,
  hwHost,
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
