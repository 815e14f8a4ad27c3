import type { DrillKind } from '../kind.ts';

export const adminDown: DrillKind = {
  name: 'admin-down',
  does: 'sets the leg administratively down, and up again at the end of the hold',
  proves:
    'that established connections move to another leg when a link is lost here. On a direct cable the far end loses ' +
    'its carrier as well; behind a switch it does not, and may go on sending into the dead leg',
  needs: [
    'root',
    'CAP_NET_ADMIN',
    'a group whose routes can be put back (no nexthop objects of a routing daemon)',
  ],
  takes: [],
  lasts: () => null,
  guardArguments: () => ['--kind', 'admin-down'],
  impossible: group => group.unrestorable,
};
