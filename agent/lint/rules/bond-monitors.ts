/** Bonds: who looks at a leg, and how often. */

import { BOND_MODES } from '../../types.ts';
import { type Judgement, judged, LOSSES, type Rule, rule } from '../rule.ts';
import type { Bond } from '../settings/bonding.ts';
import { late, upTo100 } from '../timers.ts';

export const DOC = 'Documentation/networking/bonding.rst';
export const DRIVER = 'drivers/net/bonding';
export const sysfs = (...options: string[]) =>
  options.map(o => `/sys/class/net/<bond>/bonding/${o}`);

/** 802.3ad's own clock, and the balance-alb monitor's: AD_TIMER_INTERVAL and ALB_TIMER_TICKS_PER_SEC. */
export const TICK_MS = 100;
/** IEEE 802.1AX-2020, 6.4.4: Short_Timeout_Time and Long_Timeout_Time. */
const LACP_TIMEOUT_MS = { fast: 3000, slow: 90_000 };

/** Judges bonds in these modes; null for others; unknown when the mode is. */
export function inModes(
  bond: Bond,
  modes: readonly string[],
  judge: (bond: Bond) => Judgement,
): Judgement | null {
  if (bond.mode.state !== 'known')
    return judged({ mode: bond.mode }, () => ({ ms: 'unknown', why: '' }));
  return modes.includes(bond.mode.value) ? judge(bond) : null;
}

const without = (...modes: string[]) => BOND_MODES.filter(m => !modes.includes(m));

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
    `the ARP monitor, which sees silent losses too, or miimon ${upTo100(l.elapsed_ms)}, downdelay 0: miimon × (1 + ⌊downdelay ÷ miimon⌋) may be ${l.elapsed_ms} ms within the budget`,
  source: [`${DOC}: miimon, downdelay`, `${DRIVER}/bond_main.c: bond_miimon_inspect()`],
  judge: subject =>
    inModes(subject, without('broadcast'), bond =>
      judged({ miimon: bond.miimon, downdelay: bond.downdelay }, ({ miimon, downdelay }) => {
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
    ),
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
  reads: [
    ...sysfs('mode', 'arp_interval', 'arp_missed_max', 'arp_ip_target'),
    '/proc/net/bonding/<bond>: NS IPv6 target/s',
  ],
  formula: '(arp_missed_max + 1.5) × arp_interval',
  advice: l =>
    `ARP monitor: miimon 0, arp_interval ${upTo100(l.elapsed_ms / 3.5)}, arp_missed_max 2, arp_ip_target <addresses behind the switches>, arp_validate all: (arp_missed_max + 1.5) × arp_interval may be ${l.elapsed_ms} ms within the budget`,
  source: [
    `${DOC}: arp_interval, arp_ip_target, ns_ip6_target, arp_missed_max`,
    `${DRIVER}/bond_main.c: bond_time_in_interval() grants half an interval, and the next look may be a whole one away`,
  ],
  judge: subject =>
    inModes(
      subject,
      without('802.3ad', 'broadcast'),
      ({ mode, arp_interval, arp_missed_max, arp_targets }) =>
        judged({ arp_interval, arp_missed_max, arp_ip_target: arp_targets, mode }, v => {
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
        }),
    ),
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
  judge: subject =>
    inModes(subject, ['802.3ad'], bond =>
      judged({ lacp_rate: bond.lacp_rate }, ({ lacp_rate }) => {
        const timeout = LACP_TIMEOUT_MS[lacp_rate as 'fast' | 'slow'];
        return {
          ms: late(timeout + TICK_MS),
          why: `lacp_rate is ${lacp_rate}: a silent partner is waited for ${timeout / 1000} s`,
        };
      }),
    ),
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
  judge: subject =>
    inModes(subject, ['broadcast'], bond =>
      judged({ mode: bond.mode }, () => ({ ms: 0, why: 'every frame goes by all legs' })),
    ),
});

export const monitorRules: readonly Rule<'bond'>[] = [mii, arp, lacp, broadcast];
