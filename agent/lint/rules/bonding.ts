/** Bonds: who looks at a leg, how often, and how the network learns of the switch. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';
import { late, upTo100 } from '../timers.ts';
import { plain } from '../value.ts';

const DOC = 'Documentation/networking/bonding.rst';
const DRIVER = 'drivers/net/bonding';
const sysfs = (...options: string[]) => options.map(o => `/sys/class/net/<bond>/bonding/${o}`);

/** 802.3ad's own clock, and the balance-alb monitor's: AD_TIMER_INTERVAL and ALB_TIMER_TICKS_PER_SEC. */
const TICK_MS = 100;
/** IEEE 802.1AX-2020, 6.4.4: Short_Timeout_Time and Long_Timeout_Time. */
const LACP_TIMEOUT_MS = { fast: 3000, slow: 90_000 };

const mii = rule({
  id: 'bond-mii',
  layer: 'bonding',
  subject: 'bond',
  stage: 'detect',
  losses: ['carrier'],
  way: 'mii',
  reads: sysfs('mode', 'miimon', 'downdelay'),
  formula: 'miimon × (1 + ⌊downdelay ÷ miimon⌋)',
  advice: l =>
    `miimon ${upTo100(l.elapsed_ms)}, downdelay 0: miimon × (1 + ⌊downdelay ÷ miimon⌋) may be ${l.elapsed_ms} ms within the budget`,
  source: [`${DOC}: miimon, downdelay`, `${DRIVER}/bond_main.c: bond_miimon_inspect()`],
  judge: bond =>
    plain(bond.mode) === 'broadcast'
      ? null
      : judged({ miimon: bond.miimon, downdelay: bond.downdelay }, ({ miimon, downdelay }) => {
          if (miimon === 0)
            return { ms: 'never', why: 'miimon is 0: nobody looks whether a leg has carrier' };
          const waits = Math.floor(downdelay / miimon);
          return {
            ms: late(miimon * (1 + waits)),
            why:
              waits > 0
                ? `carrier is looked at every ${miimon} ms and must be gone for ${waits} more looks`
                : `carrier is looked at every ${miimon} ms`,
            by: waits > 0 ? 'downdelay' : 'miimon',
          };
        }),
});

/** Modes that the driver lets have an ARP monitor (bond_options.c, BOND_OPT_ARP_INTERVAL). */
const ARP_MODES = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast'];

const arp = rule({
  id: 'bond-arp',
  layer: 'bonding',
  subject: 'bond',
  stage: 'detect',
  losses: LOSSES,
  way: 'arp',
  reads: sysfs('mode', 'arp_interval', 'arp_missed_max', 'arp_ip_target', 'ns_ip6_target'),
  formula: '(arp_missed_max + 1.5) × arp_interval',
  advice: l =>
    `ARP monitor: miimon 0, arp_interval ${upTo100(l.elapsed_ms / 3.5)}, arp_missed_max 2, arp_ip_target <addresses behind the switches>, arp_validate all: (arp_missed_max + 1.5) × arp_interval may be ${l.elapsed_ms} ms within the budget`,
  source: [
    `${DOC}: arp_interval, arp_ip_target, ns_ip6_target, arp_missed_max`,
    `${DRIVER}/bond_main.c: bond_time_in_interval() grants half an interval, and the next look may be a whole one away`,
  ],
  judge: bond => {
    const { mode, arp_interval, arp_missed_max, arp_targets } = bond;
    const name = plain(mode);
    if (name === '802.3ad' || name === 'broadcast') return null;
    return judged({ arp_interval, arp_missed_max, arp_ip_target: arp_targets, mode }, v => {
      if (!ARP_MODES.includes(v.mode))
        return {
          ms: 'never',
          why: `mode ${v.mode} has no ARP monitor: a leg that is up and passes nothing is never noticed`,
          by: 'mode',
        };
      if (v.arp_interval === 0)
        return {
          ms: 'never',
          why: 'arp_interval is 0: a leg that is up and passes nothing is never noticed',
        };
      if (v.arp_ip_target.length === 0)
        return {
          ms: 'never',
          why: 'the ARP monitor has nobody to ask: arp_ip_target is empty',
          by: 'arp_ip_target',
        };
      return {
        ms: late((v.arp_missed_max + 1.5) * v.arp_interval),
        why: `an answer is awaited every ${v.arp_interval} ms, and ${v.arp_missed_max} may be missing`,
      };
    });
  },
});

const lacp = rule({
  id: 'bond-lacp',
  layer: 'bonding',
  subject: 'bond',
  stage: 'detect',
  losses: ['silent'],
  way: 'lacp',
  reads: sysfs('mode', 'lacp_rate'),
  formula: 'lacp_rate fast: 3 s, slow: 90 s; + 100 ms',
  advice: () =>
    'lacp_rate fast on both sides: 3 s, which LACP cannot go below; sooner needs active-backup with the ARP monitor, or routed legs with BFD',
  source: [
    `${DOC}: lacp_rate`,
    'IEEE 802.1AX-2020, 6.4.4: Short_Timeout_Time, Long_Timeout_Time',
    `${DRIVER}/bond_3ad.c: AD_TIMER_INTERVAL`,
  ],
  judge: bond =>
    plain(bond.mode) !== '802.3ad'
      ? null
      : judged({ lacp_rate: bond.lacp_rate }, ({ lacp_rate }) => {
          const timeout = LACP_TIMEOUT_MS[lacp_rate as 'fast' | 'slow'];
          return {
            ms: late(timeout + TICK_MS),
            why: `lacp_rate is ${lacp_rate}: a silent partner is waited for ${timeout / 1000} s`,
          };
        }),
});

const broadcast = rule({
  id: 'bond-broadcast',
  layer: 'bonding',
  subject: 'bond',
  stage: 'detect',
  losses: LOSSES,
  way: 'broadcast',
  reads: sysfs('mode'),
  formula: '0: every frame goes by all legs',
  advice: () => 'nothing to set',
  source: [`${DOC}: mode, broadcast`],
  judge: bond =>
    plain(bond.mode) !== 'broadcast'
      ? null
      : judged({ mode: bond.mode }, () => ({ ms: 0, why: 'every frame goes by all legs' })),
});

const minLinks = rule({
  id: 'bond-min-links',
  layer: 'bonding',
  subject: 'bond',
  stage: 'switch',
  losses: LOSSES,
  way: '',
  reads: sysfs('mode', 'min_links', 'slaves'),
  formula: 'never when legs − 1 < min_links, else 0',
  advice: () =>
    'min_links: the number of legs that the bond can do with, at most one less than it has',
  source: [`${DOC}: min_links`],
  judge: bond =>
    plain(bond.mode) !== '802.3ad'
      ? null
      : judged({ min_links: bond.min_links }, ({ min_links }) =>
          bond.legs.length - 1 < min_links
            ? {
                ms: 'never',
                why: `min_links is ${min_links} of ${bond.legs.length} legs: with the first lost leg the bond itself goes down`,
              }
            : { ms: 0, why: 'the legs that are left carry on' },
        ),
});

const announce = rule({
  id: 'bond-announce',
  layer: 'bonding',
  subject: 'bond',
  stage: 'announce',
  losses: LOSSES,
  way: '',
  reads: sysfs('mode', 'num_grat_arp', 'fail_over_mac'),
  formula: '0 when num_grat_arp > 0; never when it is 0 and fail_over_mac is active',
  advice: () => 'num_grat_arp 2 or more, peer_notif_delay a multiple of miimon',
  source: [
    `${DOC}: num_grat_arp, num_unsol_na, fail_over_mac`,
    `${DRIVER}/bond_main.c: bond_change_active_slave() sends the first one at once`,
  ],
  judge: bond =>
    plain(bond.mode) !== 'active-backup'
      ? null
      : judged(
          { num_grat_arp: bond.num_grat_arp, fail_over_mac: bond.fail_over_mac },
          ({ num_grat_arp, fail_over_mac }) => {
            if (num_grat_arp > 0) return { ms: 0, why: 'announced with the switch' };
            return fail_over_mac === 'active'
              ? {
                  ms: 'never',
                  why: 'the MAC address changes with the leg (fail_over_mac active), and num_grat_arp is 0: nobody is told',
                }
              : {
                  ms: 0,
                  why: 'not announced: the switches learn from the next frame of this host',
                };
          },
        ),
});

const albLearn = rule({
  id: 'bond-alb-learn',
  layer: 'bonding',
  subject: 'bond',
  stage: 'announce',
  losses: LOSSES,
  way: '',
  reads: sysfs('mode'),
  formula: '100 ms: the next tick of the balance-alb monitor sends the ARP replies',
  advice: () => 'nothing to set',
  source: [`${DOC}: mode, balance-alb`, `${DRIVER}/bond_alb.h: ALB_TIMER_TICKS_PER_SEC`],
  judge: bond =>
    plain(bond.mode) !== 'balance-alb'
      ? null
      : judged({ mode: bond.mode }, () => ({
          ms: late(TICK_MS),
          why: 'peers are told of another leg by ARP replies',
        })),
});

const announceAgain = rule({
  id: 'bond-announce-again',
  layer: 'bonding',
  subject: 'bond',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: sysfs(
    'mode',
    'num_grat_arp',
    'peer_notif_delay',
    'fail_over_mac',
    'miimon',
    'arp_interval',
  ),
  formula: '(num_grat_arp − 1) × max(peer_notif_delay, miimon or arp_interval)',
  advice: l => `num_grat_arp 2 or more, peer_notif_delay well below ${l.elapsed_ms} ms`,
  source: [`${DOC}: num_grat_arp, peer_notif_delay, fail_over_mac`],
  judge: bond =>
    plain(bond.mode) !== 'active-backup'
      ? null
      : judged(
          {
            num_grat_arp: bond.num_grat_arp,
            peer_notif_delay: bond.peer_notif_delay,
            fail_over_mac: bond.fail_over_mac,
            miimon: bond.miimon,
            arp_interval: bond.arp_interval,
          },
          v => {
            const pause = Math.max(v.peer_notif_delay, v.miimon, v.arp_interval);
            if (v.num_grat_arp < 2)
              return {
                ms: 0,
                why:
                  v.num_grat_arp === 0
                    ? 'a switch of legs is not announced at all'
                    : 'a switch of legs is announced once: if that is lost, nobody says it again',
                warns: v.num_grat_arp === 0 || v.fail_over_mac === 'active',
              };
            return {
              ms: (v.num_grat_arp - 1) * pause,
              why: `a switch of legs is announced ${v.num_grat_arp} times, ${pause} ms apart`,
              by: 'peer_notif_delay',
              warns: pause > 1000,
            };
          },
        ),
});

const updelay = rule({
  id: 'bond-updelay',
  layer: 'bonding',
  subject: 'bond',
  stage: 'note',
  losses: LOSSES,
  way: '',
  reads: sysfs('miimon', 'updelay'),
  formula: 'miimon × (1 + ⌊updelay ÷ miimon⌋)',
  advice: () =>
    "keep updelay as long as the switch's port needs to forward, and no longer: until then the bond has one leg less",
  source: [`${DOC}: updelay`],
  judge: bond =>
    judged({ updelay: bond.updelay, miimon: bond.miimon }, ({ updelay, miimon }) => {
      const waits = miimon > 0 ? Math.floor(updelay / miimon) : 0;
      return {
        ms: waits > 0 ? miimon * (1 + waits) : 0,
        why: `a leg that comes back is used ${waits > 0 ? `after ${miimon * (1 + waits)} ms` : 'at once'}`,
      };
    }),
});

export const bondingRules: readonly Rule<'bond'>[] = [
  mii,
  arp,
  lacp,
  broadcast,
  minLinks,
  announce,
  albLearn,
  announceAgain,
  updelay,
];
