/** Links, their addresses, and how the kernel is made to look at one. */
import * as z from 'zod';
import { count, frame, ifindex, ip, text, us, vlan } from './base.ts';

export const linkFrames = [
  frame('link', {
    ifindex,
    ifname: z.string().min(1).max(15),
    /** IFLA_INFO_KIND: bond, veth, bridge, tun…; null: a plain NIC. */
    kind: text.nullable(),
    /** IFLA_INFO_SLAVE_KIND. */
    member_kind: text.nullable(),
    master_ifindex: ifindex.nullable(),
    iflink: count,
    /** 802.1Q VLAN that the device stands for; null: it is none, or is tagged in another way. */
    vlan: vlan.nullable(),
    mac: text.nullable(),
    mtu: count,
    parent_dev: text.nullable(),
    parent_bus: text.nullable(),
    /** The PCI function that it is behind, `0000:03:00.0`, whatever bus its device is on (virtio); null: none. */
    pci: text.nullable().default(null),
    loopback: z.boolean(),
    admin_up: z.boolean(),
    carrier: z.boolean(),
    /** IF_OPER_* of linux/if.h (RFC 2863). */
    operstate: z.int().min(0).max(255),
    carrier_up_count: count,
    carrier_down_count: count,
    bond: z
      .object({
        /** IFLA_BOND_MODE: 0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 -tlb, 6 -alb. */
        mode: z.int().min(0).max(6),
        active_ifindex: ifindex.nullable(),
        /** 0: the link is not monitored by MII. */
        miimon_ms: count,
        updelay_ms: count,
        downdelay_ms: count,
        /** 0: no ARP monitor. */
        arp_interval_ms: count,
        arp_missed_max: count,
        /** Gratuitous ARPs and unsolicited NAs after a switch. */
        peer_notify_count: count,
        peer_notify_delay_ms: count,
        /** 802.3ad: the aggregator in use; null: another mode, or none yet. */
        lacp: z
          .object({
            rate_fast: z.boolean(),
            aggregator_id: count,
            port_count: count,
            actor_key: count,
            partner_key: count,
            partner_mac: text,
          })
          .nullable(),
      })
      .nullable(),
    bond_member: z
      .object({
        /** IFLA_BOND_SLAVE_STATE: 0 active, 1 backup. */
        state: count,
        /** IFLA_BOND_SLAVE_MII_STATUS: 0 up, 1 going down (downdelay), 2 down, 3 going back (updelay). */
        mii_status: count,
        link_failure_count: count,
        perm_mac: text.nullable(),
        /** 802.3ad; the states are the octets of IEEE 802.1AX 6.4.2.3. */
        lacp: z
          .object({
            aggregator_id: count,
            actor_state: z.int().min(0).max(255),
            partner_state: z.int().min(0).max(255),
          })
          .nullable(),
      })
      .nullable(),
    gone: z.boolean(),
    /** With gone: it left for another network namespace, and is not removed. */
    moved: z.boolean(),
  }),
  /** Carrier or administrative state moved, ahead of netlink; also the carrier source's snapshot. */
  frame('carrier', {
    ifindex,
    carrier: z.boolean(),
    admin_up: z.boolean(),
    carrier_up_count: count,
    carrier_down_count: count,
    via: text,
  }),
  frame('address', {
    ifindex,
    address: ip,
    prefix_len: z.int().min(0).max(128),
    gone: z.boolean(),
  }),
  /** The helper made the kernel look at a link that had lost its carrier, or got it back, at cause_us. */
  frame('nudge', {
    ifindex,
    how: z.enum(['ask', 'operstate']),
    errno: count,
    honoured: z.boolean(),
    cause_us: us,
  }),
] as const;
