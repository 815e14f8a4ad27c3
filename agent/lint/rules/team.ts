/** Teams: teamd's link watchers. */

import { judged, LOSSES, type Loss, type Rule, rule } from '../rule.ts';
import type { TeamConfig, Watcher } from '../settings/team.ts';
import { upTo100 } from '../timers.ts';
import { type Ms, mapValue, plain, type Value, worstMs } from '../value.ts';

const MAN = 'teamd.conf(5)';
const READS = [
  '/run/teamd/<team>.pid',
  '/proc/<pid>/cmdline',
  '/etc/teamd/*.conf',
  '/etc/NetworkManager/system-connections/*.nmconnection',
  '/etc/sysconfig/network-scripts/ifcfg-<team>',
];
/** LACP_PERIODIC_SHORT, _LONG and _MUL, teamd_runner_lacp.c; the same as in IEEE 802.1AX. */
const LACP_TIMEOUT_MS = { fast: 3000, slow: 90_000 };

function timeOf(watcher: Watcher, loss: Loss): Ms {
  if (watcher.name !== 'ethtool') return (watcher.missed_max + 2) * watcher.interval;
  return loss === 'carrier' ? watcher.delay_down : 'never';
}

const watchersText = (config: Value<TeamConfig>): Value<string[]> =>
  mapValue(config, c => [...new Set(Object.values(c.watchers).flat().map(textOf))]);

const textOf = (w: Watcher): string =>
  w.name === 'ethtool'
    ? `ethtool delay_down ${w.delay_down}`
    : `${w.name} ${w.interval} × ${w.missed_max}`;

const watch = rule({
  id: 'team-watch',
  layer: 'team',
  subject: 'team',
  stage: 'detect',
  losses: LOSSES,
  way: 'watch',
  reads: READS,
  formula:
    'carrier lost: ethtool delay_down; always: arp_ping, nsna_ping (missed_max + 2) × interval; the slowest of a leg, the slowest leg',
  advice: l =>
    `delay_down 0; for silent losses arp_ping or nsna_ping, interval ${upTo100(l.elapsed_ms / 4)}, missed_max 2: (missed_max + 2) × interval may be ${l.elapsed_ms} ms within the budget`,
  source: [
    `${MAN}: link_watch.name, delay_down, interval, missed_max`,
    'libteam teamd/teamd_lw_psr.c: lw_psr_callback_periodic()',
  ],
  judge: ({ config }, loss) =>
    judged({ link_watch: watchersText(config) }, ({ link_watch }) => {
      const perLeg = Object.values(plain(config)?.watchers ?? {}).map(all =>
        worstMs(all.map(w => timeOf(w, loss))),
      );
      const ms = worstMs(perLeg);
      return {
        ms,
        why:
          ms === 'never'
            ? 'a leg with an ethtool watcher that is up and passes nothing is never noticed'
            : `watched by ${link_watch.join(', ')}`,
      };
    }),
});

const lacp = rule({
  id: 'team-lacp',
  layer: 'team',
  subject: 'team',
  stage: 'detect',
  losses: ['silent'],
  way: 'lacp',
  reads: READS,
  formula: 'runner.fast_rate true: 3 s, false: 90 s',
  advice: () => 'runner.fast_rate true on both sides: 3 s, which LACP cannot go below',
  source: [`${MAN}: runner.fast_rate`, 'libteam teamd/teamd_runner_lacp.c: LACP_PERIODIC_MUL'],
  judge: ({ config }) =>
    plain(config)?.runner !== 'lacp'
      ? null
      : judged({ 'runner.fast_rate': mapValue(config, c => c.fast_rate) }, v => {
          const timeout = LACP_TIMEOUT_MS[v['runner.fast_rate'] ? 'fast' : 'slow'];
          return { ms: timeout, why: `a silent partner is waited for ${timeout / 1000} s` };
        }),
});

const announce = rule({
  id: 'team-announce',
  layer: 'team',
  subject: 'team',
  stage: 'announce',
  losses: LOSSES,
  way: '',
  reads: READS,
  formula:
    '0 when notify_peers.count > 0; never when it is 0 and runner.hwaddr_policy is by_active',
  advice: () => 'notify_peers.count 2 or more, notify_peers.interval 100',
  source: [`${MAN}: notify_peers.count, runner.hwaddr_policy`],
  judge: ({ config }) =>
    plain(config)?.runner !== 'activebackup'
      ? null
      : judged(
          {
            'notify_peers.count': mapValue(config, c => c.notify_peers),
            'runner.hwaddr_policy': mapValue(config, c => c.hwaddr_policy),
          },
          v =>
            v['notify_peers.count'] === 0 && v['runner.hwaddr_policy'] === 'by_active'
              ? {
                  ms: 'never',
                  why: 'the MAC address changes with the leg, and notify_peers.count is 0: nobody is told',
                }
              : { ms: 0, why: 'announced with the switch' },
        ),
});

export const teamRules: readonly Rule<'team'>[] = [watch, lacp, announce];
