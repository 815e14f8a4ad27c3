import type { DrillKind } from '../kind.ts';

export const blackhole: DrillKind = {
  name: 'blackhole',
  does: 'swallows every packet on the leg while link and carrier stay up',
  proves:
    'that a path which dies without any link event is noticed and told. Nothing in the kernel reroutes on it but a ' +
    "bond's ARP monitor or LACP: without these, or something that steers, connections stand still until the leg is healed",
  needs: ['root', 'CAP_BPF', 'CAP_NET_ADMIN', 'tcx (Linux 6.6) or clsact'],
  takes: ['direction'],
  lasts: () => null,
  guardArguments: options => ['--kind', 'blackhole', '--direction', options.direction],
  impossible: () => null,
};
