/** The health of a NIC. */
import * as z from 'zod';
import { count, frame, ifindex } from './base.ts';

export const nicFrames = [
  /** How the link runs (ethtool netlink, LINKMODES); told when it differs. */
  frame('nic_mode', {
    ifindex,
    /** null: unknown, e.g. without carrier. */
    speed_mbps: count.nullable(),
    duplex: z.enum(['half', 'full']).nullable(),
    autoneg: z.boolean().nullable(),
    /** The fastest mode that this end advertises; null: unknown. */
    advertised_mbps: count.nullable(),
    gone: z.boolean(),
  }),
  /**
   * Error counters since the driver's start, looked at each second and told when one moved, or after a loss. A counter
   * that the driver does not have is null. rtnl stats64 and ethtool netlink statistics (STATS_GET, FEC_GET).
   */
  frame('nic_errors', {
    ifindex,
    rx_packets: count,
    tx_packets: count,
    rx_errors: count,
    tx_errors: count,
    rx_crc_errors: count.nullable(),
    rx_frame_errors: count.nullable(),
    tx_carrier_errors: count.nullable(),
    symbol_errors: count.nullable(),
    fec_corrected: count.nullable(),
    fec_uncorrectable: count.nullable(),
    gone: z.boolean(),
  }),
  /**
   * The pluggable module's memory as far as its health is in it (ethtool netlink, MODULE_EEPROM_GET): SFF-8472 (A0h,
   * A2h), SFF-8636 and CMIS (lower page and the pages of thresholds and monitors). Looked at each 10 s and when the
   * link comes or goes, told when a byte differs.
   */
  frame('module_eeprom', {
    ifindex,
    pages: z
      .array(
        z.object({
          i2c_address: z.int().min(0).max(0x7f),
          bank: z.int().min(0).max(255),
          page: z.int().min(0).max(255),
          offset: z.int().min(0).max(255),
          /** Lower-case hex, two digits a byte. */
          bytes: z.string().regex(/^([0-9a-f]{2}){1,128}$/),
        }),
      )
      .max(8),
    gone: z.boolean(),
  }),
  /** The kernel's transmit watchdog (net_dev_xmit_timeout): a queue has not sent for the driver's time-out (5 s). */
  frame('tx_timeout', { ifindex, queue: count }),
] as const;
