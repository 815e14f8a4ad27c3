import type { DrillKind } from '../kind.ts';

export const flap: DrillKind = {
  name: 'flap',
  does: 'sets the leg administratively down and up again, over and over, and leaves it up',
  proves:
    'that a flapping link is damped: one alarm link-flapping, not one for each loss; and that connections survive it. ' +
    '--flaps and --period say how often and how fast',
  needs: [
    'root',
    'CAP_NET_ADMIN',
    'a group whose routes can be put back (no nexthop objects of a routing daemon)',
  ],
  takes: ['flaps', 'period_ms'],
  // From the first time down to half a period after the last one, rounded down as the guard does.
  lasts: ({ flaps, period_ms }) => Math.floor(((2 * flaps - 1) * period_ms) / 2),
  guardArguments: ({ flaps, period_ms }) => [
    ...['--kind', 'flap', '--flaps', String(flaps), '--period-ms', String(period_ms)],
  ],
  impossible: group => group.unrestorable,
};
