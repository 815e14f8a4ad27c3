import type { DrillKind } from '../kind.ts';

export const carrierOff: DrillKind = {
  name: 'carrier-off',
  does: 'takes the carrier of the leg, which stays administratively up, and gives it back at the end of the hold',
  proves:
    'what a pulled cable would: the loss of a link as the kernel sees it, with the delay of its link watch, and the way of ' +
    'established connections to another leg',
  needs: [
    'root',
    'CAP_NET_ADMIN',
    'a NIC whose driver lets its carrier be taken: tun, tap and dummy do, most real ones do not',
    'a group whose routes can be put back (no nexthop objects of a routing daemon)',
  ],
  takes: [],
  lasts: () => null,
  guardArguments: () => ['--kind', 'carrier-off'],
  impossible: group => group.unrestorable,
};
