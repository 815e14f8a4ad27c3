/** Bonds and teams. */
import * as z from 'zod';
import { count, frame, ifindex, ip, text } from './base.ts';

export const bondFrames = [
  /**
   * A bond or team uses another member now; null: none. t_us is the kernel's (via fentry), or when its message was
   * read (via netlink). Told by one of the two, never by both.
   */
  frame('active_member', {
    ifindex,
    from_ifindex: ifindex.nullable(),
    to_ifindex: ifindex.nullable(),
    via: z.enum(['fentry', 'netlink']),
  }),
  /**
   * A gratuitous ARP (garp) or unsolicited neighbour advertisement (na) was handed to this device: how a bond tells the
   * switches that its address has moved. Per device and kind: the first after each quiet second, and after each switch.
   */
  frame('announce', { ifindex, kind: z.enum(['garp', 'na']), address: ip.nullable() }),
  /** What only /proc/net/bonding tells of an 802.3ad member; looked at each 250 ms, told when it differs. */
  frame('lacp_port', {
    ifindex,
    bond_ifindex: ifindex,
    aggregator_id: count,
    actor_churn: z.enum(['none', 'monitoring', 'churned']),
    partner_churn: z.enum(['none', 'monitoring', 'churned']),
    actor_churned_count: count,
    partner_churned_count: count,
    /** From the last LACPDU; null: the kernel shows it to CAP_NET_ADMIN only. 00:00:00:00:00:00: no partner. */
    partner: z
      .object({ system: text, key: count, port: count, state: z.int().min(0).max(255) })
      .nullable(),
    gone: z.boolean(),
  }),
  /** A team device, by generic netlink. */
  frame('team', {
    ifindex,
    /** Option "mode": activebackup, loadbalance, roundrobin, broadcast, random. */
    mode: text,
    /** Option "activeport" (activebackup only). */
    active_ifindex: ifindex.nullable(),
    ports: z
      .array(
        z.object({
          ifindex,
          /** As the team's link watch sees it. */
          linkup: z.boolean(),
          /** Option "enabled"; null: not told. */
          enabled: z.boolean().nullable(),
        }),
      )
      .max(16),
    gone: z.boolean(),
  }),
] as const;
