/** Bonds: what follows once a leg is known to be lost, and how the network learns of the switch. */
import { judged, LOSSES, type Rule, rule } from '../rule.ts';
import { late } from '../timers.ts';
import { DOC, DRIVER, inModes, monitorRules, sysfs, TICK_MS } from './bond-monitors.ts';

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
  judge: subject =>
    inModes(subject, ['802.3ad'], bond =>
      judged({ min_links: bond.min_links }, ({ min_links }) =>
        bond.legs.length - 1 < min_links
          ? {
              ms: 'never',
              why: `min_links is ${min_links} of ${bond.legs.length} legs: with the first lost leg the bond itself goes down`,
            }
          : { ms: 0, why: 'the legs that are left carry on' },
      ),
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
  judge: subject =>
    inModes(subject, ['active-backup'], bond =>
      judged(
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
  judge: subject =>
    inModes(subject, ['balance-alb'], bond =>
      judged({ mode: bond.mode }, () => ({
        ms: late(TICK_MS),
        why: 'peers are told of another leg by ARP replies',
      })),
    ),
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
  judge: subject =>
    inModes(subject, ['active-backup'], bond =>
      judged(
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
  ...monitorRules,
  minLinks,
  announce,
  albLearn,
  announceAgain,
  updelay,
];
