/** Stories of bonds, teams and ailing NICs, made frame by frame. Times are ms. */
import type { Frame } from '../../agent/wire.ts';
import { BondHost, LAG, PORT } from '../unit/main/bond_host.ts';
import { changed, recorded } from '../unit/support/eeprom.ts';
import { Helper } from '../unit/support/frames.ts';

export const bonds: Record<string, () => Frame[]> = {
  /** miimon 100: the carrier is lost, the bond finds out, switches and announces; the member comes back. */
  'made-bond-link-cut'() {
    const host = new BondHost().wait(5000).carrier(11, false).wait(80);
    host.member(11, { mii_status: 2, state: 1, link_failure_count: 1 }).use(12).wait(5000);
    host.carrier(11, true).wait(60).member(11, { mii_status: 0 });
    return host.wait(20_000).frames;
  },
  /** miimon 0 and no ARP monitor: the active member is dead, and the bond goes on using it. */
  'made-bond-without-monitor'() {
    const host = new BondHost({ miimon_ms: 0 }).wait(5000).carrier(11, false).wait(8000);
    return host.carrier(11, true).wait(20_000).frames;
  },
  /** The ARP monitor has no answer by a member whose carrier is there. */
  'made-bond-arp-monitor'() {
    const host = new BondHost({ miimon_ms: 0, arp_interval_ms: 100 }).wait(5000);
    host.member(11, { mii_status: 2, state: 1, link_failure_count: 1 }).use(12).wait(6000);
    return host.member(11, { mii_status: 0 }).wait(20_000).frames;
  },
  /** A switch that nobody is told of. */
  'made-bond-silent-switch'() {
    const host = new BondHost().wait(5000).carrier(11, false).wait(80);
    host.member(11, { mii_status: 2, state: 1 }).use(12, false).wait(5000);
    host.carrier(11, true).wait(60).member(11, { mii_status: 0 }).wait(10_000).use(11);
    return host.wait(10_000).frames;
  },
  /** A member flaps at 5 Hz for ten seconds. */
  'made-bond-flapping-member'() {
    const host = new BondHost().wait(5000);
    for (let i = 0; i < 50; i++) {
      host.carrier(12, false).wait(40).member(12, { mii_status: 2, link_failure_count: i + 1 });
      host.wait(60).carrier(12, true).wait(40).member(12, { mii_status: 0 }).wait(60);
    }
    return host.wait(30_000).frames;
  },
  /** One switch port stops to speak LACP, and speaks again. */
  'made-lacp-partner-silent'() {
    const host = new BondHost({ mode: 4, lacp: LAG }, PORT).wait(5000);
    host.member(12, { state: 1, lacp: { ...PORT, actor_state: 0x87, partner_state: 0x05 } });
    host.bond({ lacp: { ...LAG, port_count: 1 } }).wait(200);
    host.port(12, { partner: { system: LAG.partner_mac, key: 1, port: 2, state: 0x05 } });
    host.wait(2800).port(12, {
      aggregator_id: 2,
      partner: { system: '00:00:00:00:00:00', key: 1, port: 1, state: 0x01 },
    });
    host.wait(10_000).member(12, { state: 0, lacp: PORT }).bond({ lacp: LAG }).port(12, {});
    return host.wait(10_000).frames;
  },
  /** The kernel finds a port churned; later its ends lose their agreement again and again. */
  'made-lacp-churn'() {
    const host = new BondHost({ mode: 4, lacp: LAG }, PORT).wait(5000);
    host.port(12, { partner_churn: 'churned', partner_churned_count: 1 }).wait(20_000).port(12, {});
    host.wait(10_000);
    for (let i = 0; i < 5; i++) {
      host.member(12, { state: 1, lacp: { ...PORT, actor_state: 0x07, partner_state: 0x05 } });
      host.wait(400).member(12, { state: 0, lacp: PORT }).wait(7600);
    }
    return host.wait(70_000).frames;
  },
  /** The members of a bond end at two switches that are no one system. */
  'made-lacp-two-switches'() {
    const host = new BondHost({ mode: 4, lacp: LAG }, PORT).wait(5000);
    const there = { ...PORT, aggregator_id: 2 };
    host.member(12, { state: 1, lacp: there }).port(12, {
      aggregator_id: 2,
      partner: { system: '02:00:00:00:00:77', key: 1, port: 1, state: 0x3d },
    });
    host.wait(20_000).member(12, { state: 0, lacp: PORT }).port(12, {});
    return host.wait(10_000).frames;
  },
  /** A team switches by its own link watch. */
  'made-team-link-cut'() {
    const h = new Helper();
    const frames: Frame[] = [
      h.hello(0),
      ...h.snapshot(0, 'rtnl', [
        h.link(0, 40, 'team0', { kind: 'team' }),
        h.link(0, 41, 'ens2f0', { kind: null, parent_dev: '0000:5e:00.0', master_ifindex: 40 }),
        h.link(0, 42, 'ens2f1', { kind: null, parent_dev: '0000:5e:00.1', master_ifindex: 40 }),
      ]),
      ...h.snapshot(0, 'team', [h.team(0, 40, 41, ['41u', '42u-'])]),
      h.carrier(5000, 41, 'd', 1, 2),
      h.team(5090, 40, 42, ['41d-', '42u']),
      h.activeMember(5091, 40, 41, 42, 'netlink'),
      h.announce(5095, 40),
      h.carrier(9000, 41, 'u', 2, 2),
      h.team(9100, 40, 42, ['41u-', '42u']),
    ];
    for (let s = 1; s < 30; s++) frames.push(h.heartbeat(s * 1000));
    return frames.sort((a, b) => a.data.t_us - b.data.t_us);
  },
  /** A member comes up at a tenth of its speed. */
  'made-nic-slow'() {
    const host = new BondHost().wait(5000);
    host.tell((h, ms) => h.nicMode(ms, 12, { speed_mbps: 2500 })).wait(8000);
    return host.tell((h, ms) => h.nicMode(ms, 12)).wait(10_000).frames;
  },
  /** CRC errors for twenty seconds. */
  'made-nic-errors'() {
    const host = new BondHost().wait(5000);
    let errors = 0;
    for (let s = 0; s < 90; s++) {
      if (s > 10 && s <= 30) errors += 12;
      const [packets, crc] = [s * 20_000, errors];
      host.tell((h, ms) => h.nicErrors(ms, 11, { rx_packets: packets, rx_crc_errors: crc })).wait(1000);
    }
    return host.frames;
  },
  /** Received power falls past the module's warning limit, then past its alarm limit. The module's memory is recorded. */
  'made-nic-optics'() {
    const host = new BondHost().wait(5000);
    const module = recorded('sff8472-10gbase-sr');
    for (const power of [5511, 150, 149, 90, 90, 4000, 4000, 4000, 4000, 4000]) {
      const pages = changed(module, { i2c_address: 0x51 }, 104, power >> 8, power & 0xff);
      host.tell((h, ms) => h.module(ms, 11, pages)).wait(10_000);
    }
    return host.frames;
  },
  /** A transmit queue stands still; the driver resets the NIC, and it happens again. */
  'made-nic-tx-timeout'() {
    const host = new BondHost().wait(5000);
    for (let i = 0; i < 2; i++) {
      host.tell((h, ms) => h.frame(ms, 'tx_timeout', { ifindex: 11, queue: 5 + i })).wait(10_000);
    }
    return host.wait(70_000).frames;
  },
  /** A NIC is unplugged while it is in use, and plugged in again. */
  'made-nic-unplugged'() {
    const host = new BondHost().wait(5000).carrier(11, false).wait(2).use(12).unplug(11);
    return host.wait(10_000).plug(11).wait(10_000).frames;
  },
};
