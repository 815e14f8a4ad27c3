/** Multipath routes and groups of nexthop objects: how the kernel, or a routing daemon, leaves a leg. */
import { judged, type Limits, LOSSES, type Rule, rule, type Subjects } from '../rule.ts';
import { late, upTo100 } from '../timers.ts';
import { known, mapValue, plain, type Value, worstMs } from '../value.ts';

const SYSCTL = 'Documentation/networking/ip-sysctl.rst';

/** net/core/link_watch.c lets one event per second through for all plain links of the host together. */
const LINKWATCH_MS = 1000;

const carrier = rule({
  id: 'route-carrier',
  layer: 'routing',
  subject: 'route',
  stage: 'detect',
  losses: ['carrier'],
  way: 'kernel',
  reads: ['/etc/pathwarden/helper.conf', '/proc/sys/kernel/osrelease'],
  formula:
    '1000 ms; with the nudge as long as the helper takes to see it: fentry 2 ms, timer carrier_interval_us, else 10 ms',
  advice: () => 'run pathwarden-helper with nudge = auto, at both ends',
  source: [
    'net/core/link_watch.c: "Limit the number of linkwatch events to one per second"',
    'pathwarden, ARCHITECTURE.md: Nudge',
  ],
  judge: ({ nudge }) => {
    const value: Value<string> =
      nudge.state === 'absent'
        ? known('not configured', nudge.file, 'default')
        : mapValue(nudge, n => n.nudge);
    return judged({ nudge: value }, () => {
      const { kind = null, seen_ms = 0, carrier: by } = plain(nudge) ?? {};
      if (kind !== null)
        return { ms: seen_ms, why: `pathwarden-helper nudges the kernel (${kind}) at once` };
      if (by === 'rtnl')
        return {
          ms: LINKWATCH_MS,
          why: 'carrier = rtnl: the helper learns of it no sooner itself',
        };
      return {
        ms: LINKWATCH_MS,
        why: 'the kernel tells its routes of a lost carrier up to 1 s late, and nobody nudges it',
      };
    });
  },
});

const linkdown = rule({
  id: 'route-linkdown',
  layer: 'routing',
  subject: 'route',
  stage: 'switch',
  losses: ['carrier'],
  way: 'kernel',
  reads: [
    '/proc/sys/net/ipv4/conf/<leg>/ignore_routes_with_linkdown',
    '/proc/sys/net/ipv6/conf/<leg>/ignore_routes_with_linkdown',
  ],
  formula: '0 when it is 1 for every leg (for all: since Linux 5.11), else never',
  advice: () =>
    'sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=1, likewise net.ipv6; before Linux 5.11 for each leg',
  source: [`${SYSCTL}: ignore_routes_with_linkdown`, 'net/ipv4/fib_semantics.c: fib_rebalance()'],
  judge: ({ kind, routing }) => {
    // Nexthop objects are removed with their link, whatever this says (net/ipv4/nexthop.c, nexthop_flush_dev()).
    if (kind === 'nexthop_group') return null;
    const unlike = routing.legs.find(l => plain(l.ignores_linkdown) !== true);
    const value = (unlike ?? routing.legs[0])?.ignores_linkdown;
    if (!value) return null;
    return judged({ ignore_routes_with_linkdown: value }, v =>
      v.ignore_routes_with_linkdown
        ? { ms: 0, why: 'next hops without a link are passed over' }
        : {
            ms: 'never',
            why: `the route keeps sending by ${unlike?.ifname} when that has lost its link`,
          },
    );
  },
});

const bfdAdvice = (l: Limits): string =>
  `BFD for every next hop (FRR: ip route … bfd, neighbor … bfd), detect-multiplier 3, both intervals ${upTo100(l.elapsed_ms / 3)}: their product may be ${l.elapsed_ms} ms within the budget`;

const bfd = rule({
  id: 'route-bfd',
  layer: 'routing',
  subject: 'route',
  stage: 'detect',
  losses: LOSSES,
  way: 'bfd',
  reads: ['/etc/frr/frr.conf', '/etc/frr/bfdd.conf', '/etc/frr/bgpd.conf'],
  formula: 'detect-multiplier × max(receive-interval, transmit-interval), the same at the peer',
  advice: l => bfdAdvice(l),
  source: [
    'RFC 5880, 6.8.4: detection time',
    'FRR, doc/user/bfd.rst: detect-multiplier, receive-interval, transmit-interval',
  ],
  judge: subject => {
    const { bfd, hops } = subject;
    // Another rule names what is missing when there is no BFD at all.
    if (bfd.state === 'absent' || (bfd.state === 'known' && bfd.value.watched.size === 0))
      return null;
    return judged({ bfd: mapValue(bfd, () => bfdText(subject)) }, () => {
      const times = hops.map(h => timesOf(subject, h));
      const missing = hops.filter((_, i) => times[i] === undefined);
      if (missing.length > 0)
        return {
          ms: 'never',
          why: `no BFD watches ${missing.map(h => h.gateway ?? h.ifname).join(', ')}`,
        };
      return {
        ms: worstMs(times.map(t => (t ? t.multiplier * Math.max(t.receive, t.transmit) : 0))),
        why: 'every next hop is watched by BFD',
      };
    });
  },
});

type Hop = Subjects['route']['hops'][number];

const timesOf = ({ bfd }: Subjects['route'], { ifname, gateway }: Hop) => {
  const watched = plain(bfd)?.watched;
  return watched?.get(gateway ?? '') ?? watched?.get(ifname);
};

const bfdText = (subject: Subjects['route']): string =>
  subject.hops
    .map(h => {
      const t = timesOf(subject, h);
      return t ? `${t.multiplier} × ${Math.max(t.receive, t.transmit)} ms` : 'none';
    })
    .filter((text, i, all) => all.indexOf(text) === i)
    .join(', ');

const neighbour = rule({
  id: 'route-neighbour',
  layer: 'routing',
  subject: 'route',
  stage: 'detect',
  losses: ['silent'],
  way: 'neighbour',
  reads: [
    '/proc/sys/net/ipv4/fib_multipath_use_neigh',
    '/proc/sys/net/ipv4/neigh/<leg>/base_reachable_time_ms',
    '/proc/sys/net/ipv4/neigh/<leg>/delay_first_probe_time',
    '/proc/sys/net/ipv4/neigh/<leg>/ucast_solicit',
    '/proc/sys/net/ipv4/neigh/<leg>/retrans_time_ms',
  ],
  formula:
    'fib_multipath_use_neigh 1: 1.5 × base_reachable_time + delay_first_probe_time + ucast_solicit × retrans_time; 0, and IPv6: never',
  advice: l => `${bfdAdvice(l)}; fib_multipath_use_neigh = 1 alone takes close to a minute`,
  source: [
    `${SYSCTL}: fib_multipath_use_neigh`,
    'arp(7): base_reachable_time_ms, delay_first_probe_time, ucast_solicit, retrans_time_ms',
  ],
  judge: subject => {
    const { routing } = subject;
    const bfd: Value<string> =
      subject.bfd.state === 'unknown'
        ? subject.bfd
        : known(bfdText(subject), subject.bfd.file, 'configured');
    if (routing.family === 6)
      return judged({ bfd }, () => ({
        ms: 'never',
        why: 'nobody asks whether an IPv6 next hop still answers: no BFD',
      }));
    const [first] = routing.legs;
    if (!first) return null;
    if (plain(routing.use_neigh) !== 1)
      return judged({ bfd, fib_multipath_use_neigh: routing.use_neigh }, () => ({
        ms: 'never',
        why: 'nobody asks whether a next hop still answers: no BFD, and fib_multipath_use_neigh is 0',
      }));
    const judgements = routing.legs.map(leg =>
      judged(
        {
          base_reachable_time_ms: leg.reachable_time,
          delay_first_probe_time: leg.delay_first_probe,
          ucast_solicit: leg.ucast_solicit,
          retrans_time_ms: leg.retrans_time,
          fib_multipath_use_neigh: routing.use_neigh,
        },
        v => ({
          ms: late(
            1.5 * v.base_reachable_time_ms +
              1000 * v.delay_first_probe_time +
              v.ucast_solicit * v.retrans_time_ms,
          ),
          why: `a silent neighbour of ${leg.ifname} is believed until its time and its probes have run out`,
        }),
      ),
    );
    const worst = worstMs(judgements.map(j => j.ms));
    return judgements.find(j => j.ms === worst) ?? null;
  },
});

const hashPolicy = rule({
  id: 'route-hash-policy',
  layer: 'routing',
  subject: 'route',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: [
    '/proc/sys/net/ipv4/fib_multipath_hash_policy',
    '/proc/sys/net/ipv6/fib_multipath_hash_policy',
  ],
  formula: '0: by addresses; 1: by addresses and ports',
  advice: () => 'fib_multipath_hash_policy = 1, so that several connections use several legs',
  source: [`${SYSCTL}: fib_multipath_hash_policy`],
  judge: ({ routing }) =>
    judged({ fib_multipath_hash_policy: routing.hash_policy }, v => ({
      ms: 0,
      why:
        v.fib_multipath_hash_policy === 0
          ? 'all connections between the same two addresses share one leg, and stall together'
          : 'connections are spread over the legs',
    })),
});

const objectsGone = rule({
  id: 'route-nexthop-objects',
  layer: 'routing',
  subject: 'route',
  stage: 'note',
  losses: ['carrier'],
  way: '',
  reads: [],
  formula: 'a group of nexthop objects does not get a lost leg back by itself',
  advice: () =>
    'add the next hop and its place in the group again when the link is back, or use a multipath route',
  source: [
    'net/ipv4/nexthop.c: nexthop_flush_dev()',
    'pathwarden, ARCHITECTURE.md: Silent changes',
  ],
  judge: ({ kind }) =>
    kind === 'nexthop_group'
      ? {
          ms: 0,
          settings: [],
          why: 'the kernel deletes a nexthop object with its link, and does not bring it back',
          warns: true,
        }
      : null,
});

export const routingRules: readonly Rule<'route'>[] = [
  carrier,
  linkdown,
  bfd,
  neighbour,
  hashPolicy,
  objectsGone,
];
