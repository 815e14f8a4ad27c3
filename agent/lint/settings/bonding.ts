/** Bonds, by what the driver uses now: /sys/class/net/<bond>/bonding. */
import { BOND_MODES } from '../../types.ts';
import { numberSetting, setting, type Tree, wordSetting } from '../tree.ts';
import { orDefault, type Value } from '../value.ts';

export interface Bond {
  name: string;
  /** Members now. */
  legs: string[];
  mode: Value<string>;
  /** ms; 0: no MII monitor. */
  miimon: Value<number>;
  updelay: Value<number>;
  downdelay: Value<number>;
  /** ms; 0: no ARP monitor. */
  arp_interval: Value<number>;
  arp_missed_max: Value<number>;
  /** Addresses that the ARP monitor asks, of both families. */
  arp_targets: Value<string[]>;
  lacp_rate: Value<string>;
  min_links: Value<number>;
  fail_over_mac: Value<string>;
  /** Gratuitous ARPs and unsolicited NAs after a switch: one number behind both names. */
  num_grat_arp: Value<number>;
  peer_notif_delay: Value<number>;
}

/** The driver's constant before it became an option in Linux 5.17. */
const ARP_MISSED_MAX = 2;

export function readBond(tree: Tree, name: string, legs: string[]): Bond {
  const file = (option: string) => `/sys/class/net/${name}/bonding/${option}`;
  const ms = (option: string) => numberSetting(tree, file(option), 0, 2 ** 31);
  const addresses = (option: string) =>
    setting(tree, file(option), 'addresses', text =>
      text.split(/\s+/).filter(one => one !== '' && one !== '0.0.0.0'),
    );
  return {
    name,
    legs,
    mode: wordSetting(tree, file('mode'), BOND_MODES),
    miimon: ms('miimon'),
    updelay: ms('updelay'),
    downdelay: ms('downdelay'),
    arp_interval: ms('arp_interval'),
    arp_missed_max: orDefault(numberSetting(tree, file('arp_missed_max'), 1, 255), ARP_MISSED_MAX),
    arp_targets: both(addresses('arp_ip_target'), ns6Targets(tree, name)),
    lacp_rate: wordSetting(tree, file('lacp_rate'), ['slow', 'fast']),
    min_links: orDefault(numberSetting(tree, file('min_links')), 0),
    fail_over_mac: wordSetting(tree, file('fail_over_mac'), ['none', 'active', 'follow']),
    num_grat_arp: numberSetting(tree, file('num_grat_arp'), 0, 255),
    peer_notif_delay: orDefault(ms('peer_notif_delay'), 0),
  };
}

/** sysfs has no file for them. */
function ns6Targets(tree: Tree, name: string): string[] {
  const read = tree.read(`/proc/net/bonding/${name}`);
  const line = read.state === 'text' ? /^NS IPv6 target\/s[^)]*\):(.*)$/m.exec(read.text)?.[1] : '';
  return (line ?? '').split(/[\s,]+/).filter(Boolean);
}

const both = (ipv4: Value<string[]>, ipv6: string[]): Value<string[]> =>
  ipv4.state === 'known' ? { ...ipv4, value: [...ipv4.value, ...ipv6] } : ipv4;
